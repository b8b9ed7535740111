/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

import { caller, useSandbox } from './support';

const sandbox = useSandbox();

describe('prices', () => {
	it.each([
		['std', false, '3', 0.63],
		['std', true, '4', 1.12],
		['pro', false, '5', 1.4],
		['pro', true, '15', 5.25],
	])('%s, sound %s, %s seconds cost $%d', async (mode, generate_audio, duration, cost) => {
		const me = caller(sandbox.current);
		const { data } = await me.result(await me.finish({ mode, generate_audio, duration }));
		expect(data.metrics).toEqual({
			cost,
			remaining_credits: 100 - cost,
			inference_time: expect.any(Number),
			queue_time: expect.any(Number),
			total_time: expect.any(Number),
			retry_count: 0,
		});
		expect(sandbox.current.account(me.key)).toMatchObject({
			balance: 100 - cost,
			spent: cost,
			jobs: [{ cost, billed: true }],
		});
	});

	it('are those of pro and 5 seconds when nothing is said', async () => {
		const me = caller(sandbox.current);
		await me.finish({ duration: undefined });
		expect(sandbox.current.account(me.key).spent).toBe(1.4);
	});

	it('are those of the sum of the segments', async () => {
		const me = caller(sandbox.current);
		const multi_prompt = ['1', '3'].map((duration) => ({ prompt: 'x', duration }));
		await me.finish({ duration: undefined, multi_prompt, mode: 'std' });
		expect(sandbox.current.account(me.key).spent).toBe(0.84);
	});
});

describe('credits', () => {
	it('are taken when the job completes, not before', async () => {
		sandbox.current.set({ jobSeconds: 0.3 });
		const me = caller(sandbox.current, { credits: 10 });
		await me.submit();
		expect((await me.balance()).data).toEqual({ credits: 10, 'free-credits': 0 });
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
		sandbox.current.set({ jobSeconds: 0.05 });
		expect((await me.balance()).data).toEqual({ credits: 9.16, 'free-credits': 0 });
	});

	it('that run out are answered with 406, running jobs counted', async () => {
		const me = caller(sandbox.current, { credits: 1 });
		expect((await me.submit()).status).toBe(200);
		const { status, data } = await me.submit();
		expect([status, data]).toEqual([406, { error: 'Insufficient credits' }]);
		expect((await me.generate()).status).toBe(406);
		expect(sandbox.current.account(me.key).jobs).toHaveLength(1);
	});

	it('reserved for a job that failed are free again', async () => {
		const me = caller(sandbox.current, { credits: 1 });
		sandbox.current.inject({
			stage: 'submit',
			key: me.key,
			fault: { kind: 'fail-job', error: 'no' },
		});
		await me.finish();
		expect((await me.submit()).status).toBe(200);
	});

	it('given free are spent first', async () => {
		const me = caller(sandbox.current, { credits: 10, freeCredits: 0.5 });
		await me.finish();
		expect((await me.balance()).data).toEqual({ credits: 9.66, 'free-credits': 0 });
	});

	it('of an account without a balance record are answered with 404', async () => {
		const { status, data } = await caller(sandbox.current, { hasBalanceRecord: false }).balance();
		expect([status, data]).toEqual([404, { error: 'No credits found for the user' }]);
	});
});

describe('the rate limit', () => {
	it('counts status calls, answers 429 with the end of the window and no Retry-After', async () => {
		const before = Date.now();
		const me = caller(sandbox.current, { requestsPerMinute: 2 });
		expect((await me.status('x')).status).toBe(404);
		expect((await me.balance()).status).toBe(200);
		const { status, data, headers } = await me.submit();
		expect([status, data]).toEqual([429, { error: 'Rate limit exceeded' }]);
		expect(headers).not.toHaveProperty('retry-after');
		const reset = String(headers['x-rate-limit-reset-at-utc']);
		expect(reset).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
		expect(Date.parse(reset)).toBeGreaterThanOrEqual(before + 60_000);
		expect(sandbox.current.account(me.key).jobs).toEqual([]);
	});

	it('can tell the end of the window in seconds', async () => {
		sandbox.current.set({ rateLimitReset: 'epoch-seconds' });
		const me = caller(sandbox.current, { requestsPerMinute: 1 });
		await me.balance();
		const { headers } = await me.balance();
		sandbox.current.set({ rateLimitReset: 'iso' });
		const reset = String(headers['x-rate-limit-reset-at-utc']);
		expect(reset).toMatch(/^\d{10}$/);
		expect(Number(reset) * 1000).toBeGreaterThan(Date.now());
	});

	it('starts anew with the next window, for each account its own', async () => {
		sandbox.current.set({ rateWindowSeconds: 0.2 });
		const me = caller(sandbox.current, { requestsPerMinute: 1 });
		await me.balance();
		const { status, headers } = await me.balance();
		expect(status).toBe(429);
		expect((await caller(sandbox.current, { requestsPerMinute: 1 }).balance()).status).toBe(200);
		const reset = Date.parse(String(headers['x-rate-limit-reset-at-utc']));
		await sleep(reset - Date.now() + 2);
		expect((await me.balance()).status).toBe(200);
		sandbox.current.set({ rateWindowSeconds: 60 });
	});
});
