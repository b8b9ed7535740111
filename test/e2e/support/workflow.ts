import { randomUUID } from 'node:crypto';

import type { Workflow, WorkflowNode } from '../../../harness/run/n8n';

export const KLING = 'n8n-nodes-segmind-kling.klingO3';

/** A webhook that takes `{ items: […] }`, and our node on each of them. */
export function batchWorkflow(
	path: string,
	parameters: WorkflowNode['parameters'],
	settings: Partial<WorkflowNode> = {},
): Workflow {
	const node = (
		name: string,
		type: string,
		x: number,
		rest: Partial<WorkflowNode>,
	): WorkflowNode => ({
		id: randomUUID(),
		name,
		type,
		typeVersion: 1,
		position: [x, 0],
		parameters: {},
		...rest,
	});
	const link = (to: string) => ({ main: [[{ node: to, type: 'main', index: 0 }]] });
	return {
		id: '',
		name: path,
		active: true,
		nodes: [
			node('Order', 'n8n-nodes-base.webhook', 0, {
				typeVersion: 2,
				webhookId: randomUUID(),
				parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
			}),
			node('Items', 'n8n-nodes-base.splitOut', 200, {
				parameters: { fieldToSplitOut: 'body.items' },
			}),
			node('Kling', KLING, 400, {
				parameters,
				credentials: { segmindApi: { id: 'SegmindDemo00001', name: 'Segmind (demo)' } },
				...settings,
			}),
		],
		connections: { Order: link('Items'), Items: link('Kling') },
		settings: { executionOrder: 'v1' },
	};
}
