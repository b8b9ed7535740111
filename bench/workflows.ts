/** The four workflows. Each begins with a webhook that takes `{ items: [{ prompt }] }`. */
import { randomUUID } from 'node:crypto';
import type { Workflow, WorkflowNode } from '../harness/n8n';
import { MODEL_PATH } from './services';

export interface Shape {
	/** Base URL of the service's API. */
	url: string;
	imageUrl: string;
	/** Of a submit by hand, with {@link PROMPT} in the place of the item's prompt. */
	body: object;
	/** The Wait node of the hand-built ones, seconds. */
	waitSeconds: number;
	/** Retry On Fail, with n8n's defaults (3 tries, 1 s apart), on every node that talks to the service. */
	retryOnFail: boolean;
	/** ID of the credential. */
	credential: string;
	/** Our node's options; left at their defaults where not named. */
	options?: object;
}

export const PROMPT = 'PROMPT';

export type Build = (path: string, shape: Shape) => Workflow;

export const KLING = 'n8n-nodes-segmind-kling.klingO3';

const node = (
	name: string,
	type: string,
	typeVersion: number,
	rest: Partial<WorkflowNode> = {},
): WorkflowNode => ({
	id: randomUUID(),
	name,
	type,
	typeVersion,
	position: [0, 0],
	parameters: {},
	...rest,
});

const to = (...names: string[]) => names.map((name) => ({ node: name, type: 'main', index: 0 }));

/** Links that go straight on. */
const chain = (...names: string[]) =>
	Object.fromEntries(names.slice(1).map((name, index) => [names[index], { main: [to(name)] }]));

/** What all begin with, and what keeps them comparable. */
function workflow(path: string, nodes: WorkflowNode[], connections: object): Workflow {
	const placed = [
		node('Order', 'n8n-nodes-base.webhook', 2, {
			webhookId: randomUUID(),
			parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
		}),
		node('Items', 'n8n-nodes-base.splitOut', 1, { parameters: { fieldToSplitOut: 'body.items' } }),
		...nodes,
	].map((each, index) => ({ ...each, position: [index * 200, 0] }));
	return {
		id: '',
		name: path,
		active: true,
		nodes: placed,
		connections: { ...chain('Order', 'Items'), ...connections },
		settings: { executionOrder: 'v1' },
	};
}

/** Our node, all defaults but for the image, the prompt, and the options that are given. */
export const ours: Build = (path, { imageUrl, retryOnFail, credential, options = {} }) =>
	workflow(
		path,
		[
			node('Kling', KLING, 1, {
				parameters: {
					resource: 'video',
					operation: 'generate',
					imageUrl,
					prompt: '={{ $json.prompt }}',
					options,
				},
				credentials: { segmindApi: { id: credential, name: credential } },
				retryOnFail,
			}),
		],
		chain('Items', 'Kling'),
	);

/** n8n's own MiniMax node in its newest version, all defaults but for the image and the prompt. */
export const minimax: Build = (path, { imageUrl, retryOnFail, credential }) =>
	workflow(
		path,
		[
			node('MiniMax', '@n8n/n8n-nodes-langchain.minimax', 1.2, {
				parameters: {
					resource: 'video',
					operation: 'imageToVideo',
					imageUrl,
					prompt: '={{ $json.prompt }}',
				},
				credentials: { minimaxApi: { id: credential, name: credential } },
				retryOnFail,
			}),
		],
		chain('Items', 'MiniMax'),
	);

function handBuilt({ url, body, waitSeconds, retryOnFail, credential }: Shape): WorkflowNode[] {
	const request = (name: string, parameters: object) =>
		node(name, 'n8n-nodes-base.httpRequest', 4.5, {
			parameters: { options: {}, ...parameters },
			retryOnFail,
		});
	const keyed = (name: string, parameters: object) => ({
		...request(name, {
			authentication: 'genericCredentialType',
			genericAuthType: 'httpHeaderAuth',
			...parameters,
		}),
		credentials: { httpHeaderAuth: { id: credential, name: credential } },
	});
	const json = JSON.stringify(body).replace(
		JSON.stringify(PROMPT),
		'{{ JSON.stringify($json.prompt) }}',
	);
	return [
		keyed('Submit', {
			method: 'POST',
			url: `${url}${MODEL_PATH}`,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: `=${json}`,
		}),
		node('Wait', 'n8n-nodes-base.wait', 1.1, {
			webhookId: randomUUID(),
			parameters: { amount: waitSeconds, unit: 'seconds' },
		}),
		keyed('Status', { url: `=${url}/v2/requests/{{ $json.request_id }}/status` }),
		node('Done?', 'n8n-nodes-base.if', 2.3, {
			parameters: {
				conditions: {
					options: { version: 3, caseSensitive: true, leftValue: '', typeValidation: 'strict' },
					combinator: 'and',
					conditions: [
						{
							id: randomUUID(),
							leftValue: '={{ $json.status }}',
							rightValue: 'COMPLETED',
							operator: { type: 'string', operation: 'equals' },
						},
					],
				},
				options: {},
			},
		}),
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
export const loop: Build = (path, shape) =>
	workflow(
		path,
		[
			node('Loop', 'n8n-nodes-base.splitInBatches', 3, { parameters: { options: {} } }),
			...handBuilt(shape),
			node('Videos', 'n8n-nodes-base.noOp', 1),
		],
		{
			...chain('Items', 'Loop'),
			Loop: { main: [to('Videos'), to('Submit')] },
			...HAND_BUILT_LINKS,
			...chain('Download', 'Loop'),
		},
	);

/** By hand, all items at once: the HTTP Request node submits them together and they wait together. */
export const fanOut: Build = (path, shape) =>
	workflow(path, handBuilt(shape), { ...chain('Items', 'Submit'), ...HAND_BUILT_LINKS });
