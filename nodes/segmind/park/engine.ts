/**
 * What n8n's engine offers for parking. An inline sub-workflow that waits also parks the execution that started it.
 * When the sub-execution ends, n8n gives its items to the parked node as output and does not run the node again. If
 * it ends with an error, n8n ends the parked execution with that error. Source: n8n 2.41.1, `wait-tracker.js`,
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
	/** Whether one bad item leaves the other items alone. */
	continues: boolean;
	/** Requests of its own that are also in its input. There they do not prove that it has their videos. */
	named?: string[];
}

/**
 * Whether n8n gives the sub-execution's items to the parked execution, also after a restart. Older versions of n8n
 * pass on the input.
 */
const HANDS_OVER = 'WAIT_FOR_SUB_EXECUTION' in n8nWorkflow;

const TRIGGER = 'n8n-nodes-base.executeWorkflowTrigger';
const WAIT = 'n8n-nodes-base.wait';

/** n8n's ID of a workflow that was never saved. */
const UNSAVED = '__EMPTY__';

/** Why an execution cannot be parked here, and what to do. Undefined if it can. */
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

/** What a step of this node does in a sub-workflow. */
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

/** Waits in n8n's database for the time in the first item. */
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
 * This node in another role, with its credential, its account and its notes.
 *
 * @param x its place on the canvas
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
		// In `keep`, n8n turns a killed sub-execution into an error. The next step sees it and begins again.
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
 * Saved, whatever the workflow's own settings say: after a crash, n8n reads the sub-execution's items from its
 * database. It has no time-out of its own: the parked execution has one.
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
	// n8n adds the rest, for example the workflow's ID.
	code: { name, nodes, connections: connectionsOf(links), settings } as never,
});

/**
 * Stays parked while there is something to do, and starts the fetch. It starts the fetch again if a kill of n8n
 * interrupted it. It is awake for milliseconds only, so a kill hardly ever hits it.
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

/** Waits until videos are due, polls them, waits again while some are not finished, and downloads them. */
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

/** Downloads files for the parked execution. n8n copies them there, so they live as long as that execution. */
export const downloader = (context: IExecuteFunctions): IExecuteWorkflowInfo =>
	inline(
		'Download parked videos',
		[trigger, ownNode(context, 'Download', 'download', 200)],
		[[VIDEOS, 0, 'Download']],
		UNSAVED_EXECUTION,
	);

export interface Started {
	executionId: string;
	/** Its items, unless it was parked. */
	items: INodeExecutionData[] | undefined;
}

/**
 * Starts a sub-workflow. If that waits, n8n also parks this execution when the node returns.
 *
 * @param resumes whether this execution goes on with its items
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
 * This run, for the steps that wait in its place.
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

/** The items that a sub-workflow got, whatever has happened to them since. */
export const itemsOfTrigger = (context: IExecuteFunctions): INodeExecutionData[] =>
	context.getWorkflowDataProxy(0).$items(VIDEOS, 0, 0);

/**
 * `handed over`: n8n has written the items into the parked execution, and will wake it. `ended`: it ended without
 * them.
 */
export type Delivery = 'waiting' | 'handed over' | 'delivered' | 'ended';

/**
 * What has happened to a parked run, from what n8n has saved about its execution. Pure.
 *
 * @param data undefined: n8n no longer has the execution
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
	const { nodeExecutionStack: [next] = [], contextData = {} } = data.executionData ?? {};
	// n8n saved it after the submits, and not as waiting at the node: its time was over in the moment in which it was
	// parked or woken. Source: `setupCancellation` in n8n-core's WorkflowExecute (2.41.1).
	const memory = JSON.stringify(contextData);
	const isHeld = data.waitTill && next?.node.name === node;
	if (!isHeld && requestIds.some((requestId) => memory.includes(requestId))) return 'ended';
	// Error items also count: their details name the request.
	const items = next?.data.main?.[0] ?? [];
	const text = JSON.stringify(items.map(({ json }) => json));
	const isNews = (requestId: string) => !named.includes(requestId) && text.includes(requestId);
	return requestIds.some(isNews) ? 'handed over' : 'waiting';
}

/** The same for an execution in n8n's database. @throws if the database does not answer */
export const deliveryNow = async (
	context: IExecuteFunctions,
	parked: ParkedRun,
	requestIds: string[],
): Promise<Delivery> =>
	deliveryOf(await context.getExecutionDataById(parked.executionId), parked, requestIds);

/** The same. If the database does not answer, the run still counts as waiting. */
export const whatBecameOf = async (
	context: IExecuteFunctions,
	parked: ParkedRun,
	requestIds: string[],
): Promise<Delivery> =>
	await deliveryNow(context, parked, requestIds).catch((): Delivery => 'waiting');
