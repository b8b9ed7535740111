/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { caller, http, useSandbox, type Caller } from './support';
import type { Fault, FaultRule, RequestReport } from '../../sandbox';

const sandbox = useSandbox();

const jobs = (me: Caller) => sandbox.current.account(me.key).jobs;
const inject = (stage: FaultRule['stage'], fault: Fault, rest: Partial<FaultRule> = {}) =>
	sandbox.current.inject({ stage, fault, ...rest });
const hasEnded = (me: Caller) => (requests: RequestReport[]) =>
	requests.some(({ key, endedAt }) => key === me.key && endedAt !== undefined);

/** A finished job, and the download of its video. */
async function video(fields?: object): Promise<{ me: Caller; id: string; url: string }> {
	const me = caller(sandbox.current);
	const id = await me.finish(fields);
	return { me, id, url: jobs(me)[0].videoUrl! };
}
const download = async (url: string, timeout = 0) =>
	await http.get(url, { responseType: 'arraybuffer', timeout });
const size = async (url: string) => Number((await http.head(url)).headers['content-length']);

describe('faults at the submit', () => {
	it('respond: the answer stands in for the service and nothing is accepted', async () => {
		const me = caller(sandbox.current);
		inject('submit', {
			kind: 'respond',
			status: 502,
			body: '<h1>Bad Gateway</h1>',
			contentType: 'text/html',
			headers: { via: 'proxy' },
		});
		const { status, headers, data } = await me.submit();
		expect([status, headers['content-type'], headers.via, data]).toEqual([
			502,
			'text/html',
			'proxy',
			'<h1>Bad Gateway</h1>',
		]);
		expect(jobs(me)).toEqual([]);
	});

	it('respond, accepted: the job exists all the same', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'respond', status: 504, accepted: true });
		const { status, data } = await me.submit();
		expect([status, data]).toEqual([504, '']);
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
	});

	it('respond with an object is JSON', async () => {
		inject('submit', { kind: 'respond', status: 410, body: { error: 'Model was retired' } });
		const { status, data } = await caller(sandbox.current).submit();
		expect([status, data]).toEqual([410, { error: 'Model was retired' }]);
	});

	it.each([
		['before', 0],
		['after', 1],
	] as const)('reset %s acceptance leaves %i jobs', async (when, count) => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'reset', when });
		await expect(me.submit()).rejects.toMatchObject({ code: 'ECONNRESET' });
		expect(jobs(me)).toHaveLength(count);
	});

	it.each([
		[undefined, 0],
		[true, 1],
	])('hang, accepted %s: never answers and leaves %i jobs', async (accepted, count) => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'hang', accepted });
		await expect(me.submit({}, { timeout: 150 })).rejects.toMatchObject({ code: 'ECONNABORTED' });
		await sandbox.current.whenRequests(hasEnded(me));
		expect(jobs(me)).toHaveLength(count);
	});

	it('malformed: 200 with broken JSON, job accepted', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'malformed' });
		const { status, data } = await me.submit();
		expect(status).toBe(200);
		expect(data).toMatch(/^\{"request_id":/);
		expect(() => JSON.parse(data as string) as unknown).toThrow();
		expect(jobs(me)).toHaveLength(1);
	});

	it('no-id: 200 without any name of the request, job accepted', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'no-id' });
		const { status, data } = await me.submit();
		expect([status, data]).toEqual([200, { status: 'QUEUED' }]);
		expect(jobs(me)).toHaveLength(1);
	});

	it('fail-job: accepted, then FAILED with the text and not billed', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'fail-job', error: 'Content policy violation' });
		const { status, data } = await me.result(await me.finish());
		expect([status, data.error]).toEqual([422, 'Content policy violation']);
		expect(jobs(me)[0]).toMatchObject({ status: 'FAILED', billed: false });
	});

	it('expire: accepted, but the request is unknown from then on', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'expire' });
		const { data } = await me.submit();
		expect((await me.status(data.request_id as string)).status).toBe(404);
	});

	it('rate-limit: 429 with the end of the window', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'rate-limit', seconds: 30 });
		const before = Date.now();
		const { status, headers } = await me.submit();
		expect(status).toBe(429);
		const reset = Date.parse(String(headers['x-rate-limit-reset-at-utc']));
		expect(reset - before).toBeGreaterThanOrEqual(30_000);
		expect(jobs(me)).toEqual([]);
	});

	it('a fault after acceptance does not hide why a submit was refused', async () => {
		const me = caller(sandbox.current);
		inject('submit', { kind: 'reset', when: 'after' });
		expect((await me.submit({ prompt: '' })).status).toBe(400);
	});
});

