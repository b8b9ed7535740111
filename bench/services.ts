/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** The services that make the videos, seen alike: the sandbox of Segmind and the mock of MiniMax. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readRequest, sourceOf } from '../harness/item';
import { DEFAULT_MODEL } from '../nodes/KlingO3/models';
import { uploadedBody } from '../nodes/KlingO3/models/request';
import { startSandbox, type FaultRule } from '../sandbox';

/** What befalls one item of the money table. */
export type Misfortune = 'rejected' | 'failed' | 'bad-gateway' | 'cut';

export interface JobRecord {
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

export interface Service {
	/** Base URL of the API, no trailing slash. */
	url: string;
	imageUrl: string;
	/** @param spread by how much more the longest takes; each job takes another part of it */
	setJobSeconds(seconds: number, spread?: number): void;
	/** One item meets a misfortune; its prompt ends with `prompt`. */
	strike(misfortune: Misfortune, prompt: string): void;
	clearFaults(): void;
	/** Since a time, ms since 1970. */
	jobs(since: number): JobRecord[];
	requests(since: number): RequestRecord[];
	close(): Promise<void>;
}

export interface SandboxService extends Service {
	credential: {
		apiKey: string;
		baseUrl: string;
		storageUrl: string;
		historyUrl: string;
		requestsPerMinute: number;
	};
	/** A video as the sandbox makes it: where to fetch one. */
	sampleVideo(prompt: string): Promise<string>;
}

export const API_KEY = 'SG_example_benchmark';
const RENDERING_KEY = 'SG_example_rendering';
export const REJECTED_STATUS = 400;
export const REJECTED_BODY = { error: 'This prompt is not allowed' };
/** How much of a cut file arrives, bytes. */
export const CUT_AFTER = 20_000;

const MODEL = DEFAULT_MODEL;
export const MODEL_PATH = `/v2/${MODEL}`;
const ENOUGH_CREDITS = 1e9;
const COUNTED = ['submit', 'status', 'result', 'download'];

/** A refused prompt is refused each time; everything else happens once. */
const RULES: Record<Misfortune, Pick<FaultRule, 'stage' | 'fault' | 'times'>> = {
	rejected: {
		stage: 'submit',
		fault: { kind: 'respond', status: REJECTED_STATUS, body: REJECTED_BODY },
		times: 0,
	},
	failed: { stage: 'submit', fault: { kind: 'fail-job', error: 'Generation failed' } },
	'bad-gateway': { stage: 'status', fault: { kind: 'respond', status: 502, body: 'Bad Gateway' } },
	cut: { stage: 'download', fault: { kind: 'cut', afterBytes: CUT_AFTER } },
};

/**
 * A sandbox of its own for one size of video.
 * @param megabytes size of every video; 0 leaves them as they are rendered
 * @param isEnforced whether the service itself refuses what is above the limit
 */
export async function sandboxService(
	megabytes: number,
	requestsPerMinute: number,
	isEnforced = false,
): Promise<SandboxService> {
	const sandbox = await startSandbox({ jobSeconds: 0, padBytes: megabytes * 1e6 });
	sandbox.createAccount({
		key: API_KEY,
		credits: ENOUGH_CREDITS,
		requestsPerMinute: isEnforced ? requestsPerMinute : 0,
	});
	// Videos are rendered by an account of its own: they must not count.
	sandbox.createAccount({ key: RENDERING_KEY, credits: ENOUGH_CREDITS });
	const imageUrl = `${sandbox.filesUrl}/samples/mountain.jpg`;
	return {
		url: sandbox.gatewayUrl,
		imageUrl,
		credential: {
			apiKey: API_KEY,
			baseUrl: sandbox.gatewayUrl,
			storageUrl: sandbox.storageUrl,
			historyUrl: sandbox.historyUrl,
			requestsPerMinute,
		},
		setJobSeconds: (seconds, spread = 0) =>
			sandbox.set({ jobSeconds: seconds, jobSpreadSeconds: spread }),
		strike: (misfortune, prompt) => sandbox.inject({ ...RULES[misfortune], match: { prompt } }),
		clearFaults: () => sandbox.clearFaults(),
		jobs: (since) =>
			sandbox
				.account(API_KEY)
				.jobs.filter(({ createdAt }) => createdAt >= since)
				.map(({ requestId, completedAt, billed, status }) => ({
					id: requestId,
					completedAt,
					paid: billed,
					ended: status === 'COMPLETED' || status === 'FAILED',
				})),
		requests: (since) =>
			sandbox
				.requests()
				.filter(
					({ at, stage, key }) => at >= since && COUNTED.includes(stage) && key !== RENDERING_KEY,
				)
				.map(({ at, stage, path, status }) => ({
					at,
					status,
					kind: stage as RequestRecord['kind'],
					job: /\/v2\/requests\/([^/?]+)/.exec(path)?.[1],
				})),
		async sampleVideo(prompt) {
			const answer = await fetch(`${sandbox.gatewayUrl}${MODEL_PATH}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', 'x-api-key': RENDERING_KEY },
				body: JSON.stringify(await klingBody(imageUrl, prompt)),
			});
			const { request_id: id } = (await answer.json()) as { request_id: string };
			await sandbox.whenJobs((jobs) => jobs.some((job) => job.requestId === id && job.billed));
			return sandbox.account(RENDERING_KEY).jobs.find(({ requestId }) => requestId === id)!
				.videoUrl!;
		},
		close: async () => await sandbox.close(),
	};
}

/** What our node sends with its default options. */
export async function klingBody(imageUrl: string, prompt: string): Promise<object> {
	const request = await readRequest(sourceOf({ model: MODEL, imageUrl, prompt }));
	if (!request.ok) throw new Error(request.problem.message);
	return uploadedBody(request.value, new Map());
}

/** Waits until no job that was begun since then is under way: also those that nobody waits for are paid. */
export async function whenAllEnded(service: Service, since: number): Promise<void> {
	while (service.jobs(since).some(({ ended }) => !ended)) await sleep(100);
}
