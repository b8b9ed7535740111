/**
 * What n8n's engine offers for parking: an inline sub-workflow that waits parks the execution that started it, too.
 * When the sub-execution ends, n8n gives the parked node its items as output, without running the node again; when it
 * ends with an error, n8n ends the parked execution with that error. Source: n8n 2.41.1, `wait-tracker.js`,
 * `workflow-helpers.js` and n8n-core's `workflow-execute.js`.
 */
import {
	type IExecuteFunctions,
	type IExecuteWorkflowInfo,
	type INode,
	type INodeExecutionData,
	type IRunExecutionData,
} from 'n8n-workflow';
import * as n8nWorkflow from 'n8n-workflow';

/** The execution that waits in n8n's database, and the run of its node. */
export interface ParkedRun {
	executionId: string;
	workflowId: string;
	node: string;
	run: number;
	/** Whether one bad item leaves the others alone. */
	continues: boolean;
	/** Requests of its own that its input names: there they do not say that it has them. */
	named?: string[];
}

/** Hands the sub-execution's items to the parked execution, after a restart too; n8n before it passes on the input. */
const HANDS_OVER = 'WAIT_FOR_SUB_EXECUTION' in n8nWorkflow;

const TRIGGER = 'n8n-nodes-base.executeWorkflowTrigger';
const WAIT = 'n8n-nodes-base.wait';

/** n8n's ID of a workflow that was never saved. */
const UNSAVED = '__EMPTY__';

/** Why an execution cannot be parked here, with what to do; undefined when it can. */
export function whyNotParked(context: IExecuteFunctions): string | undefined {
	if (!HANDS_OVER) {
		return 'This version of n8n is too old for Park While Waiting: after the wait it would lose the videos. Update n8n, or turn the option off and use Start, Wait and Get';
	}
	const { id } = context.getWorkflow();
	if (!id || id === UNSAVED || !context.getExecutionId()) {
		return 'Park While Waiting needs a saved workflow: n8n resumes no other. Save the workflow, then execute it again';
	}
	const known = context.getKnownNodeTypes();
	const missing = [TRIGGER, WAIT].filter((type) => !(type in known));
	if (missing.length > 0) {
		return `Park While Waiting needs nodes that this n8n excludes: ${missing.join(', ')}. Allow them (NODES_EXCLUDE), or turn the option off`;
	}
	return undefined;
}

/** What a step of our own does in a sub-workflow. */
export type ParkStep = 'keep' | 'check' | 'fetch' | 'download';

type Link = [from: string, output: number, to: string];

const VIDEOS = 'Videos';

/** The node in which a sub-workflow gets its items. */
const trigger: INode = {
	id: 'videos',
	name: VIDEOS,
	type: TRIGGER,
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** Waits in n8n's database, for as long as the first item says. */
const wait: INode = {
	id: 'wait',
	name: 'Wait',
	type: WAIT,
	typeVersion: 1.1,
	position: [200, 0],
	webhookId: 'segmind-kling-parked',
	parameters: { resume: 'timeInterval', amount: '={{ $json.waitSeconds }}', unit: 'seconds' },
};

/**
 * This very node, so with its credential, its account and its notes, in another role.
 *
 * @param x where it stands on the canvas
 */
function ownNode(context: IExecuteFunctions, name: string, parked: ParkStep, x: number): INode {
	const { id, type, typeVersion, credentials } = context.getNode();
	return {
		...{ id, name, type, typeVersion, credentials },
		position: [x, 0],
		parameters: {
			resource: 'video',
			operation: 'get',
			requestId: { __rl: true, mode: 'id', value: '={{ $json.requestId }}' },
			parked,
		},
		// In `keep` the error is what n8n makes of a killed sub-execution: the next step sees it and begins anew.
		...((parked === 'keep' || context.continueOnFail()) && {
			onError: 'continueRegularOutput' as const,
		}),
	};
}

function connectionsOf(links: Link[]) {
	const connections: Record<string, { main: object[][] }> = {};
	for (const [from, output, to] of links) {
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= output) main.push([]);
		main[output].push({ node: to, type: 'main', index: 0 });
	}
	return connections;
}

/**
 * Saved whatever the workflow's own settings say: after a crash n8n looks in its database for what a sub-execution
 * gave. Without a time-out of its own: the parked execution has one.
 */
const SAVED = {
	executionOrder: 'v1',
	saveDataSuccessExecution: 'all',
	saveDataErrorExecution: 'all',
	saveExecutionProgress: false,
	executionTimeout: -1,
	callerPolicy: 'any',
};

const UNSAVED_EXECUTION = {
	...SAVED,
	saveDataSuccessExecution: 'none',
	saveDataErrorExecution: 'none',
};

const inline = (
	name: string,
	nodes: INode[],
	links: Link[],
	settings: object,
): IExecuteWorkflowInfo => ({
	// n8n fills in the rest: the workflow's ID above all.
	code: { name, nodes, connections: connectionsOf(links), settings } as never,
});

