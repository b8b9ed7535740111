/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** Answers that leave a client in doubt about a job, or that say what is not so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

import type { AxiosResponse } from 'axios';

import { caller, http, useSandbox, type Caller } from './support';
import type { Fault, FaultRule, Settings } from '../../sandbox';
import { RateLimiter } from '../../sandbox/rateLimit';

const sandbox = useSandbox();

const inject = (stage: FaultRule['stage'], fault: Fault, rest: Partial<FaultRule> = {}) =>
	sandbox.current.inject({ stage, fault, ...rest });
const books = (me: Caller) =>
	sandbox.current.account(me.key).jobs.map(({ status, billed }) => ({ status, billed }));
const PAID = { status: 'COMPLETED', billed: true };

const DETAIL = { detail: [{ loc: ['body'], msg: 'Something is off', type: 'value_error' }] };
const POLICY = {
	detail: [{ msg: 'Output video has sensitive content.', type: 'content_policy_violation' }],
};

async function having(settings: Partial<Settings>, test: () => Promise<void>): Promise<void> {
	const before: Partial<Settings> = {
		v1Response: 'video',
		v1RequestId: 'both',
		freshFileRefusals: 0,
		freshFileStatus: 403,
		failedWith: 422,
		rateWindowSeconds: 60,
		rateWindowStart: 'first-request',
	};
	sandbox.current.set(settings);
	try {
		await test();
	} finally {
		sandbox.current.set(before);
	}
}

describe('a submit', () => {
	it.each([408, 460, 499])('answered %i, with a job or without', async (status) => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'respond', status });
		expect((await me.submit()).status).toBe(status);
		expect(books(me)).toEqual([]);
		inject('submit', { kind: 'respond', status, accepted: true });
		expect((await me.submit()).status).toBe(status);
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
		expect(books(me)).toEqual([PAID]);
	});

	it('answered 500 although the job was created, the next one 406', async () => {
		const me = caller(sandbox.current);
		const refusal = { error: 'duration: value is rejected before the model runs' };
		inject('submit', { kind: 'respond', status: 500, body: 'Oops', accepted: true });
		inject('submit', { kind: 'respond', status: 406, body: refusal });
		expect([(await me.submit()).status, books(me).length]).toEqual([500, 1]);
		const { status, data } = await me.submit();
		expect([status, data, books(me).length]).toEqual([406, refusal, 1]);
	});
});

describe('a status or a result', () => {
	type Ask = 'status' | 'result';

	it.each<[Ask, string, Pick<Extract<Fault, { kind: 'respond' }>, 'body' | 'contentType'>]>(
		(['status', 'result'] as const).flatMap((stage) => [
			[stage, 'a detail', { body: DETAIL }],
			[stage, 'an HTML page', { body: '<h1>Blocked</h1>', contentType: 'text/html' }],
			[stage, 'nothing', {}],
		]),
	)('%s answered 422 with %s once the job is completed', async (stage, _name, content) => {
		const me = caller(sandbox.current);
		// Only once it is completed: the calls before it get the truth.
		const fault: Fault = { kind: 'respond', status: 422, ...content };
		inject(stage, fault, { match: { status: 'COMPLETED' }, key: me.key });
		sandbox.current.set({ jobSeconds: 0.4 });
		const { data } = await me.submit();
		sandbox.current.set({ jobSeconds: 0.05 });
		const id = data.request_id as string;
		let answer: AxiosResponse;
		let asked = 0;
		do {
			answer = await me[stage](id);
			asked++;
			expect([200, 422]).toContain(answer.status);
			await sleep(answer.status === 200 ? 5 : 0);
		} while (answer.status === 200 && asked < 1000);
		expect(asked).toBeGreaterThan(1);
		expect([answer.status, answer.data]).toEqual([422, content.body ?? '']);
		if (content.contentType) expect(answer.headers['content-type']).toBe(content.contentType);
		expect(books(me)).toEqual([PAID]);
		expect((await me[stage](id)).data.status).toBe('COMPLETED');
	});

	it('says FAILED after a status that said COMPLETED', async () => {
		for (const failedWith of [422, 200] as const) {
			await having({ failedWith }, async () => {
				const me = caller(sandbox.current);
				const id = await me.finish();
				inject('result', { kind: 'say-failed', error: 'Lost on the way' });
				expect((await me.status(id)).data.status).toBe('COMPLETED');
				const { status, data } = await me.result(id);
				expect([status, data]).toEqual([
					failedWith,
					{
						...{ status: 'FAILED', request_id: id, output: null, error: 'Lost on the way' },
						metrics: expect.not.objectContaining({ cost: expect.anything() }),
					},
				]);
				expect(books(me)).toEqual([PAID]);
				expect((await me.result(id)).data.status).toBe('COMPLETED');
			});
		}
	});

	it('says FAILED of what it does not know only when it knows it', async () => {
		inject('status', { kind: 'say-failed' });
		expect((await caller(sandbox.current).status('nothing')).status).toBe(404);
	});

	it.each<[string, Extract<Fault, { kind: 'fail-job' }>, unknown, string]>([
		['a detail', { kind: 'fail-job', body: POLICY }, POLICY, JSON.stringify(POLICY)],
		[
			'a detail and a status',
			{ kind: 'fail-job', body: { status: 'FAILED', ...POLICY }, error: 'Sensitive' },
			{ status: 'FAILED', ...POLICY },
			'Sensitive',
		],
	])('of a job that failed with %s says exactly that', async (_name, fault, body, text) => {
		const me = caller(sandbox.current);
		inject('submit', fault);
		const id = await me.finish();
		for (const { status, data } of [await me.status(id), await me.result(id)])
			expect([status, data]).toEqual([422, body]);
		inject('v1', fault);
		const { status, data } = await me.generate();
		expect([status, data]).toEqual([422, body]);
		expect(sandbox.current.account(me.key).jobs).toMatchObject(
			Array(2).fill({ status: 'FAILED', billed: false, cost: 0, error: text }),
		);
		const history = await me.history('request-history');
		expect(history.data.generations[0]).toMatchObject({ model_status: 'FAILED', error: text });
	});
});

