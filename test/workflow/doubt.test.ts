/**
 * What a status or result call says of a job that was accepted, and whether it may be believed. A job that is taken
 * for failed is bought again by a retry, so what counts is the sandbox's account.
 */
import type { IDataObject, INode } from 'n8n-workflow';

import { LASTING } from '../../nodes/segmind/policy/lasting';
import type { Fault } from '../../sandbox';
import { asRetry, runWorkflow, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };

// The sandbox lives by the clock that a test sets.
const here = useSandbox({ recordSeconds: 100_000 });
const { inject, requestsOf } = here;

const run = async (
	account: TestAccount,
	rest: Partial<RunOptions> = {},
	options: IDataObject = {},
) =>
	await runWorkflow({
		credential: account.credential,
		parameters: { ...here.video, options },
		...rest,
	});

const answer = (body: string | object, status = 422): Fault => ({
	kind: 'respond',
	status,
	body,
	contentType: typeof body === 'string' ? 'text/html' : undefined,
});

const FAILED = { status: 'FAILED', error: 'upstream lost it' };

describe.each(['status', 'result'] as const)(
	'a 422 on the %s that does not say FAILED',
	(stage) => {
		it.each([
			["with the service's own words", { detail: 'request is being moved' }],
			['with an error', { error: 'try later' }],
			['with a list', { detail: [{ loc: ['path', 'id'], msg: 'not a valid id', type: 'uuid' }] }],
			['with the page of a firewall', '<html><title>Blocked</title></html>'],
			['with an empty body', ''],
			['with JSON of somebody else', { message: 'Forbidden' }],
		])('%s is ridden out, and nothing is bought again', async (_what, body) => {
			const account = here.account();
			inject(account, { stage, times: 2, fault: answer(body) });
			const { output, error } = await run(account, { settings: RETRY });
			expect(error).toBeUndefined();
			expect(output[0].json.status).toBe('COMPLETED');
			expect(account.report().jobs).toMatchObject([{ billed: true }]);
		});

		it('ends the item when it lasts, with its text, as possibly billed; a retry asks again', async () => {
			const account = here.account();
			inject(account, { stage, times: 0, fault: answer({ detail: 'id is of no known form' }) });
			const first = await run(account, { settings: RETRY });
			const [{ requestId }] = account.report().jobs;
			expect(first.error?.message).toMatch(/id is of no known form/);
			expect(first.error?.message).toMatch(/do not generate it again/);
			expect(first.error?.message).toContain(requestId);
			expect(JSON.stringify(first.run)).toContain('"billed":"possibly"');
			expect(account.report().jobs).toHaveLength(1);

			here.sandbox.clearFaults();
			const retry = await run(account, { resume: asRetry(first.run) });
			expect(retry.output[0].json.requestId).toBe(requestId);
			expect(account.report().jobs).toMatchObject([{ billed: true }]);
		});

		it('does not end the item early: the same at three polls, over the whole time of the table', async () => {
			const account = here.account();
			inject(account, { stage, times: 0, fault: answer({ detail: 'moved' }) });
			await run(account);
			const asked = requestsOf(account, stage);
			expect(asked.length).toBeGreaterThanOrEqual(LASTING.answers);
			expect(asked.at(-1)!.at - asked[0].at).toBeGreaterThanOrEqual(LASTING.over);
		});

		it('which nobody can read is asked until Max Wait, and says when it was last heard', async () => {
			const account = here.account();
			inject(account, { stage, times: 0, fault: answer('<html><title>Blocked</title></html>') });
			const { error } = await run(account, {}, { maxWait: 2 / 60 });
			expect(error?.message).toMatch(/Max Wait|could not be read in time/);
			expect(error?.message).toMatch(/status 422/);
			expect(account.report().jobs).toHaveLength(1);
		});
	},
);

