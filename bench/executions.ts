/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** Runs a workflow by its webhook, and reads what n8n shows of the execution afterwards. */
import { stringify } from 'flatted';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, ExecutionSummary, N8nApi } from '../harness/drive/api';

export interface Ran {
	/** From the call of the webhook to its answer, which comes when the last node is done. */
	seconds: number;
	summary: ExecutionSummary;
}

export const UNFINISHED = ['new', 'running', 'waiting'];
const LOOK_EVERY_MS = 200;
/** For n8n to be ready, and for an execution to appear and end once its webhook has answered. */
const PATIENCE_MS = 60_000;

/** Looks until there is something to see. */
export async function patiently<T>(
	what: string,
	look: () => Promise<T | undefined>,
	{ patienceMs = PATIENCE_MS, everyMs = LOOK_EVERY_MS } = {},
): Promise<T> {
	const deadline = Date.now() + patienceMs;
	for (;;) {
		const found = await look();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error(`n8n: ${what} within ${patienceMs / 1000} s.`);
		await sleep(everyMs);
	}
}

/** Runs a workflow whose webhook path is its name. The execution's data is left alone: reading it costs n8n memory. */
export async function runWorkflow(
	api: N8nApi,
	workflow: { id: string; name: string },
	items: object[],
): Promise<Ran> {
	const list = async () => await api.executions({ workflowId: workflow.id });
	const before = new Set((await list()).map(({ id }) => id));
	await patiently('not ready', async () => {
		const { status } = await fetch(`${api.url}/healthz/readiness`);
		return status === 200 || undefined;
	});
	const begun = Date.now();
	const { status } = await api.runWebhook(workflow.name, { data: { items } });
	const seconds = (Date.now() - begun) / 1000;
	if (status === 503) throw new Error('n8n was not ready for the webhook.');
	const summary = await patiently('no execution that ended', async () => {
		const [newest] = await list();
		const ended = newest && !before.has(newest.id) && !UNFINISHED.includes(newest.status);
		return ended ? newest : undefined;
	});
	return { seconds, summary };
}

/** How many different video files stand in the outputs of the execution's nodes. */
export function countVideos({ data }: Execution): number {
	const files = Object.values(data.resultData.runData)
		.flat()
		.flatMap((run) => Object.values(run.data ?? {}).flat(2))
		.flatMap((item) => Object.values(item?.binary ?? {}))
		.filter(({ mimeType }) => mimeType.startsWith('video/'));
	return new Set(files.map(({ id }) => id)).size;
}

/** Which of these IDs stand anywhere in the outputs and errors of an execution. */
export function idsIn({ data }: Execution, ids: string[]): string[] {
	// Its data refers to itself, so it is no JSON.
	const text = stringify(data.resultData);
	return ids.filter((id) => text.includes(id));
}
