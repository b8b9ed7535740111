/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Runs workflows through n8n-core's own WorkflowExecute, with n8n's own HTTP helpers and binary store.
 * Only what n8n's server would add is made here: which nodes exist, and the decrypted credential.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Container as DiContainer } from '@n8n/di';
import {
	BinaryDataConfig,
	BinaryDataService,
	ExecutionLifecycleHooks,
	LoadOptionsContext,
	WorkflowExecute,
} from 'n8n-core';
import {
	createRunExecutionData,
	type IBinaryData,
	type ICredentialDataDecryptedObject,
	type ICredentialsHelper,
	type IDataObject,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeType,
	type IRun,
	type IRunExecutionData,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
} from 'n8n-workflow';

import { SegmindApi } from '../../../credentials/SegmindApi.credentials';
import { work } from '../../../nodes/KlingO3/firstUse';
import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import { useNoteTable } from './deduplication';

// Concurrent tests begin outside of what Jest calls test code, where it loads no modules.
void work();

// The container of n8n-core itself: npm may have put another version of the package at the top.
const { Container } = jest.requireActual<{ Container: typeof DiContainer }>(
	require.resolve('@n8n/di', { paths: [require.resolve('n8n-core')] }),
);

export const KLING = 'n8n-nodes-segmind-kling.klingO3';
/** What n8n makes of it for an AI agent. */
export const TOOL = `${KLING}Tool`;

/** Hands a workflow its items. */
class Input implements INodeType {
	description = {
		displayName: 'Input',
		name: 'input',
		group: ['trigger' as const],
		version: 1,
		description: 'Items of the test',
		defaults: { name: 'Input' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
		usableAsTool: true as const,
	};

	constructor(private readonly items: INodeExecutionData[]) {}

	/** n8n calls `execute` on its own context, so the items come by closure. */
	execute = async (): Promise<INodeExecutionData[][]> => [this.items];
}

/** Sends what it gets back to our node, so many times. */
class Again implements INodeType {
	description = {
		...new Input([]).description,
		displayName: 'Again',
		name: 'again',
		usableAsTool: true as const,
	};

	readonly execute: INodeType['execute'];