describe('FAILED after a status that said COMPLETED', () => {
	it.each([422, 200])('is not believed (status %d): the video comes out', async (status) => {
		const account = here.account();
		inject(account, { stage: 'result', times: 2, fault: answer(FAILED, status) });
		const { output } = await run(account, { settings: RETRY });
		expect(output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toMatchObject([{ billed: true }]);
	});

	it('ends the item as possibly billed when it lasts, and is not bought again', async () => {
		const account = here.account();
		inject(account, { stage: 'result', times: 0, fault: answer(FAILED) });
		const first = await run(account, { settings: RETRY });
		expect(first.error?.message).toMatch(/upstream lost it/);
		expect(first.error?.message).toMatch(/do not generate it again/);
		expect(account.report().jobs).toMatchObject([{ billed: true }]);

		here.sandbox.clearFaults();
		const retry = await run(account, { resume: asRetry(first.run) });
		expect(retry.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(1);
	});
});

it('what an earlier attempt heard as COMPLETED is never a failed job, whatever the status says now', async () => {
	const account = here.account();
	inject(account, { stage: 'result', times: 0, fault: answer(FAILED) });
	const first = await run(account);
	inject(account, { stage: 'status', times: 0, fault: answer(FAILED) });
	const second = await run(account, { settings: RETRY, resume: asRetry(first.run) });
	expect(second.error?.message).toMatch(/does not say what became of request/);
	expect(account.report().jobs).toMatchObject([{ billed: true }]);

	here.sandbox.clearFaults();
	const third = await run(account, { resume: asRetry(second.run) });
	expect(third.output[0].json.status).toBe('COMPLETED');
	expect(account.report().jobs).toHaveLength(1);
});

it('FAILED while nothing was finished is a failed job at once, and a retry makes another', async () => {
	const account = here.account();
	inject(account, { stage: 'submit', fault: { kind: 'fail-job', error: 'no face found' } });
	const { output } = await run(account, { settings: RETRY });
	expect(output[0].json.status).toBe('COMPLETED');
	expect(account.report().jobs.map(({ billed }) => billed)).toEqual([false, true]);
});

describe('a 404 for a video that this run submitted less than an hour ago', () => {
	it('is ridden out whenever it comes', async () => {
		const account = here.account();
		inject(account, { stage: 'status', times: 2, skip: 1, fault: answer({ error: 'no' }, 404) });
		const { output } = await run(account);
		expect(output[0].json.status).toBe('COMPLETED');
	});

	it('ends the item when it lasts', async () => {
		const account = here.account();
		inject(account, { stage: 'status', times: 0, fault: answer({ error: 'no' }, 404) });
		const { error } = await run(account);
		expect(error?.message).toMatch(/does not know this request.*may be billed/);
		const asked = requestsOf(account, 'status');
		expect(asked.at(-1)!.at - asked[0].at).toBeGreaterThanOrEqual(LASTING.over);
	});
});

describe('the clock of the machine', () => {
	const HOUR = 3_600_000;
	let shift = 0;
	const { now } = Date;

	beforeEach(() => {
		shift = 0;
		jest.spyOn(Date, 'now').mockImplementation(() => now() + shift);
	});
	afterEach(() => jest.restoreAllMocks());

	/** Sets the clock as soon as the service has got such a request. */
	async function withJump(account: TestAccount, ms: number, at: string) {
		const jump = here.sandbox
			.whenRequests((requests) =>
				requests.some(({ key, stage }) => key === account.key && stage === at),
			)
			.then(() => void (shift = ms));
		const result = await run(account);
		await jump;
		return result;
	}

	it.each([
		['back', -HOUR, 'submit'],
		['back', -HOUR, 'status'],
		['forth', HOUR, 'status'],
	])('may be set %s by %d ms at a %s call', async (_way, ms, stage) => {
		here.sandbox.set({ jobSeconds: 1 });
		const account = here.account();
		const begun = performance.now();
		const { output, error } = await withJump(account, ms, stage);
		here.sandbox.set({ jobSeconds: 0.2 });
		expect(error).toBeUndefined();
		expect(output[0].json.status).toBe('COMPLETED');
		expect(performance.now() - begun).toBeLessThan(30_000);
	});
});
