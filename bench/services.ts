/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** The service that makes the videos: a sandbox of Segmind, with a mock of MiniMax's API in front of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readRequest, sourceOf } from './item';
import { DEFAULT_MODEL } from '../nodes/KlingO3/models';
import { uploadedBody } from '../nodes/KlingO3/models/request';
import { startSandbox, type FaultRule } from '../sandbox';
import { startMiniMax, type Answer } from './minimax';

/** What befalls one item of the money table. */
export type FaultName = 'rejected' | 'failed' | 'bad-gateway' | 'cut';

export interface JobRecord {
	/** Its API key. */
	account: string;
	id: string;
	/** ms since 1970 */
	completedAt?: number;
	paid: boolean;
	ended: boolean;
}

export interface RequestRecord {
	/** ms since 1970 */
	at: number;
	kind: 'submit' | 'status' | 'result' | 'download';
	/** Of a status or a result call. */
	job?: string;
	/** HTTP status of the answer, where it is known. */
	status?: number;
}

const API_KEY = 'SG_example_benchmark';
const RENDERING_KEY = 'SG_example_rendering';

export const MODEL_PATH = `/v2/${DEFAULT_MODEL}`;
const ENOUGH_CREDITS = 1e9;
const COUNTED = ['submit', 'status', 'result', 'download'];

const REJECTED = { status: 400, body: { error: 'This prompt is not allowed' } };
/** A refused prompt is refused each time; everything else happens once. Of a cut file 20 kB arrive. */
const RULES: Record<FaultName, Pick<FaultRule, 'stage' | 'fault' | 'times'>> = {
	rejected: { stage: 'submit', fault: { kind: 'respond', ...REJECTED }, times: 0 },
	failed: { stage: 'submit', fault: { kind: 'fail-job', error: 'Generation failed' } },
	'bad-gateway': { stage: 'status', fault: { kind: 'respond', status: 502, body: 'Bad Gateway' } },
	cut: { stage: 'download', fault: { kind: 'cut', afterBytes: 20_000 } },
};

/**
 * A sandbox of its own for one size of video.
 * @param megabytes size of every video; 0 leaves them as they are rendered
 * @param isEnforced whether the service itself refuses what is above the limit
 * @param accounts how many it has
 */
export async function sandboxService(
	megabytes: number,
	requestsPerMinute: number,
	isEnforced = false,
	accounts = 1,
) {
	const sandbox = await startSandbox({ jobSeconds: 0, padBytes: megabytes * 1e6 });
	const { gatewayUrl: url, storageUrl, historyUrl } = sandbox;
	const imageUrl = `${sandbox.filesUrl}/samples/mountain.jpg`;
	const keys = Array.from({ length: accounts }, (_, index) =>
		index === 0 ? API_KEY : `${API_KEY}_${index + 1}`,
	);
	const limit = isEnforced ? requestsPerMinute : 0;
	for (const key of keys) {
		sandbox.createAccount({ key, credits: ENOUGH_CREDITS, requestsPerMinute: limit });
	}
	// Videos are rendered by an account of its own: they must not count.
	sandbox.createAccount({ key: RENDERING_KEY, credits: ENOUGH_CREDITS });

	const ask = async (from: string, path: string, body?: object): Promise<Answer> => {
		const headers = { 'content-type': 'application/json', 'x-api-key': from };
		const method = body ? 'POST' : 'GET';
		const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
		const text = await answer.text();
		const isJson = answer.headers.get('content-type')?.includes('json');
		return { status: answer.status, body: isJson ? JSON.parse(text) : { text } };
	};
	const submit = async (from: string, prompt: string) =>
		await ask(from, MODEL_PATH, await klingBody(imageUrl, prompt));
	const minimax = await startMiniMax({
		submit: async (prompt) => await submit(API_KEY, prompt),
		status: async (id) => await ask(API_KEY, `/v2/requests/${id}/status`),
		videoUrl: (id) =>
			sandbox.account(API_KEY).jobs.find(({ requestId }) => requestId === id)?.videoUrl,
	});
	return {
		/** Base URL of the API, no trailing slash. */
		url,
		/** That of MiniMax's. */
		minimaxUrl: minimax.url,
		imageUrl,
		/** Data of our node's credential, for each account. */
		accounts: keys.map((apiKey) => ({
			...{ apiKey, baseUrl: url, storageUrl },
			...{ historyUrl, requestsPerMinute },
		})),
		/** @param spread by how much more the longest takes; each job takes another part of it */
		setJobSeconds: (jobSeconds: number, spread = 0) =>
			sandbox.set({ jobSeconds, jobSpreadSeconds: spread }),
		/** One item meets a fault; its prompt ends with `prompt`. */
		inject: (fault: FaultName, prompt: string) =>
			sandbox.inject({ ...RULES[fault], match: { prompt } }),
		clearFaults: () => sandbox.clearFaults(),
		/** Since a time, ms since 1970. */
		jobs: (since: number): JobRecord[] =>
			keys
				.flatMap((key) => sandbox.account(key).jobs.map((job) => ({ ...job, account: key })))
				.filter(({ createdAt }) => createdAt >= since)
				.map(({ account, requestId, completedAt, billed, status }) => ({
					...{ account, id: requestId, completedAt, paid: billed },
					ended: status === 'COMPLETED' || status === 'FAILED',
				})),
		requests: (since: number): RequestRecord[] =>
			sandbox
				.requests()
				.filter(({ at, key }) => at >= since && key !== RENDERING_KEY)
				.filter(({ stage }) => COUNTED.includes(stage))
				.map(({ at, stage, path, status }) => ({
					...{ at, status, kind: stage as RequestRecord['kind'] },
					job: /\/v2\/requests\/([^/?]+)/.exec(path)?.[1],
				})),
		/** Renders a video, which the sandbox then keeps. */
		async render(prompt: string) {
			const { request_id: id } = (await submit(RENDERING_KEY, prompt)).body;
			await sandbox.whenJobs((jobs) => jobs.some((job) => job.requestId === id && job.billed));
		},
		async close() {
			await minimax.close();
			await sandbox.close();
		},
	};
}
export type Service = Awaited<ReturnType<typeof sandboxService>>;

/** What our node sends with its default options. */
export async function klingBody(imageUrl: string, prompt: string): Promise<object> {
	const request = await readRequest(sourceOf({ model: DEFAULT_MODEL, imageUrl, prompt }));
	if (!request.ok) throw new Error(request.problem.message);
	return uploadedBody(request.value, new Map());
}

/** Waits until no job that was begun since then is under way: also those that nobody waits for are paid. */
export async function whenAllEnded(service: Service, since: number): Promise<void> {
	while (service.jobs(since).some(({ ended }) => !ended)) await sleep(100);
}
