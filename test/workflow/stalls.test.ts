/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Connections that stand still or trickle, with the answer of the synchronous call, a status, a result, a download.
 * n8n 2.x wraps a streamed body in a generator that no `destroy()` ends; what ends it is seen at the server.
 */
import type { IDataObject } from 'n8n-workflow';

import { ADMISSION } from '../../nodes/segmind/policy/retries';
import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import type { Fault, FaultRule, Settings } from '../../sandbox';
import { asRetry, readBinary, runWorkflow, type Result, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const DEFAULTS: Partial<Settings> = { v1Response: 'video', v1RequestId: 'both', jobSeconds: 0.2 };

const here = useSandbox();
const { requestsOf } = here;

beforeAll(async () => {
	Object.assign(TIMEOUTS, { status: 1500, result: 1500, downloadStall: 700, submitAfterStop: 500 });
	// The first run loads n8n's modules and renders the video.
	await run(here.account());
}, 120_000);
afterEach(() => {
	here.sandbox.set(DEFAULTS);
});

const SECONDS = 1 / 60;

async function run(
	account: TestAccount,
	options: IDataObject = {},
	rest: Partial<RunOptions> = {},
): Promise<Result> {
	return await runWorkflow({
		credential: account.credential,
		parameters: {
			imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
			prompt: '={{ $json.prompt || "Clouds drift past the summit" }}',
			duration: '3',
			// The size of the file is not in the simplified output.
			options: { maxWait: 3 * SECONDS, simplify: false, ...options },
		},
		...rest,
	});
}

const V1 = { apiVersion: 'v1' };

/** Downloads carry no key. */
const downloads = (since: number) =>
	here.sandbox.requests().filter(({ stage, at }) => stage === 'download' && at >= since);

const inject = (account: TestAccount, stage: FaultRule['stage'], fault: Fault, times = 1) =>
	here.sandbox.inject({ stage, key: account.key, fault, times });

const billed = (account: TestAccount) => account.report().jobs.filter((job) => job.billed).length;

async function expectVideo({ output, error }: Result): Promise<void> {
	expect(error?.message).toBeUndefined();
	expect(output).toHaveLength(1);
	const { json, binary } = output[0];
	expect((await readBinary(binary!.data)).length).toBe(json.fileSize);
}

const FORMS = ['video', 'json'] as const;
/** Bytes of the body that come before it stalls. */
const PLACES = [
	['at its first byte', 0],
	['within its first bytes', 5],
	['in the middle', 60],
] as const;

describe.each(FORMS)('A synchronous answer of %s that stalls', (v1Response) => {
	it.each(PLACES)(
		'%s ends at Max Wait; the video is fetched by its ID',
		async (_place, afterBytes) => {
			here.sandbox.set({ v1Response });
			const account = here.account();
			inject(account, 'v1', { kind: 'stall', afterBytes });
			const begun = Date.now();
			await expectVideo(await run(account, V1));
			expect(Date.now() - begun).toBeLessThan(6000);
			expect(billed(account)).toBe(1);
			await here.sandbox.whenRequests(() =>
				requestsOf(account, 'v1').every(({ endedAt }) => endedAt),
			);
		},
	);

	it.each(PLACES)(
		'%s and names no request is told, and never made again',
		async (_place, afterBytes) => {
			here.sandbox.set({ v1Response, v1RequestId: 'body' });
			const account = here.account();
			inject(account, 'v1', { kind: 'stall', afterBytes });
			const first = await run(account, V1);
			expect(first.error?.message).toMatch(/could not be read.*billed: check/);
			const retry = await run(account, V1, { resume: asRetry(first.run) });
			expect(retry.error?.message).toMatch(/unknown whether/);
			expect(account.report().jobs).toHaveLength(1);
			await here.sandbox.whenRequests(() =>
				requestsOf(account, 'v1').every(({ endedAt }) => endedAt),
			);
		},
	);

	it('does not keep the healthy items of its batch', async () => {
		here.sandbox.set({ v1Response, v1RequestId: 'body' });
		const account = here.account();
		here.sandbox.inject({
			stage: 'v1',
			key: account.key,
			match: { prompt: 'two' },
			fault: { kind: 'stall', afterBytes: 60 },
		});
		const { output } = await run(
			account,
			{ ...V1, concurrency: 3 },
			{
				items: ['one', 'two', 'three'].map((prompt) => ({ json: { prompt } })),
				settings: { onError: 'continueRegularOutput' },
			},
		);
		expect(output.map(({ json }) => json.error === undefined)).toEqual([true, false, true]);
		expect(billed(account)).toBe(3);
	});
});

/** Starts a run, stops it when the request is there, and says how long the request then went on. */
async function stoppedAt(account: TestAccount, stage: FaultRule['stage'], options: IDataObject) {
	let stop = () => {};
	const running = run(account, options, { onStart: (execution) => (stop = execution.stop) });
	await here.sandbox.whenRequests((all) =>
		all.some((request) => request.key === account.key && request.stage === stage),
	);
	// The headers, and what comes of the body, have to arrive.
	await new Promise((resolve) => setTimeout(resolve, 1200));
	expect(requestsOf(account, stage)[0].endedAt).toBeUndefined();
	const pressed = Date.now();
	stop();
	await running.catch(() => undefined);
	await here.sandbox.whenRequests((all) =>
		all.some(
			(request) => request.key === account.key && request.stage === stage && request.endedAt,
		),
	);
	return Date.now() - pressed;
}

describe('Stop', () => {
	it.each(PLACES)(
		'ends a synchronous call that stalls %s at once when it named its request',
		async (_place, afterBytes) => {
			TIMEOUTS.submitAfterStop = 20_000;
			TIMEOUTS.downloadStall = 20_000;
			const account = here.account();
			inject(account, 'v1', { kind: 'stall', afterBytes });
			const went = await stoppedAt(account, 'v1', { ...V1, maxWait: 1 });
			Object.assign(TIMEOUTS, { submitAfterStop: 500, downloadStall: 700 });
			expect(went).toBeLessThan(5000);
		},
	);

	it('leaves it the time of a submit when it has not, and no more', async () => {
		here.sandbox.set({ v1Response: 'json', v1RequestId: 'body' });
		const account = here.account();
		inject(account, 'v1', { kind: 'stall', afterBytes: 5 });
		const went = await stoppedAt(account, 'v1', { ...V1, maxWait: 1 });
		expect(went).toBeGreaterThanOrEqual(TIMEOUTS.submitAfterStop - 50);
		expect(went).toBeLessThan(5000);
	});
});

describe.each(['status', 'result'] as const)('A %s', (stage) => {
	it.each([
		['stalls at its first byte', { kind: 'stall', afterBytes: 0 }],
		['stalls in the middle', { kind: 'stall', afterBytes: 20 }],
		['trickles, a byte now and then', { kind: 'slow', bytesPerSecond: 10 }],
	] as Array<[string, Fault]>)('that %s is asked for again', async (_what, fault) => {
		const account = here.account();
		inject(account, stage, fault);
		const begun = Date.now();
		await expectVideo(await run(account, { maxWait: 20 * SECONDS }));
		expect(Date.now() - begun).toBeLessThan(TIMEOUTS[stage] + 4000);
		expect(billed(account)).toBe(1);
		const struck = requestsOf(account, stage).find((request) => request.fault === fault.kind)!;
		expect(struck.endedAt! - struck.at).toBeLessThan(TIMEOUTS[stage] + 1000);
	});
});

describe('A download', () => {
	it.each([
		...PLACES.map(([place, afterBytes]) => [`stalls ${place}`, { kind: 'stall', afterBytes }]),
		['is compressed and stalls', { kind: 'stall', afterBytes: 3000, gzip: true }],
	] as Array<[string, Fault]>)('that %s is ended, and begun again', async (_what, fault) => {
		const account = here.account();
		const since = Date.now();
		inject(account, 'download', fault);
		await expectVideo(await run(account));
		const attempts = downloads(since);
		expect(attempts).toHaveLength(2);
		expect(attempts.map(({ endedAt }) => typeof endedAt)).toEqual(['number', 'number']);
		expect(billed(account)).toBe(1);
	});

	it('that trickles is ended too, however long it goes on', async () => {
		TIMEOUTS.downloadWhole = 1500;
		const account = here.account();
		const since = Date.now();
		inject(account, 'download', { kind: 'slow', bytesPerSecond: 50 });
		await expectVideo(await run(account));
		TIMEOUTS.downloadWhole = 60_000;
		const [struck, good] = downloads(since);
		expect(struck.endedAt! - struck.at).toBeLessThan(5000);
		expect(good.fault).toBeUndefined();
	});

	it('is ended at once by Stop', async () => {
		TIMEOUTS.downloadStall = 20_000;
		const account = here.account();
		const since = Date.now();
		inject(account, 'download', { kind: 'stall', afterBytes: 3000 });
		let stop = () => {};
		const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
		await here.sandbox.whenRequests(() => downloads(since).length === 1);
		await new Promise((resolve) => setTimeout(resolve, 500));
		const pressed = Date.now();
		stop();
		await running.catch(() => undefined);
		await here.sandbox.whenRequests(() => downloads(since)[0].endedAt !== undefined);
		TIMEOUTS.downloadStall = 700;
		expect(Date.now() - pressed).toBeLessThan(5000);
	});
});

describe('A synchronous answer', () => {
	it('names its request in the body only: it is remembered, and told', async () => {
		here.sandbox.set({ v1Response: 'json', v1RequestId: 'body' });
		const account = here.account();
		inject(account, 'download', { kind: 'respond', status: 410 }, 0);
		const first = await run(account, V1);
		const [{ requestId }] = account.report().jobs;
		expect(first.error?.message).toContain(requestId);
		expect(JSON.stringify(first.nodeContext)).toContain(`"requestId":"${requestId}"`);
		here.sandbox.clearFaults();
		await expectVideo(await run(account, V1, { resume: asRetry(first.run) }));
		expect(account.report().jobs).toHaveLength(1);
	});

	it('that failed is told with the request that its body names', async () => {
		here.sandbox.set({ v1Response: 'json', v1RequestId: 'body', failedWith: 200 });
		const account = here.account();
		inject(account, 'v1', { kind: 'fail-job', error: 'injected failure' });
		const { error, nodeContext } = await run(account, V1);
		here.sandbox.set({ failedWith: 422 });
		const [{ requestId }] = account.report().jobs;
		expect(error?.message).toContain(`(request ${requestId}): injected failure`);
		expect(JSON.stringify(nodeContext)).not.toContain('submitt');
	});

	it('of JSON without a video is asked for by the ID in its body', async () => {
		here.sandbox.set({ v1Response: 'json', v1RequestId: 'body' });
		const account = here.account();
		const { output } = await run(account, V1);
		const { requestId } = output[0].json;
		// Another call is answered as an asynchronous one is: with the ID of a job that goes on.
		inject(account, 'v1', {
			kind: 'respond',
			status: 202,
			body: { request_id: requestId, status: 'QUEUED' },
		});
		await expectVideo(await run(account, V1));
		expect(account.report().jobs).toHaveLength(1);
	});

	it.each([
		['JSON', 'json', 'application/octet-stream'],
		['JSON', 'json', 'video/mp4'],
		['a video', 'video', 'application/json'],
		['a video', 'video', 'text/plain'],
	] as const)(
		'of %s (%s) is read although it is called %s',
		async (_what, v1Response, contentType) => {
			here.sandbox.set({ v1Response });
			const account = here.account();
			inject(account, 'v1', { kind: 'content-type', contentType });
			await expectVideo(await run(account, V1));
			expect(billed(account)).toBe(1);
		},
	);

	it.each([
		['is compressed', { kind: 'gzip' }],
		['is compressed and cut', { kind: 'cut', afterBytes: 3000, gzip: true }],
		['is compressed and cut silently', { kind: 'cut-silently', afterBytes: 3000, gzip: true }],
	] as Array<[string, Fault]>)('that %s brings the video all the same', async (_what, fault) => {
		const account = here.account();
		inject(account, 'v1', fault);
		await expectVideo(await run(account, V1));
		expect(account.report().jobs).toHaveLength(1);
	});

	it('that is cut behind the ID in its body is asked for by that', async () => {
		here.sandbox.set({ v1Response: 'json', v1RequestId: 'body' });
		const account = here.account();
		inject(account, 'v1', { kind: 'cut', afterBytes: 120 });
		await expectVideo(await run(account, V1));
		expect(account.report().jobs).toHaveLength(1);
	});

	it('that calls the input wrong when the video was made is doubted', async () => {
		const admission = ADMISSION.longest;
		ADMISSION.longest = 100;
		here.sandbox.set({ jobSeconds: 0.5 });
		const account = here.account();
		inject(account, 'v1', { kind: 'say-failed', body: { detail: 'no' } });
		const first = await run(account, V1);
		const retry = await run(account, V1, { resume: asRetry(first.run) });
		ADMISSION.longest = admission;
		for (const { error } of [first, retry]) expect(error?.message).toMatch(/unknown whether/);
		expect(account.report().jobs).toHaveLength(1);
	});
});
