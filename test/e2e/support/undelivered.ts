/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** Paid videos that an execution did not deliver: an account for each case, and what n8n keeps of it. */
import type { IDataObject } from 'n8n-workflow';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { query } from '../../../harness/drive/database';
import { installN8n, type N8nVersion } from '../../../harness/install';
import type { Credential, N8n, Workflow, WorkflowNode } from '../../../harness/run/n8n';
import type { Fault, JobReport, Sandbox, Stage } from '../../../sandbox';
import { batchWorkflow } from './workflow';

const LOOK_EVERY_MS = 200;
const LOOK_FOR_MS = 60_000;
/** The node looks for a lost video for two minutes. */
const ENDS_WITHIN_MS = 240_000;

export interface CaseOptions {
	/** How many items its workflow is called with. @default 3 */
	videos?: number;
	/** Whether its credential names the account's history. @default true */
	history?: boolean;
	/** Of the node "Kling", beside those of a cheap video. */
	parameters?: WorkflowNode['parameters'];
	/** Changes the workflow, which is a webhook, its items and the node "Kling". */
	change?: (workflow: Workflow) => Workflow;
	/** The node "Kling" calls a sub-workflow, in which our node is. */
	inSubWorkflow?: boolean;
	/** The node that gives the videos. @default "Kling" */
	output?: string;
}

/** What became of an execution, and of the account until then. */
export interface Ending {
	id: string;
	status: string;
	error?: string;
	/** ms since 1970 */
	startedAt: number;
	stoppedAt: number;
	/** JSON of what came out. */
	output: IDataObject[];
	/** Request IDs of what came out. */
	requestIds: unknown[];
	/** How many whole MP4s came out. */
	files: number;
	bill: Bill;
}

/** Whether there was a moment at which both were running. */
export const overlap = (one: Ending, other: Ending): boolean =>
	one.startedAt < other.stoppedAt && other.startedAt < one.stoppedAt;

/** Jobs of an account, and how many of them it was billed for. */
export interface Bill {
	jobs: number;
	billed: number;
}

/** One account, one workflow that uses it, and the execution that does not deliver. */
export class Case {
	readonly key: string;

	/** As n8n saved it. */
	workflow!: Workflow;

	/** ID of its first execution. */
	first!: string;

	constructor(
		readonly name: string,
		private readonly sandbox: Sandbox,
		private readonly options: CaseOptions = {},
	) {
		this.key = sandbox.createAccount().key;
	}

	get credential(): Credential {
		const { gatewayUrl: baseUrl, storageUrl, historyUrl } = this.sandbox;
		return {
			id: `case-${this.name}`,
			name: `Segmind (${this.name})`,
			type: 'segmindApi',
			data: {
				apiKey: this.key,
				...{ baseUrl, storageUrl },
				historyUrl: this.options.history === false ? '' : historyUrl,
				requestsPerMinute: 600,
			},
		};
	}

	private get imageUrl(): string {
		return `${this.sandbox.filesUrl}/samples/mountain.jpg`;
	}

	get prompts(): string[] {
		const { videos = 3 } = this.options;
		return Array.from({ length: videos }, (_, index) => `${this.name}, take ${index + 1}`);
	}

	/** Saves its workflow and publishes it. */
	async addTo({ api }: N8n, version: N8nVersion): Promise<void> {
		const { id, name } = this.credential;
		const { parameters, change = (one: Workflow) => one, inSubWorkflow } = this.options;
		const video = {
			imageUrl: this.imageUrl,
			prompt: '={{ $json.motion }}',
			duration: '3',
			mode: 'std',
			...parameters,
		};
		const workflow = batchWorkflow(this.name, video, { credentials: { segmindApi: { id, name } } });
		if (!inSubWorkflow) {
			this.workflow = await api.addWorkflow(change(workflow));
			return;
		}
		// n8n 1 cannot publish a sub-workflow, n8n 2 calls no other.
		const active = version.startsWith('2.');
		const child = await api.addWorkflow({ ...childOf(workflow), active });
		this.workflow = await api.addWorkflow(parentOf(workflow, child));
	}

