/** The workflows. Each begins with a webhook. */
import { randomUUID } from 'node:crypto';
import type { Workflow, WorkflowNode } from '../harness/run/n8n';
import { MODEL_PATH } from './services';

/** For the four ways to make videos; the webhook takes `{ items: [{ prompt }] }`. */
export interface Shape {
	/** Base URL of the service's API. */
	url: string;
	imageUrl: string;
	/** Of a submit by hand, with {@link PROMPT} in the place of the item's prompt. */
	body: object;
	/** The Wait node of the hand-built ones, seconds. */
	waitSeconds: number;
	/** Retry On Fail, with n8n's defaults (3 attempts, 1 s apart), on every node that talks to the service. */
	retryOnFail: boolean;
	/** ID of the credential. */
	credential: string;
	/** Our node's options; left at their defaults where not named. */
	options?: object;
}

export const PROMPT = 'PROMPT';

export type Build = (path: string, shape: Shape) => Workflow;

const node = (
	name: string,
	type: string,
	typeVersion: number,
	parameters: WorkflowNode['parameters'] = {},
	rest: Partial<WorkflowNode> = {},
): WorkflowNode => ({
	...{ id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters },
	...rest,
});

/** With a credential, whose ID is its name. */
const using = (type: string, id: string) => ({ credentials: { [type]: { id, name: id } } });

/** With an address, as n8n's triggers and its Wait node have one. */
const addressed = () => ({ webhookId: randomUUID() });

const wait = (amount: number) =>
	node('Wait', 'n8n-nodes-base.wait', 1.1, { amount, unit: 'seconds' }, addressed());

const kling = (name: string, parameters: object, credential: string, rest?: object) =>
	node(
		name,
		'n8n-nodes-segmind-kling.klingO3',
		1,
		{ resource: 'video', ...parameters },
		{ ...using('segmindApi', credential), ...rest },
	);

const to = (...names: string[]) => names.map((name) => ({ node: name, type: 'main', index: 0 }));

/** Links that go straight on. */
const chain = (...names: string[]): object =>
	Object.fromEntries(names.slice(1).map((name, index) => [names[index], { main: [to(name)] }]));

/** One after the other. */
const inRow = (nodes: WorkflowNode[]) => ({
	nodes,
	connections: chain(...nodes.map(({ name }) => name)),
	settings: { executionOrder: 'v1' },
});

/** @param responseMode when its webhook answers */
const startedAt = (path: string, responseMode: string, nodes: WorkflowNode[]): Workflow => {
	const parameters = { httpMethod: 'POST', path, responseMode, options: {} };
	const order = node('Order', 'n8n-nodes-base.webhook', 2, parameters, addressed());
	return { id: '', name: path, active: true, ...inRow([order, ...nodes]) };
};

/** What the four begin with, and what keeps them comparable. */
function forItems(path: string, nodes: WorkflowNode[], connections: object): Workflow {
	const items = node('Items', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'body.items' });
	const begin = startedAt(path, 'lastNode', [items]);
	return {
		...begin,
		nodes: [...begin.nodes, ...nodes].map((each, at) => ({ ...each, position: [at * 200, 0] })),
		connections: { ...begin.connections, ...connections },
	};
}

/** Our node, all defaults but for the image, the prompt, and the options that are given. */
export const ours: Build = (path, { imageUrl, retryOnFail, credential, options = {} }) => {
	const video = { operation: 'generate', imageUrl, prompt: '={{ $json.prompt }}', options };
	const nodes = [kling('Kling', video, credential, { retryOnFail })];
	return forItems(path, nodes, chain('Items', 'Kling'));
};

/** n8n's own MiniMax node in its newest version, all defaults but for the image and the prompt. */
export const minimax: Build = (path, { imageUrl, retryOnFail, credential }) => {
	const video = { resource: 'video', operation: 'imageToVideo', imageUrl };
	const made = node(
		'MiniMax',
		'@n8n/n8n-nodes-langchain.minimax',
		1.2,
		{ ...video, prompt: '={{ $json.prompt }}' },
		{ ...using('minimaxApi', credential), retryOnFail },
	);
	return forItems(path, [made], chain('Items', 'MiniMax'));
};