/**
 * Stays parked for as long as there is something to do, and starts the fetching; again when n8n is killed in the middle
 * of that. It is awake for milliseconds only, so a kill hardly ever hits it.
 */
export const keeper = (context: IExecuteFunctions): IExecuteWorkflowInfo =>
	inline(
		'Parked videos',
		[trigger, ownNode(context, 'Keep', 'keep', 200), ownNode(context, 'Check', 'check', 400)],
		[
			[VIDEOS, 0, 'Keep'],
			['Keep', 0, 'Check'],
			['Check', 1, 'Keep'],
		],
		SAVED,
	);

/** Waits until videos are due, asks for them, waits again while some are not finished, and downloads them. */
export const fetcher = (context: IExecuteFunctions): IExecuteWorkflowInfo =>
	inline(
		'Fetch parked videos',
		[trigger, wait, ownNode(context, 'Fetch', 'fetch', 400)],
		[
			[VIDEOS, 0, 'Wait'],
			['Wait', 0, 'Fetch'],
			['Fetch', 1, 'Wait'],
		],
		SAVED,
	);

/** Downloads files for the parked execution: n8n copies them there, so they live as long as that one. */
export const downloader = (context: IExecuteFunctions): IExecuteWorkflowInfo =>
	inline(
		'Download parked videos',
		[trigger, ownNode(context, 'Download', 'download', 200)],
		[[VIDEOS, 0, 'Download']],
		UNSAVED_EXECUTION,
	);

export interface Started {
	executionId: string;
	/** What it gave, unless it was parked. */
	items: INodeExecutionData[] | undefined;
}

/**
 * Starts a sub-workflow. When it waits, n8n parks this execution as well as soon as the node returns.
 *
 * @param resumes whether this execution is to go on with its items
 */
export async function start(
	context: IExecuteFunctions,
	workflow: IExecuteWorkflowInfo,
	items: INodeExecutionData[],
	parent: Pick<ParkedRun, 'executionId' | 'workflowId'>,
	resumes: boolean,
): Promise<Started> {
	const { executionId, workflowId } = parent;
	const { waitTill, data, ...child } = await context.executeWorkflow(workflow, items, undefined, {
		parentExecution: { executionId, workflowId, shouldResume: resumes },
	});
	return { executionId: child.executionId, items: waitTill ? undefined : (data[0] ?? []) };
}

/** Which run of the node this is. */
export const runIndexOf = (context: IExecuteFunctions): number =>
	Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);

/**
 * This very run, for those who wait in its stead.
 *
 * @param requestIds of its videos
 */
export function runOf(context: IExecuteFunctions, requestIds: string[]): ParkedRun {
	const input = JSON.stringify(context.getInputData().map(({ json }) => json));
	const named = requestIds.filter((requestId) => input.includes(requestId));
	return {
		executionId: context.getExecutionId(),
		workflowId: context.getWorkflow().id!,
		node: context.getNode().name,
		run: runIndexOf(context),
		continues: context.continueOnFail(),
		...(named.length > 0 && { named }),
	};
}

/** What a sub-workflow got, whatever became of it since. */
export const itemsOfTrigger = (context: IExecuteFunctions): INodeExecutionData[] =>
	context.getWorkflowDataProxy(0).$items(VIDEOS, 0, 0);

/** `handed over`: n8n has written the items into the parked execution; it wakes it then. `ended`: without them. */
export type Delivery = 'waiting' | 'handed over' | 'delivered' | 'ended';

/**
 * What became of a parked run, by what n8n has saved of its execution. Pure.
 *
 * @param data undefined: n8n does not have the execution any more
 * @param requestIds of its videos
 */
export function deliveryOf(
	data: IRunExecutionData | undefined,
	{ node, run, named = [] }: ParkedRun,
	requestIds: string[],
): Delivery {
	// It has ended, and its workflow does not keep such executions.
	if (!data) return 'delivered';
	const task = data.resultData.runData[node]?.[run];
	if (task?.executionStatus === 'success') return 'delivered';
	if (data.resultData.error) return 'ended';
	// Error items too: their details name the request.
	const items = data.executionData?.nodeExecutionStack[0]?.data.main?.[0] ?? [];
	const text = JSON.stringify(items.map(({ json }) => json));
	const isNews = (requestId: string) => !named.includes(requestId) && text.includes(requestId);
	return requestIds.some(isNews) ? 'handed over' : 'waiting';
}

/** The same of an execution in n8n's database. @throws when that does not answer */
export const deliveryNow = async (
	context: IExecuteFunctions,
	parked: ParkedRun,
	requestIds: string[],
): Promise<Delivery> =>
	deliveryOf(await context.getExecutionDataById(parked.executionId), parked, requestIds);

/** The same; a database that does not answer says nothing new. */
export const whatBecameOf = async (
	context: IExecuteFunctions,
	parked: ParkedRun,
	requestIds: string[],
): Promise<Delivery> =>
	await deliveryNow(context, parked, requestIds).catch((): Delivery => 'waiting');