describe('faults of the synchronous call', () => {
	it.each<[string, Fault]>([
		['reset', { kind: 'reset', when: 'after' }],
		['hang', { kind: 'hang', accepted: true }],
	])('%s after acceptance: the job is billed', async (_name, fault) => {
		const me = caller(sandbox.current);
		inject('v1', fault);
		await expect(me.generate({}, { timeout: 150 })).rejects.toThrow();
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
	});

	it('respond, accepted: does not wait for the job', async () => {
		sandbox.current.set({ jobSeconds: 30 });
		const me = caller(sandbox.current);
		inject('v1', { kind: 'respond', status: 504, body: 'Gateway Timeout', accepted: true });
		const { status } = await me.generate();
		sandbox.current.set({ jobSeconds: 0.05 });
		expect([status, jobs(me)[0].billed]).toEqual([504, false]);
	});

	it('cut: the bytes break off', async () => {
		const me = caller(sandbox.current);
		inject('v1', { kind: 'cut', afterBytes: 100 });
		await expect(me.generate()).rejects.toThrow();
		expect(jobs(me)[0].billed).toBe(true);
	});

	it('no-id: the video without the request id', async () => {
		inject('v1', { kind: 'no-id' });
		const { headers } = await caller(sandbox.current).generate();
		expect(headers).toMatchObject({ 'content-type': 'video/mp4', 'x-cost': '0.84' });
		expect(headers).not.toHaveProperty('x-request-id');
	});
});

describe('faults while asking', () => {
	it('reset hits a request that comes before the answer to the last one has ended', async () => {
		const me = caller(sandbox.current);
		inject('status', { kind: 'reset', when: 'before' });
		const { hostname, port } = new URL(sandbox.current.gatewayUrl);
		const get = (path: string) =>
			`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${me.key}\r\n\r\n`;
		// Both in one piece: the second request is there while the first one's answer holds the connection.
		const socket = connect(Number(port), hostname);
		socket.write(get('/v1/get-user-credits') + get('/v2/requests/a/status'));
		expect((await text(socket)).match(/^HTTP/gm)).toHaveLength(1);
	});

	it('reset, malformed, respond and expire on status and result', async () => {
		const { me, id } = await video();
		inject('status', { kind: 'reset', when: 'before' });
		await expect(me.status(id)).rejects.toMatchObject({ code: 'ECONNRESET' });
		inject('status', { kind: 'respond', status: 200, body: { status: 'WARMING_UP' } });
		expect((await me.status(id)).data).toEqual({ status: 'WARMING_UP' });
		inject('result', { kind: 'malformed' });
		expect(typeof (await me.result(id)).data).toBe('string');
		inject('result', { kind: 'reset', when: 'after' });
		await expect(me.result(id)).rejects.toMatchObject({ code: 'ECONNRESET' });
		expect((await me.result(id)).status).toBe(200);
		inject('status', { kind: 'expire' });
		expect((await me.status(id)).status).toBe(404);
		expect((await me.result(id)).status).toBe(404);
	});

	it('delay: the normal answer, later', async () => {
		const { me, id } = await video();
		inject('status', { kind: 'delay', ms: 200 });
		const before = Date.now();
		expect((await me.status(id)).data.status).toBe('COMPLETED');
		expect(Date.now() - before).toBeGreaterThanOrEqual(195);
	});

	it('balance and upload can fail too', async () => {
		const me = caller(sandbox.current);
		inject('balance', { kind: 'respond', status: 500, body: 'Internal Server Error' });
		inject('upload', { kind: 'respond', status: 503 });
		expect((await me.balance()).status).toBe(500);
		expect((await me.upload({ data_urls: ['data:image/png;base64,AAAA'] })).status).toBe(503);
	});

	it('redirect: to where it says', async () => {
		const { me, id } = await video();
		inject('result', { kind: 'redirect', to: 'http://elsewhere.test/', status: 307 });
		const { status, headers } = await me.result(id);
		expect([status, headers.location]).toEqual([307, 'http://elsewhere.test/']);
	});
});