function handBuilt({ url, body, waitSeconds, retryOnFail, credential }: Shape): WorkflowNode[] {
	const request = (name: string, parameters: object, rest?: object) =>
		node(
			name,
			'n8n-nodes-base.httpRequest',
			4.5,
			{ options: {}, ...parameters },
			{ retryOnFail, ...rest },
		);
	const authentication = {
		authentication: 'genericCredentialType',
		genericAuthType: 'httpHeaderAuth',
	};
	const keyed = (name: string, parameters: object) =>
		request(name, { ...authentication, ...parameters }, using('httpHeaderAuth', credential));
	const json = JSON.stringify(body).replace(
		JSON.stringify(PROMPT),
		'{{ JSON.stringify($json.prompt) }}',
	);
	const isCompleted = {
		...{ id: randomUUID(), leftValue: '={{ $json.status }}', rightValue: 'COMPLETED' },
		operator: { type: 'string', operation: 'equals' },
	};
	const strictly = { version: 3, caseSensitive: true, leftValue: '', typeValidation: 'strict' };
	const conditions = { options: strictly, combinator: 'and', conditions: [isCompleted] };
	const submit = { method: 'POST', url: `${url}${MODEL_PATH}`, sendBody: true };
	return [
		keyed('Submit', { ...submit, specifyBody: 'json', jsonBody: `=${json}` }),
		wait(waitSeconds),
		keyed('Status', { url: `=${url}/v2/requests/{{ $json.request_id }}/status` }),
		node('Done?', 'n8n-nodes-base.if', 2.3, { conditions, options: {} }),
		keyed('Result', { url: `=${url}/v2/requests/{{ $json.request_id }}` }),
		request('Download', {
			url: '={{ $json.output }}',
			options: { response: { response: { responseFormat: 'file' } } },
		}),
	];
}

/** From the submit to the file; who is not done goes back to the Wait node. */
const HAND_BUILT_LINKS = {
	...chain('Submit', 'Wait', 'Status', 'Done?'),
	'Done?': { main: [to('Result'), to('Wait')] },
	...chain('Result', 'Download'),
};

/** By hand, one item after the other: Loop Over Items around submit, wait, status, result, download. */
export const loop: Build = (path, shape) => {
	const nodes = [
		node('Loop', 'n8n-nodes-base.splitInBatches', 3, { options: {} }),
		...handBuilt(shape),
		node('Videos', 'n8n-nodes-base.noOp', 1),
	];
	return forItems(path, nodes, {
		...chain('Items', 'Loop'),
		Loop: { main: [to('Videos'), to('Submit')] },
		...HAND_BUILT_LINKS,
		...chain('Download', 'Loop'),
	});
};

/** By hand, all items at once: the HTTP Request node submits them together and they wait together. */
export const fanOut: Build = (path, shape) =>
	forItems(path, handBuilt(shape), { ...chain('Items', 'Submit'), ...HAND_BUILT_LINKS });

/** n8n keeps a wait of 65 s in its database, unless a moment of it is over when it looks. A video is due when its Max Wait, in minutes, is over. */
export const WAIT_SECONDS = 67;
export const MAX_WAIT = 1;

/** In queue mode. */
export const NAMES = {
	generate: 'Generate',
	parked: 'Generate, Park While Waiting',
	byHand: 'Start, Wait, Get by hand',
	wait: 'n8n alone: Wait',
	subWait: 'n8n alone: Wait in a sub-workflow of a sub-workflow',
};
export type Kind = keyof typeof NAMES;

/** Those without our node: they make no video. */
export const isN8nAlone = (kind: Kind): boolean => kind === 'wait' || kind === 'subWait';

/** Runs a node in a sub-workflow of its own, as a parked run has two of them. */
const inSubWorkflow = (inner: WorkflowNode) => {
	const begin = node('Begin', 'n8n-nodes-base.executeWorkflowTrigger', 1);
	const workflowJson = JSON.stringify({ name: 'Inner', ...inRow([begin, inner]) });
	const parameters = { source: 'parameter', workflowJson, options: {} };
	return node('Sub-Workflow', 'n8n-nodes-base.executeWorkflow', 1.2, parameters);
};

/**
 * For queue mode: a webhook, then one video.
 * @param imageUrl the first frame
 */
export function workflowOf(kind: Kind, imageUrl: string, credential: string): Workflow {
	const video = { imageUrl, prompt: 'Clouds drift', duration: '3', mode: 'std' };
	// Each its own video for the node, and the same picture for the sandbox, which draws it once.
	const extraBody = '={{ JSON.stringify({ take: $json.body.take }) }}';
	const make = (name: string, operation: string, options = {}) =>
		kling(name, { operation, ...video, options: { ...options, extraBody } }, credential);
	const get = { operation: 'get', requestId: '={{ $json.requestId }}' };
	const steps: Record<Kind, () => WorkflowNode[]> = {
		generate: () => [make('Kling', 'generate')],
		parked: () => [make('Kling', 'generate', { survivesRestarts: true, maxWait: MAX_WAIT })],
		byHand: () => [make('Start', 'start'), wait(WAIT_SECONDS), kling('Get', get, credential)],
		wait: () => [wait(WAIT_SECONDS)],
		subWait: () => [inSubWorkflow(inSubWorkflow(wait(WAIT_SECONDS)))],
	};
	return startedAt(kind, 'onReceived', steps[kind]());
}
