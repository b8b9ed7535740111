/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

import type { ExecutionSummary } from '../../../harness/drive/api';
import type { N8n, Workflow } from '../../../harness/run/n8n';

const LOOK_EVERY_MS = 250;
/** Less than a wait of 65 s, so that an execution that waits in memory only is not taken for one that has ended. */
const LOOK_FOR_MS = 30_000;

/** n8n tells nobody that an execution has gone to sleep, so its list is looked at. */
export async function whenExecution(
	n8n: N8n,
	workflow: Workflow,
	matches: (execution: ExecutionSummary) => boolean,
): Promise<ExecutionSummary> {
	const deadline = Date.now() + LOOK_FOR_MS;
	for (;;) {
		const executions = await n8n.api.executions({ workflowId: workflow.id });
		const found = executions.find(matches);
		if (found) return found;
		if (Date.now() > deadline) {
			const states = executions.map(({ id, status }) => `${id} is ${status}`).join(', ');
			throw new Error(`Executions of "${workflow.name}": ${states || 'none'}`);
		}
		await sleep(LOOK_EVERY_MS);
	}
}