describe('faults of a download', () => {
	it('cut: full length announced, connection destroyed', async () => {
		const { url } = await video();
		inject('download', { kind: 'cut', afterBytes: 500 });
		const answer = await fetch(url);
		expect(Number(answer.headers.get('content-length'))).toBe(await size(url));
		await expect(answer.arrayBuffer()).rejects.toThrow();
		expect((await download(url)).status).toBe(200);
	});

	it('cut-silently: short, without any sign of it', async () => {
		const { url } = await video();
		inject('download', { kind: 'cut-silently', afterBytes: 500 });
		const { headers, data } = await download(url);
		expect(headers).not.toHaveProperty('content-length');
		expect((data as Buffer).length).toBe(500);
	});

	it('stall: some bytes, then silence on an open connection', async () => {
		const { url } = await video();
		inject('download', { kind: 'stall', afterBytes: 500 });
		const leaving = new AbortController();
		const answer = await fetch(url, { signal: leaving.signal });
		const reader = answer.body!.getReader();
		expect((await reader.read()).value).toHaveLength(500);
		const silence = sleep(150, 'silence');
		const more = reader.read();
		expect(await Promise.race([more, silence])).toBe('silence');
		leaving.abort();
		await expect(more).rejects.toThrow();
	});

	it('slow: everything, at that speed', async () => {
		const { url } = await video();
		const bytes = await size(url);
		inject('download', { kind: 'slow', bytesPerSecond: bytes * 4 });
		const before = Date.now();
		const { data } = await download(url);
		expect((data as Buffer).length).toBe(bytes);
		expect(Date.now() - before).toBeGreaterThan(180);
	});

	it('not-a-video: 200 with something else', async () => {
		const { url } = await video();
		inject('download', { kind: 'not-a-video', body: '<html>', contentType: 'text/html' });
		const { status, headers, data } = await http.get(url);
		expect([status, headers['content-type'], data]).toEqual([200, 'text/html', '<html>']);
	});

	it('malformed, hang, redirect, reset and expire', async () => {
		const { url } = await video();
		inject('download', { kind: 'malformed' });
		expect((await http.get(url)).headers['content-type']).toContain('json');
		inject('download', { kind: 'hang' });
		await expect(download(url, 100)).rejects.toMatchObject({ code: 'ECONNABORTED' });
		inject('download', { kind: 'redirect', to: '/elsewhere' });
		expect((await http.get(url)).status).toBe(302);
		inject('download', { kind: 'reset', when: 'before' });
		await expect(download(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
		inject('download', { kind: 'expire' });
		expect((await download(url)).status).toBe(404);
		expect((await download(url)).status).toBe(404);
	});
});

describe('whom a rule meets', () => {
	const teapot: Fault = { kind: 'respond', status: 418 };

	it('one request unless told otherwise, then n, or all of them until cleared', async () => {
		const me = caller(sandbox.current);
		const statuses = async (count: number) => {
			const seen: number[] = [];
			while (seen.length < count) seen.push((await me.balance()).status);
			return seen;
		};
		inject('balance', teapot);
		expect(await statuses(2)).toEqual([418, 200]);
		inject('balance', teapot, { times: 2, skip: 1 });
		expect(await statuses(4)).toEqual([200, 418, 418, 200]);
		inject('balance', teapot, { times: 0 });
		expect(await statuses(3)).toEqual([418, 418, 418]);
		sandbox.current.clearFaults();
		expect(await statuses(1)).toEqual([200]);
	});

	it('the account of a key, for a download the one the video belongs to', async () => {
		const mine = await video();
		const other = await video();
		inject('balance', teapot, { key: mine.me.key });
		inject('download', teapot, { key: mine.me.key });
		expect((await other.me.balance()).status).toBe(200);
		expect((await mine.me.balance()).status).toBe(418);
		expect((await download(other.url)).status).toBe(200);
		expect((await download(mine.url)).status).toBe(418);
	});

	it('the prompt of the submit, or of the job asked about or downloaded', async () => {
		const match = { prompt: 'storm' };
		const storm = await video({ prompt: 'A storm rises' });
		const calm = await video({ prompt: 'A calm day' });
		for (const stage of ['submit', 'status', 'result', 'download'] as const)
			inject(stage, teapot, { match });
		const call = async ({ me, id, url }: typeof storm, prompt: string) => [
			(await me.submit({ prompt })).status,
			(await me.status(id)).status,
			(await me.result(id)).status,
			(await download(url)).status,
		];
		expect(await call(calm, 'Still calm')).toEqual([200, 200, 200, 200]);
		expect(await call(storm, 'More storm')).toEqual([418, 418, 418, 418]);
	});

	it('a request id, or a part of the path', async () => {
		const one = await video();
		const two = await video();
		inject('status', teapot, { match: { requestId: two.id } });
		inject('result', teapot, { match: { path: two.id.slice(0, 13) } });
		expect((await one.me.status(one.id)).status).toBe(200);
		expect((await two.me.status(two.id)).status).toBe(418);
		expect((await one.me.result(one.id)).status).toBe(200);
		expect((await two.me.result(two.id)).status).toBe(418);
	});

	it('and the log says which fault it was', async () => {
		const me = caller(sandbox.current);
		inject('balance', teapot);
		await me.balance();
		const report = sandbox.current.requests().find(({ key }) => key === me.key);
		expect(report).toMatchObject({ stage: 'balance', status: 418, fault: 'respond' });
	});
});