	/** Calls the workflow. @returns the ID of the execution, which has begun */
	async begin({ api }: N8n): Promise<string> {
		const { workflow, prompts } = this;
		const executions = async () => await api.executions({ workflowId: workflow.id });
		const known = new Set((await executions()).map(({ id }) => id));
		const webhook = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook')!;
		const items = prompts.map((motion) => ({ motion }));
		const data = { items, prompt: prompts[0], image: this.imageUrl };
		// Answered when the execution has ended, which one that is killed never does.
		api.runWebhook(String(webhook.parameters.path), { data }).catch(() => {});
		const deadline = Date.now() + LOOK_FOR_MS;
		for (;;) {
			const begun = (await executions()).find(({ id }) => !known.has(id));
			if (begun) {
				this.first ??= begun.id;
				return begun.id;
			}
			if (Date.now() > deadline) throw new Error(`"${this.name}" has not begun.`);
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** Calls the workflow and waits until the execution has ended. */
	async run(n8n: N8n): Promise<Ending> {
		return await this.ending(n8n, await this.begin(n8n));
	}

	/** Presses Retry of its first execution, or of another one. */
	async retry(n8n: N8n, id = this.first): Promise<Ending> {
		const { id: retried } = await n8n.api.retry(id, { loadWorkflow: false });
		return await this.ending(n8n, retried);
	}

	/** Presses Retry of its first execution. n8n answers when the new one has ended, which one that is killed never does. */
	async beginRetry(n8n: N8n): Promise<void> {
		await this.ending(n8n, this.first);
		n8n.api.retry(this.first, { loadWorkflow: false }).catch(() => {});
	}

	/** IDs of the retries of its first execution. */
	async retries({ api }: N8n): Promise<string[]> {
		const all = await api.executions({ workflowId: this.workflow.id });
		return all.filter(({ retryOf }) => retryOf === this.first).map(({ id }) => id);
	}

	/** Presses Retry of its first execution so often, before the first one has ended. */
	async retryAtOnce(n8n: N8n, times: number): Promise<Ending[]> {
		const { first } = this;
		await Promise.all(
			Array.from(
				{ length: times },
				async () => await n8n.api.retry(first, { loadWorkflow: false }),
			),
		);
		const retries = await this.retries(n8n);
		return await Promise.all(retries.map(async (id) => await this.ending(n8n, id)));
	}

	/** Waits until an execution has ended. */
	async ending({ api }: N8n, id: string): Promise<Ending> {
		const ended = await api.waitForExecution(id, { timeout: ENDS_WITHIN_MS });
		const { status, data, startedAt, stoppedAt } = ended;
		const { output = 'Kling' } = this.options;
		const items = data.resultData.runData?.[output]?.at(-1)?.data?.main[0] ?? [];
		const given = items.filter(({ json }) => json.requestId);
		const files = await Promise.all(
			given.map(async ({ json, binary }) => {
				if (!binary?.data.id) return false;
				const file = await api.binary(binary.data.id);
				const made = await (await fetch(String(json.videoUrl))).arrayBuffer();
				return file.equals(Buffer.from(made)) && file.toString('latin1', 4, 8) === 'ftyp';
			}),
		);
		return {
			...{ id, status, error: data.resultData.error?.message },
			...{ startedAt: Date.parse(startedAt), stoppedAt: Date.parse(String(stoppedAt)) },
			output: items.map(({ json }) => json),
			requestIds: given.map(({ json }) => json.requestId),
			files: files.filter(Boolean).length,
			bill: this.bill(),
		};
	}

	/** Lets a fault happen to this account's requests of a stage, until all faults are cleared. */
	hold(stage: Stage, fault: Fault, prompt?: string): void {
		this.sandbox.inject({ stage, key: this.key, match: { prompt }, times: 0, fault });
	}

	/** Lets its jobs be under way, whatever they are, until all faults are cleared. */
	holdJobs(): void {
		this.hold('status', { kind: 'respond', status: 200, body: { status: 'PROCESSING' } });
		// What the history calls finished is not asked for its status any more.
		this.hold('result', { kind: 'respond', status: 503, body: { error: 'Not now' } });
	}

	/** Lets the last of its videos fail once, for no money. */
	failOnce(): void {
		const fault = { kind: 'fail-job', error: 'no face found' } as const;
		const match = { prompt: this.prompts.at(-1) };
		this.sandbox.inject({ stage: 'submit', key: this.key, match, fault });
	}

	/**
	 * Resolves when so many different requests of a stage are there, answered or not.
	 *
	 * @param since number of requests, of all accounts, that do not count
	 */
	private async whenAsked(asked: Stage, count: number, since = 0): Promise<void> {
		await this.sandbox.whenRequests((all) => {
			const own = all.slice(since).filter(({ key, stage }) => key === this.key && stage === asked);
			// All submits go to one address.
			const names = own.map((request) => (asked === 'submit' ? request : request.path));
			return new Set<unknown>(names).size >= count;
		});
	}

	/** Resolves when all submits are there, answered or not. */
	async whenSubmitting(videos = this.prompts.length): Promise<void> {
		await this.whenAsked('submit', videos);
	}

	/** Resolves when each of its jobs was asked about. */
	async whenWaiting(videos = this.prompts.length, since = 0): Promise<void> {
		await Promise.race([
			this.whenAsked('status', videos, since),
			this.whenAsked('result', videos, since),
		]);
	}

	/** Resolves when the account's history was asked. */
	async whenLooking(since: number): Promise<void> {
		await this.whenAsked('history', 1, since);
	}

	/** Resolves when one of its videos is being sent. */
	async whenDownloading(): Promise<void> {
		await this.sandbox.whenRequests((all) => {
			const urls = this.jobs().map(({ videoUrl }) => videoUrl);
			return all.some(
				({ stage, path, fault }) =>
					stage === 'download' && fault === 'slow' && urls.some((url) => url?.endsWith(path)),
			);
		});
	}

	jobs(): JobReport[] {
		return this.sandbox.account(this.key).jobs;
	}

	/** URLs of what it has uploaded. */
	uploads(): string[] {
		return this.sandbox.account(this.key).uploads.map(({ url }) => url);
	}

	/** Request IDs of its jobs in the order of the prompts; those of one prompt oldest first. */
	ids(): string[] {
		return this.prompts.flatMap((prompt) =>
			this.jobs()
				.filter(({ body }) => body.prompt === prompt)
				.map(({ requestId }) => requestId),
		);
	}

	bill(): Bill {
		const jobs = this.jobs();
		return { jobs: jobs.length, billed: jobs.filter(({ billed }) => billed).length };
	}
}

/** Our node, behind a trigger for calls. */
function childOf(workflow: Workflow): Workflow {
	const kling = workflow.nodes.find(({ name }) => name === 'Kling')!;
	const trigger: WorkflowNode = {
		...{
			id: 'call',
			name: 'Call',
			type: 'n8n-nodes-base.executeWorkflowTrigger',
			typeVersion: 1.1,
		},
		...{ position: [200, 0], parameters: { inputSource: 'passthrough' } },
	};
	return {
		...workflow,
		name: `${workflow.name}, child`,
		nodes: [trigger, kling],
		connections: { Call: { main: [[{ node: 'Kling', type: 'main', index: 0 }]] } },
	};
}

/** A call of the child in the place of our node. */
function parentOf(workflow: Workflow, child: Workflow): Workflow {
	const call: WorkflowNode = {
		...{ id: 'kling', name: 'Kling', type: 'n8n-nodes-base.executeWorkflow', typeVersion: 1.2 },
		position: [400, 0],
		parameters: {
			source: 'database',
			workflowId: { __rl: true, mode: 'id', value: child.id },
			mode: 'once',
			options: {},
		},
	};
	const nodes = workflow.nodes.map((one) => (one.name === 'Kling' ? call : one));
	return { ...workflow, nodes };
}

/** How many values our node has in n8n's store for duplicates, by workflow. n8n may be dead. */
export async function noteValues(n8n: N8n, version: N8nVersion): Promise<Map<string, number>> {
	const rows = await read<{ workflowId: string; value: string }>(n8n, version, 'processed_data');
	return new Map(
		rows.map(({ workflowId, value }) => [workflowId, (JSON.parse(value) as Store).data.length]),
	);
}

interface Store {
	data: string[];
}

/** All that n8n keeps of executions and notes, as it is stored, and all that it logs. */
export async function keptText(n8n: N8n, version: N8nVersion): Promise<Record<string, string>> {
	const tables = ['execution_entity', 'execution_data', 'execution_metadata', 'processed_data'];
	const texts: Record<string, string> = { log: n8n.log() };
	for (const table of tables) texts[table] = JSON.stringify(await read(n8n, version, table));
	const folder = dirname(n8n.databaseFile);
	const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
	texts.events = logs.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
	return texts;
}

async function read<Row>(n8n: N8n, version: N8nVersion, table: string): Promise<Row[]> {
	const database = { installation: await installN8n(version), databaseFile: n8n.databaseFile };
	return await query<Row>(database, `SELECT * FROM ${table}`);
}
