/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** Runs a workflow by its webhook, and reads what n8n shows of the execution afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, ExecutionSummary, N8nApi } from '../harness/api';

export interface Ran {
	/** From the call of the webhook to its answer, which comes when the last node is done. */
	seconds: number;
	summary: ExecutionSummary;
}

const UNFINISHED = ['new', 'running', 'waiting'];
const LOOK_EVERY_MS = 200;
/** For n8n to be ready, and for an execution to appear and end once its webhook has answered. */
const PATIENCE_MS = 60_000;

/** Looks until there is something to see. */
async function patiently<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
	const deadline = Date.now() + PATIENCE_MS;
	for (;;) {
		const found = await look();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error(`n8n: ${what} within ${PATIENCE_MS / 1000} s.`);
		await sleep(LOOK_EVERY_MS);
	}
}

const whenReady = async (api: N8nApi) =>
	await patiently('not ready', async () => {
		const { status } = await fetch(`${api.url}/healthz/readiness`);
		return status === 200 || undefined;
	});

/** Runs a workflow whose webhook path is its name. The execution's data is left alone: reading it costs n8n memory. */
export async function runWorkflow(
	api: N8nApi,
	workflow: { id: string; name: string },
	items: object[],
): Promise<Ran> {
	const { id: workflowId } = workflow;
	const list = async () => await api.executions({ workflowId });
	const before = new Set((await list()).map(({ id }) => id));
	await whenReady(api);
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

/** Every object of what the nodes returned and of their errors, as the user finds it in the execution. */
function objectsOf(execution: Execution): object[] {
	const seen = new Set<object>();
	const queue: unknown[] = [execution.data.resultData];
	for (let value = queue.pop(); value !== undefined || queue.length > 0; value = queue.pop()) {
		if (typeof value !== 'object' || value === null || seen.has(value)) continue;
		seen.add(value);
		queue.push(...Object.values(value));
	}
	return [...seen];
}

interface FileReference {
	id: string;
	mimeType: string;
	bytes?: number;
}

const isVideo = (value: object): value is FileReference =>
	'id' in value && 'mimeType' in value && String(value.mimeType).startsWith('video/');

/** How many different video files stand in the outputs of the execution's nodes. */
export function countVideos(execution: Execution): number {
	return new Set(
		objectsOf(execution)
			.filter(isVideo)
			.map(({ id }) => id),
	).size;
}

/** Which of these IDs stand anywhere in the outputs and errors of an execution. */
export function idsIn(execution: Execution, ids: string[]): string[] {
	const texts = objectsOf(execution)
		.flatMap((value) => Object.values(value) as unknown[])
		.filter((value) => typeof value === 'string')
		.join('\n');
	return ids.filter((id) => texts.includes(id));
}