describe('the synchronous call', () => {
	it.each(['video', 'json'] as const)('of %s stalls before and within the body', async (form) => {
		await having({ v1Response: form }, async () => {
			for (const afterBytes of [0, 20]) {
				const me = caller(sandbox.current);
				inject('v1', { kind: 'stall', afterBytes });
				const leaving = new AbortController();
				const { gatewayUrl } = sandbox.current;
				const answer = await fetch(`${gatewayUrl}/v1/kling-o3-image2video`, {
					method: 'POST',
					headers: { 'x-api-key': me.key, 'content-type': 'application/json' },
					body: JSON.stringify(me.body()),
					signal: leaving.signal,
				});
				expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(20);
				const reader = answer.body!.getReader();
				if (afterBytes > 0) expect((await reader.read()).value).toHaveLength(afterBytes);
				const more = reader.read();
				expect(await Promise.race([more, sleep(150, 'silence')])).toBe('silence');
				leaving.abort();
				await expect(more).rejects.toThrow();
				expect(books(me)).toEqual([PAID]);
			}
		});
	});

	it('stalls before its headers: hang, accepted', async () => {
		const me = caller(sandbox.current);
		inject('v1', { kind: 'hang', accepted: true });
		await expect(me.generate({}, { timeout: 150 })).rejects.toThrow('timeout');
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
	});

	it.each([
		['header', true, false],
		['body', false, true],
		['both', true, true],
	] as const)('names the request in: %s', async (v1RequestId, inHeader, inBody) => {
		await having({ v1RequestId, v1Response: 'json' }, async () => {
			const me = caller(sandbox.current);
			inject('v1', { kind: 'fail-job', error: 'no' }, { skip: 1 });
			for (const { headers, data } of [await me.generate(), await me.generate()]) {
				expect('x-request-id' in headers).toBe(inHeader);
				expect('request_id' in data).toBe(inBody);
			}
			expect(books(me).map(({ status }) => status)).toEqual(['COMPLETED', 'FAILED']);
			sandbox.current.set({ v1Response: 'video' });
			expect('x-request-id' in (await me.generate()).headers).toBe(inHeader);
		});
	});

	it('answers JSON, or a video, under another content type', async () => {
		const contentType = 'application/octet-stream';
		const me = caller(sandbox.current);
		inject('v1', { kind: 'content-type', contentType });
		const video = await me.generate({}, { responseType: 'arraybuffer' });
		expect(video.headers['content-type']).toBe(contentType);
		expect((video.data as Buffer).subarray(4, 8).toString()).toBe('ftyp');
		await having({ v1Response: 'json' }, async () => {
			inject('v1', { kind: 'content-type', contentType });
			const { headers, data } = await me.generate();
			expect(headers['content-type']).toBe(contentType);
			expect(data).toMatchObject({ status: 'COMPLETED', output: expect.any(String) });
		});
	});

	it('says FAILED although the job was billed', async () => {
		const me = caller(sandbox.current);
		inject('v1', { kind: 'say-failed', body: DETAIL });
		const { status, data } = await me.generate();
		expect([status, data, books(me)]).toEqual([422, DETAIL, [PAID]]);
	});
});