	constructor(rounds: number, items: INodeExecutionData[], onlyFailed = false) {
		this.description.inputs = [NodeConnectionTypes.Main] as never;
		// n8n counts: an execution that was parked goes on with another instance of this.
		this.execute = async function () {
			const round = Number(this.getWorkflowDataProxy(0).$runIndex) + 1;
			if (round >= rounds) return [[]];
			if (!onlyFailed) return [items];
			const failed = this.getInputData().flatMap(({ json }, item) => {
				if (json.error === undefined) return [];
				const { $ } = this.getWorkflowDataProxy(item);
				return { json: $('Input').itemMatching(item).json as IDataObject, pairedItem: { item } };
			});
			return [failed];
		};
	}
}

/**
 * Our node as another n8n process has it: with nothing of what this one remembers.
 *
 * @param prepare changes the tables of that process; it loads modules by their path below `nodes`
 */
export async function otherProcess(
	prepare: (load: <T extends object>(path: string) => T) => void = () => {},
): Promise<INodeType> {
	let node: INodeType | undefined;
	await jest.isolateModulesAsync(async () => {
		const load = <T extends object>(path: string) =>
			jest.requireActual<T>(`../../../nodes/${path}`);
		prepare(load);
		const { KlingO3 } = load<{ KlingO3: new () => INodeType }>('KlingO3/KlingO3.node');
		// What is loaded when it is used would come from the modules of this process.
		await load<{ work: () => Promise<object> }>('KlingO3/firstUse').work();
		node = new KlingO3();
	});
	return node!;
}

const storeFolder = mkdtempSync(join(tmpdir(), 'kling-binaries-'));

/** Which binary store n8n uses; `default` is memory. */
export async function useBinaryMode(mode: 'filesystem' | 'default'): Promise<void> {
	const config = Container.get(BinaryDataConfig);
	config.mode = mode;
	config.availableModes = ['default', 'filesystem'];
	config.localStoragePath = storeFolder;
	config.signingSecret = 'example-secret';
	await Container.get(BinaryDataService).init();
}

beforeAll(useNoteTable);

export function removeStore(): void {
	rmSync(storeFolder, { recursive: true, force: true });
}

/** Puts a file into n8n's binary store, as an earlier node would. */
export async function storedBinary(
	content: Buffer,
	fileName: string,
	mimeType: string,
): Promise<IBinaryData> {
	const location = { type: 'execution' as const, workflowId: 'test', executionId: 'input' };
	return await Container.get(BinaryDataService).store(location, content, {
		data: '',
		fileName,
		mimeType,
	});
}

/** n8n's binary store itself, for tests in which it fails. */
export const binaryStore = () => Container.get(BinaryDataService);

/** Reads a file out of n8n's binary store. */
export async function readBinary(binary: IBinaryData): Promise<Buffer> {
	return await Container.get(BinaryDataService).getAsBuffer(binary);
}

/** Decrypted credentials, and our credential class's own `authenticate`. */
function credentialsHelper(credential: ICredentialDataDecryptedObject): ICredentialsHelper {
	const type = new SegmindApi();
	return {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		authenticate: async (data: ICredentialDataDecryptedObject, _name: string, options: unknown) =>
			await type.authenticate(data, options as IHttpRequestOptions),
		preAuthentication: async () => undefined,
		runPreAuthentication: async () => undefined,
		getCredentials: async () => {
			throw new Error('not used');
		},
		getDecrypted: async () => ({ ...credential }),
		updateCredentials: async () => undefined,
		updateCredentialsOauthTokenData: async () => undefined,
		getCredentialsProperties: () => type.properties,
	} as unknown as ICredentialsHelper;
}

export interface RunOptions {
	parameters: IDataObject;
	credential: ICredentialDataDecryptedObject;
	/** One empty item by default. */
	items?: INodeExecutionData[];
	/** Node settings: onError, retryOnFail, maxTries, waitBetweenTries, … */
	settings?: Partial<INode>;
	/** Resume this execution's data at our node, as a retry from the executions list does. */
	resume?: IRunExecutionData;
	executionId?: string;
	/** Other nodes that n8n says it has. */
	knownTypes?: IDataObject;
	/** What n8n's server does when a node starts a sub-workflow. */
	executeWorkflow?: IWorkflowExecuteAdditionalData['executeWorkflow'];
	/** What n8n's server has saved of an execution. */
	getRunExecutionData?: IWorkflowExecuteAdditionalData['getRunExecutionData'];
	/** One for each account by default, so that the notes of tests do not mix; `''`: not saved. */
	workflowId?: string;
	/** Another instance of our node: see `otherProcess`. */
	node?: INodeType;
	/** How often the items go round and come back to our node, as in a loop. */
	rounds?: number;
	/** Only the failed items go round, as by an error output that leads back. */
	onlyFailed?: boolean;
	/** Another of our nodes behind the first, named Second: what differs in it. */
	second?: Partial<INode>;
	/** Receives the running execution, to stop it. */
	onStart?: (execution: { stop: () => void }) => void;
	/** Receives what n8n saves: the finished execution, or what there is of it when it is cancelled. */
	onSave?: (run: IRun) => void;
	/** When n8n ends the execution (ms since 1970). It checks this between two nodes; a sub-workflow gets no Stop. */
	timeOutAt?: number;
	/** Workflow settings. */
	workflowSettings?: IDataObject;
	/** @default 'manual' */
	mode?: WorkflowExecuteMode;
}

export interface Result {
	run: IRun;
	/** Items on the first output. */
	output: INodeExecutionData[];
	/** Items on the error output. */
	errorOutput: INodeExecutionData[];
	/** The error that ended the node, as n8n saves it. */
	error: (Error & { description?: string; httpCode?: string; context?: IDataObject }) | undefined;
	/** The node's execution context, where the ledger lives. */
	nodeContext: IDataObject;
	/** All that n8n would save of the execution. */
	saved: string;
	/** What n8n sends to the console of the editor's browser. */
	consoleMessages: string[];
}

const PARAMETER_DEFAULTS: IDataObject = { resource: 'video', operation: 'generate' };

/** Two runs with the same account are executions of the same workflow. */
export const workflowIdOf = ({
	workflowId,
	credential,
}: Pick<RunOptions, 'workflowId' | 'credential'>): string =>
	workflowId ??
	`w${createHash('sha256').update(String(credential.apiKey)).digest('hex').slice(0, 12)}`;

export function buildWorkflow(options: RunOptions): Workflow {
	const kling: INode = {
		id: 'kling',
		name: 'Kling',
		type: KLING,
		typeVersion: 1,
		position: [200, 0],
		parameters: { ...PARAMETER_DEFAULTS, ...options.parameters } as INode['parameters'],
		credentials: { segmindApi: { id: '1', name: 'Segmind' } },
		...options.settings,
	};
	const input: INode = {
		id: 'input',
		name: 'Input',
		type: 'test.input',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const items = options.items ?? [{ json: {} }];
	const again: INode = { ...input, id: 'again', name: 'Again', type: 'test.again' };
	const second: INode = { ...kling, id: 'second', name: 'Second', ...options.second };
	const types: Record<string, INodeType> = {
		'test.input': new Input(items),
		'test.again': new Again(options.rounds ?? 1, items, options.onlyFailed),
		[KLING]: options.node ?? new KlingO3(),
		[TOOL]: options.node ?? new KlingO3(),
	};
	const to = (node: string) => ({
		main: [[{ node, type: NodeConnectionTypes.Main, index: 0 }]],
	});
	return new Workflow({
		id: workflowIdOf(options),
		name: 'test',
		nodes: [input, kling, ...(options.rounds ? [again] : []), ...(options.second ? [second] : [])],
		connections: {
			Input: to('Kling'),
			...(options.second && { Kling: to('Second') }),
			...(options.rounds && { Kling: to('Again'), Again: to('Kling') }),
		},
		active: false,
		settings: { executionOrder: 'v1', ...options.workflowSettings },
		nodeTypes: {
			getByName: (name) => types[name],
			getByNameAndVersion: (name) => NodeHelpers.getVersionedNodeType(types[name], 1),
			getKnownTypes: () => options.knownTypes ?? {},
		},
	});
}

let executions = 0;

export function additionalData(
	options: RunOptions,
	executionId: string,
	consoleMessages: string[],
): IWorkflowExecuteAdditionalData {
	const hooks = new ExecutionLifecycleHooks('manual', executionId, {
		id: 'test',
		name: 'test',
		nodes: [],
		connections: {},
	} as never);
	hooks.addHandler('workflowExecuteAfter', async (run) => options.onSave?.(run));
	return {
		hooks,
		credentialsHelper: credentialsHelper(options.credential),
		executionId,
		currentNodeExecutionIndex: 0,
		executionTimeoutTimestamp: options.timeOutAt,
		executeWorkflow: options.executeWorkflow,
		getRunExecutionData: options.getRunExecutionData,
		variables: {},
		restApiUrl: '',
		instanceBaseUrl: '',
		formWaitingBaseUrl: 'http://localhost/form-waiting',
		webhookBaseUrl: '',
		webhookWaitingBaseUrl: 'http://localhost/webhook-waiting',
		webhookTestBaseUrl: '',
		logAiEvent: () => undefined,
		sendDataToUI: (type: string, { messages }: { messages: unknown[] }) => {
			if (type === 'sendConsoleMessage') consoleMessages.push(...messages.map(String));
		},
	} as unknown as IWorkflowExecuteAdditionalData;
}

/** What n8n does with a failed execution before a retry from the list: the failed node's run goes, its context stays. */
export function asRetry(run: IRun): IRunExecutionData {
	const data = structuredClone(JSON.parse(JSON.stringify(run.data)) as IRunExecutionData);
	const { lastNodeExecuted, runData } = data.resultData;
	delete data.resultData.error;
	if (lastNodeExecuted) runData[lastNodeExecuted]?.pop();
	return data;
}

export async function runWorkflow(options: RunOptions): Promise<Result> {
	const workflow = buildWorkflow(options);
	// "Retry with currently saved workflow": n8n puts the nodes as they are now into what it resumes.
	for (const entry of options.resume?.executionData?.nodeExecutionStack ?? []) {
		entry.node = workflow.getNode(entry.node.name) ?? entry.node;
	}
	const executionId = options.executionId ?? `e${++executions}`;
	const consoleMessages: string[] = [];
	const data = additionalData(options, executionId, consoleMessages);
	const engine = options.resume
		? new WorkflowExecute(data, 'retry', options.resume)
		: new WorkflowExecute(data, options.mode ?? 'manual', createRunExecutionData({}));
	const execution = options.resume
		? engine.processRunExecutionData(workflow)
		: engine.run({ workflow, startNode: workflow.getNode('Input') ?? undefined });
	options.onStart?.({ stop: () => execution.cancel() });
	const run = await execution;
	const { runData, error } = run.data.resultData;
	const outputs = runData.Kling?.at(-1)?.data?.main ?? [];
	return {
		run,
		output: outputs[0] ?? [],
		errorOutput: outputs[1] ?? [],
		error: (runData.Kling?.at(-1)?.error ?? error) as Result['error'],
		nodeContext: run.data.executionData?.contextData['node:Kling'] ?? {},
		saved: JSON.stringify(run),
		consoleMessages,
	};
}

/** What a list of the panel shows, loaded as n8n's server loads it. */
export async function searchList(
	method: keyof KlingO3['methods']['listSearch'],
	options: Pick<RunOptions, 'credential' | 'parameters' | 'workflowSettings'>,
	...searched: [filter?: string, paginationToken?: string]
): Promise<INodeListSearchResult> {
	const workflow = buildWorkflow(options);
	const data = additionalData(options, 'none', []);
	const node = workflow.getNode('Kling')!;
	const context = new LoadOptionsContext(workflow, node, data, 'parameters.requestId');
	return await new KlingO3().methods.listSearch[method].call(context, ...searched);
}
