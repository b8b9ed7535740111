/** Workflows with Park While Waiting, and what became of them. */
import { createHash, randomUUID } from 'node:crypto';

import type { Execution, ExecutionSummary } from '../../../harness/drive/api';
import type { N8n, Workflow, WorkflowNode } from '../../../harness/run/n8n';
import { whenExecution } from './executions';
import { itemsOf } from './output';
import type { TestService } from './service';
import { batchWorkflow } from './workflow';

/** A video is due when its Max Wait is over; n8n keeps an execution for 65 s at least. */
const MAX_WAIT_MINUTES = 1;

/** Behind our node: a node that reads the file, and one that asks for the item which a video was made from. */
const BEHIND: Array<Pick<WorkflowNode, 'name' | 'type' | 'typeVersion' | 'parameters'>> = [
	{
		name: 'Hash',
		type: 'n8n-nodes-base.crypto',
		typeVersion: 1,
		parameters: {
			action: 'hash',
			type: 'SHA256',
			binaryData: true,
			binaryPropertyName: 'data',
			dataPropertyName: 'sha256',
			encoding: 'hex',
		},
	},
	{
		name: 'Paired',
		type: 'n8n-nodes-base.set',
		typeVersion: 3.4,
		parameters: {
			includeOtherFields: true,
			assignments: {
				assignments: [
					{
						id: 'motion',
						name: 'motion',
						type: 'string',
						value: "={{ $('Items').item.json.motion }}",
					},
				],
			},
			options: {},
		},
	},
];

/** A webhook that takes `{ items: [{ motion }] }`, and answers when the last node finishes. */
export function parkedWorkflow(
	path: string,
	{ imageUrl }: Pick<TestService, 'imageUrl'>,
	settings: Partial<WorkflowNode> = {},
	options: object = {},
): Workflow {
	const workflow = batchWorkflow(
		path,
		{
			imageUrl,
			prompt: '={{ $json.motion }}',
			duration: '3',
			mode: 'std',
			options: { survivesRestarts: true, maxWait: MAX_WAIT_MINUTES, ...options },
		},
		settings,
	);
	const behind = BEHIND.map((node, index) => ({
		...node,
		id: randomUUID(),
		position: [600 + 200 * index, 0],
	}));
	const link = (node: string) => [{ node, type: 'main', index: 0 }];
	return {
		...workflow,
		nodes: [...workflow.nodes, ...behind],
		connections: {
			...workflow.connections,
			Kling: { main: [link('Hash')] },
			Hash: { main: [link('Paired')] },
		},
	};
}

/** The same, but n8n saves nothing of its executions, so the last node tells the sandbox which file it got. */
export function unsavedWorkflow(path: string, service: Pick<TestService, 'imageUrl'>): Workflow {
	const workflow = parkedWorkflow(path, service);
	const tell: WorkflowNode = {
		...{ id: randomUUID(), name: 'Paired', position: [800, 0] },
		...{ type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2 },
		parameters: { url: `=${service.imageUrl}?${TOLD}={{ $json.sha256 }}`, options: {} },
	};
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => (node.name === tell.name ? tell : node)),
		settings: {
			...workflow.settings,
			saveDataSuccessExecution: 'none',
			saveDataErrorExecution: 'none',
			saveExecutionProgress: false,
		},
	};
}

const TOLD = 'sha256';

/** Of the files that executions of an `unsavedWorkflow` told of: whether they are the video that was made for it. */
export async function toldFiles(
	{ sandbox, jobs }: TestService,
	motion: string,
): Promise<Array<{ isWhole: boolean }>> {
	const { videoUrl } = jobs().find(({ body }) => body.prompt === motion)!;
	const original = sha256(await (await fetch(videoUrl!)).arrayBuffer());
	return sandbox
		.requests()
		.filter(hasTold)
		.map(({ path }) => ({ isWhole: path.endsWith(`${TOLD}=${original}`) }));
}

export const hasTold = ({ path }: { path: string }): boolean => path.includes(`?${TOLD}=`);

const sha256 = (bytes: ArrayBuffer) =>
	createHash('sha256').update(new Uint8Array(bytes)).digest('hex');

/**
 * Starts it, and waits until it is parked.
 * @param statuses instead of that
 */
export async function orderParked(
	n8n: N8n,
	workflow: Workflow,
	motions: string[],
	statuses = ['waiting'],
): Promise<{ id: string; answer: unknown }> {
	const known = new Set(
		(await n8n.api.executions({ workflowId: workflow.id })).map(({ id }) => id),
	);
	const items = motions.map((motion) => ({ motion }));
	const { data: answer } = await n8n.api.runWebhook(workflow.name, { data: { items } });
	const isNew = ({ id, mode, status }: ExecutionSummary) =>
		!known.has(id) && mode === 'webhook' && statuses.includes(status);
	const { id } = await whenExecution(n8n, workflow, isNew);
	return { id, answer };
}

export interface Parcel {
	motion: unknown;
	requestId: unknown;
	/** What the Hash node read from the store, and what Segmind's address serves. */
	sha256: unknown;
	original: string;
	fileId: string;
}

/** What the node behind our node got. */
export async function parcelsOf(execution: Execution): Promise<Parcel[]> {
	const items = itemsOf(execution, 'Paired');
	const files = itemsOf(execution, 'Kling');
	return await Promise.all(
		items.map(async ({ json }, index) => {
			const { videoUrl } = files[index].json;
			const bytes = await (await fetch(String(videoUrl))).arrayBuffer();
			return {
				motion: json.motion,
				requestId: files[index].json.requestId,
				sha256: json.sha256,
				original: sha256(bytes),
				fileId: files[index].binary!.data.id!,
			};
		}),
	);
}