describe('a download', () => {
	async function video(): Promise<{ url: string; whole: Buffer }> {
		const me = caller(sandbox.current);
		await me.finish();
		const url = sandbox.current.account(me.key).jobs[0].videoUrl!;
		const { data } = await http.get<Buffer>(url, { responseType: 'arraybuffer' });
		return { url, whole: data };
	}
	const raw = async (url: string) =>
		await http.get<Buffer>(url, { responseType: 'arraybuffer', decompress: false });

	it('gzip: compressed, with the compressed length', async () => {
		const { url, whole } = await video();
		inject('download', { kind: 'gzip' });
		const { headers, data } = await raw(url);
		expect(headers).toMatchObject({
			'content-encoding': 'gzip',
			'content-length': String(data.length),
			'content-type': 'video/mp4',
		});
		expect(data.length).not.toBe(whole.length);
		expect(gunzipSync(data)).toEqual(whole);
		inject('download', { kind: 'gzip' });
		const unpacked = await http.get<Buffer>(url, { responseType: 'arraybuffer' });
		expect(unpacked.data).toEqual(whole);
	});

	it('gzip that breaks off, ends early, stalls, or is slow', async () => {
		const { url, whole } = await video();
		inject('download', { kind: 'cut', afterBytes: 500, gzip: true });
		const cut = await fetch(url);
		expect(cut.headers.get('content-encoding')).toBe('gzip');
		expect(Number(cut.headers.get('content-length'))).not.toBe(whole.length);
		await expect(cut.arrayBuffer()).rejects.toThrow();

		inject('download', { kind: 'cut-silently', afterBytes: 500, gzip: true });
		const short = await raw(url);
		expect(short.data).toHaveLength(500);
		expect(short.headers['content-encoding']).toBe('gzip');

		inject('download', { kind: 'stall', afterBytes: 500, gzip: true });
		await expect(http.get(url, { timeout: 150 })).rejects.toThrow();

		inject('download', { kind: 'slow', bytesPerSecond: whole.length * 4, gzip: true });
		expect(gunzipSync((await raw(url)).data)).toEqual(whole);
	});

	it('gzip is for JSON too', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		inject('result', { kind: 'gzip' });
		const { headers, data } = await me.result(id, {
			decompress: false,
			responseType: 'arraybuffer',
		});
		expect(headers['content-type']).toBe('application/json');
		expect(JSON.parse(gunzipSync(data as Buffer).toString())).toMatchObject({ request_id: id });
	});

	it.each([403, 404] as const)('of a new file is refused with %i a few times', async (status) => {
		await having({ freshFileRefusals: 2, freshFileStatus: status }, async () => {
			const me = caller(sandbox.current);
			await Promise.all([me.finish(), me.finish()]);
			for (const { videoUrl } of sandbox.current.account(me.key).jobs) {
				const seen: number[] = [];
				while (seen.length < 4) seen.push((await http.get(videoUrl!)).status);
				expect(seen).toEqual([status, status, 200, 200]);
			}
		});
	});
});

describe('windows of the rate limit', () => {
	const taken = (rateWindowStart: Settings['rateWindowStart'], ...times: number[]) => {
		const limiter = new RateLimiter();
		const window = { rateWindowSeconds: 60, rateWindowStart };
		return times.map((second) => limiter.take('key', 2, window, second * 1000));
	};

	it('are fixed: one counts from zero, however full the one before it was', () => {
		// A sliding window would refuse at 111, because of 109 and 110.
		expect(taken('first-request', 50, 109, 110, 111, 112, 169, 170)).toEqual([
			...[undefined, undefined],
			...[undefined, undefined, 170_000, 170_000],
			undefined,
		]);
	});

	it('can begin with the minute', () => {
		expect(taken('clock', 50, 55, 59, 60, 61, 119, 120)).toEqual([
			...[undefined, undefined, 60_000],
			...[undefined, undefined, 120_000, undefined],
		]);
	});

	it('by the clock are told to the client', async () => {
		await having({ rateWindowSeconds: 3600, rateWindowStart: 'clock' }, async () => {
			const me = caller(sandbox.current, { requestsPerMinute: 1 });
			await me.balance();
			const { status, headers } = await me.balance();
			expect(status).toBe(429);
			const reset = Date.parse(String(headers['x-rate-limit-reset-at-utc']));
			expect(reset % 3_600_000).toBe(0);
		});
	});
});
