/**
 * What the service itself no longer knows, the account's history does: Get and Generate ask there. Judged by n8n's
 * output, by the sandbox's account, and by which host was asked.
 */
import type { IDataObject, INode } from 'n8n-workflow';

import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import { HISTORY_ENVELOPES, HISTORY_TIMESTAMPS, type Fault } from '../../sandbox';
import { asRetry, readBinary, runWorkflow, type RunOptions } from './support/engine';
import { withHistory, type TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };

const here = useSandbox();
const { inject, requestsOf } = here;

beforeAll(async () => {
	TIMEOUTS.history = 1000;
});
afterEach(() => {
	here.sandbox.set({
		historyAvailable: true,
		historyEnvelope: 'generations',
		historyTimestamp: 'iso',
		historyLagSeconds: 0,
		historyRowsPerRequest: 1,
	});
});

const newHistory = () => withHistory(here.sandbox, here.account());

const get = async (
	account: TestAccount,
	requestId: string,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) =>
	await runWorkflow({
		credential: account.credential,
		parameters: { operation: 'get', requestId, ...parameters },
		...rest,
	});

const generate = async (
	account: TestAccount,
	rest: Partial<RunOptions> = {},
	options: IDataObject = {},
) =>
	await runWorkflow({
		credential: account.credential,
		parameters: { ...here.video, options },
		...rest,
	});

const answer = (status: number, body: string | object): Fault => ({
	kind: 'respond',
	status,
	body,
});

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

describe('Get of a video that was finished days ago', () => {
	it('delivers its file, with its cost and until when it lives', async () => {
		const account = newHistory();
		const createdAt = Date.now() - 3 * DAY;
		const id = await here.sandbox.addPast(account.key, { createdAt, tookSeconds: 200, cost: 0.63 });
		const { output, error } = await get(account, id, { options: { simplify: false } });
		expect(error).toBeUndefined();
		const [{ json, binary }] = output;
		expect(json).toMatchObject({
			requestId: id,
			status: 'COMPLETED',
			cost: 0.63,
			totalTime: 200,
			videoUrl: account.report().jobs[0].videoUrl,
			videoUrlExpiresAt: new Date(createdAt + 200_000 + 7 * DAY).toISOString(),
		});
		expect(await readBinary(binary!.data)).toHaveLength(json.fileSize as number);
		expect(requestsOf(account).map(({ stage }) => stage)).toEqual(['status', 'history']);
		expect(account.report().jobs).toHaveLength(1);
	});

	it.each(HISTORY_ENVELOPES)('in the envelope "%s"', async (historyEnvelope) => {
		for (const historyTimestamp of HISTORY_TIMESTAMPS) {
			here.sandbox.set({ historyEnvelope, historyTimestamp, historyRowsPerRequest: 2 });
			const account = newHistory();
			const id = await here.sandbox.addPast(account.key, { createdAt: Date.now() - 3 * DAY });
			const { output } = await get(account, id, { downloadVideo: false });
			expect(output[0].json.videoUrl).toBe(account.report().jobs[0].videoUrl);
			// Without a time nobody knows how long the file lives.
			expect('videoUrlExpiresAt' in output[0].json).toBe(historyTimestamp !== 'none');
		}
	});

	it("gives the history's own row with Simplify off", async () => {
		const account = newHistory();
		const id = await here.sandbox.addPast(account.key, { createdAt: Date.now() - 3 * DAY });
		const { output } = await get(account, id, {
			downloadVideo: false,
			options: { simplify: false },
		});
		expect(output[0].json.response).toMatchObject({ request_id: id, model_status: 'COMPLETED' });
	});

	it.each([[true], [false]])(
		'but more than 7 says when it expired, with its date and cost (download %p)',
		async (downloadVideo) => {
			const account = newHistory();
			const createdAt = Date.now() - 9 * DAY;
			const id = await here.sandbox.addPast(account.key, {
				createdAt,
				tookSeconds: 200,
				cost: 0.63,
			});
			const { output } = await get(account, id, { downloadVideo }, CONTINUE);
			const { error, details } = output[0].json as { error: string; details: IDataObject };
			expect(error).toContain(`The video of request ${id} has expired`);
			expect(error).toContain(time(createdAt + 200_000));
			expect(error).toContain(time(createdAt + 200_000 + 7 * DAY));
			expect(details).toMatchObject({ billed: 'yes', cost: 0.63, requestId: id });
			expect(details.videoUrl).toBe(account.report().jobs[0].videoUrl);
		},
	);

	it('and whose file is there all the same delivers it', async () => {
		const account = newHistory();
		const createdAt = Date.now() - 9 * DAY;
		const id = await here.sandbox.addPast(account.key, { createdAt, fileExpired: false });
		const { output } = await get(account, id);
		expect(output[0].json.requestId).toBe(id);
		expect(output[0].binary).toBeDefined();
	});
});

const CONTINUE: Partial<RunOptions> = { settings: { onError: 'continueRegularOutput' } };

describe('Get of a video that failed days ago', () => {
	it('says why, when, and what it cost', async () => {
		const account = newHistory();
		const createdAt = Date.now() - 3 * DAY;
		const id = await here.sandbox.addPast(account.key, {
			createdAt,
			...{ status: 'FAILED', error: 'no face found' },
		});
		const { output } = await get(account, id, {}, CONTINUE);
		const { error, details } = output[0].json as { error: string; details: IDataObject };
		expect(error).toContain(`could not make this video (request ${id}): no face found`);
		expect(error).toContain(`submitted at ${time(createdAt)}`);
		expect(error).toContain('charged $0.00');
		expect(details).toMatchObject({ billed: 'no', requestId: id });
	});

	it('and was billed all the same is not called free', async () => {
		const account = newHistory();
		const row = { request_id: 'r', model_status: 'FAILED', credits_deduction: 0.63, error: 'late' };
		inject(account, { stage: 'history', fault: answer(200, row) });
		const { output } = await get(account, 'r', {}, CONTINUE);
		expect(output[0].json.error).toContain('charged $0.63');
		expect((output[0].json.details as IDataObject).billed).toBe('yes');
	});
});

describe('Get of a video that is under way, and that only the history knows', () => {
	const past = async (account: TestAccount, status: 'PROCESSING' | 'COMPLETED') =>
		await here.sandbox.addPast(account.key, { createdAt: Date.now() - 2 * HOUR, status });
	const pending = (id: string) =>
		answer(200, {
			request_id: id,
			model_status: 'PENDING',
			model_created: new Date(Date.now() - 2 * HOUR).toISOString(),
		});

	it('waits there, and delivers it when it is done', async () => {
		const account = newHistory();
		const id = await past(account, 'COMPLETED');
		inject(account, { stage: 'history', times: 3, fault: pending(id) });
		const { output } = await get(account, id);
		expect(output[0].json.requestId).toBe(id);
		const asked = requestsOf(account).map(({ stage }) => stage);
		expect(asked).toEqual(['status', 'history', 'history', 'history', 'history']);
	});

	it('says how it stands when nobody waits', async () => {
		const account = newHistory();
		const id = await past(account, 'PROCESSING');
		const { output } = await get(account, id, { waitForCompletion: false });
		expect(output[0].json).toEqual({ requestId: id, status: 'PENDING' });
	});

	it('ends with Max Wait, without a word of an hour that is long over', async () => {
		const account = newHistory();
		const id = await past(account, 'PROCESSING');
		const { error } = await get(account, id, { options: { maxWait: 1 / 60 } });
		expect(error?.message).toMatch(/was not finished within the time set in Max Wait/);
		expect(error?.message).toMatch(new RegExp(`use the Get operation with request ID ${id}\\.`));
		const asked = requestsOf(account, 'history').length;
		expect(asked).toBeGreaterThan(2);
		expect(asked).toBeLessThan(8);
	});

	it('ends at once with Stop', async () => {
		const account = newHistory();
		const id = await past(account, 'PROCESSING');
		let stop!: () => void;
		const run = get(account, id, {}, { onStart: (running) => (stop = () => running.stop()) });
		await here.sandbox.whenRequests(() => requestsOf(account, 'history').length > 1);
		const begun = performance.now();
		stop();
		await run;
		expect(performance.now() - begun).toBeLessThan(1000);
	});

	it('goes back to the service for one of this hour, which knows it sooner', async () => {
		const account = newHistory();
		const started = await runWorkflow({
			credential: account.credential,
			parameters: { ...here.video, operation: 'start' },
		});
		const id = started.output[0].json.requestId as string;
		inject(account, { stage: 'status', fault: answer(404, { error: 'no' }) });
		inject(account, {
			stage: 'history',
			fault: answer(200, {
				...{ request_id: id, model_status: 'PENDING' },
				model_created: new Date().toISOString(),
			}),
		});
		const { output } = await get(account, id);
		expect(output[0].json).toMatchObject({ requestId: id, status: 'COMPLETED' });
		expect(requestsOf(account, 'history')).toHaveLength(1);
		expect(requestsOf(account, 'result')).toHaveLength(1);
	});
});

describe('Get of a request that nobody knows', () => {
	it.each([
		['of nobody', async () => await Promise.resolve('3b241101-e2bb-4255-8caf-4136c566a962')],
		[
			'of another account',
			async () => await here.sandbox.addPast(newHistory().key, { createdAt: Date.now() - 3 * DAY }),
		],
	])('%s says that the history was asked', async (_whose, idOf) => {
		const account = newHistory();
		const id = await idOf();
		const { error } = await get(account, id);
		expect(error?.message).toMatch(/does not know this request/);
		expect(error?.message).toContain(id);
		expect(error?.message).toMatch(/history does not have it either/);
		expect(requestsOf(account, 'history')).toHaveLength(1);
	});

	it('with the history off says so, and asks nothing there', async () => {
		const account = here.account();
		const id = await here.sandbox.addPast(account.key, { createdAt: Date.now() - 3 * DAY });
		const { error } = await get(account, id);
		expect(error?.message).toMatch(/does not know this request.*history is switched off/);
		expect(requestsOf(account).map(({ origin }) => origin)).toEqual(['gateway']);
	});

	it.each<[string, Fault, number]>([
		['answers with HTML', answer(200, '<html><title>Sign in</title></html>'), 3],
		[
			'answers with another request',
			answer(200, { request_id: 'x', model_status: 'COMPLETED' }),
			3,
		],
		['refuses the key', answer(401, { error: 'no' }), 1],
		['fails', answer(503, 'Service unavailable'), 3],
		['does not answer', { kind: 'hang' }, 3],
		['closes the connection', { kind: 'reset', when: 'before' }, 3],
	])('and whose history %s says that it could not be read', async (_how, fault, calls) => {
		const account = newHistory();
		const id = await here.sandbox.addPast(account.key, { createdAt: Date.now() - 3 * DAY });
		inject(account, { stage: 'history', times: 0, fault });
		const { error } = await get(account, id);
		expect(error?.message).toMatch(/does not know this request/);
		expect(error?.message).toMatch(/history could not be read/);
		expect(requestsOf(account, 'history')).toHaveLength(calls);
	});

	it('is not given up for one bad answer of the history', async () => {
		const account = newHistory();
		const id = await here.sandbox.addPast(account.key, { createdAt: Date.now() - 3 * DAY });
		inject(account, { stage: 'history', times: 2, fault: answer(502, 'Bad gateway') });
		const { output } = await get(account, id);
		expect(output[0].json.requestId).toBe(id);
	});

	it.each([401, 403, 500])('never shows the key that the history repeats (%d)', async (status) => {
		const account = newHistory();
		const fault = answer(status, { error: `The key ${account.key} is not known` });
		inject(account, { stage: 'history', times: 0, fault });
		const { error, saved } = await get(account, 'of-nobody');
		expect(error?.message).toMatch(/history could not be read/);
		expect(saved).not.toContain(account.key);
	});
});

describe('Generate whose request the service forgets', () => {
	it('gets the video from the history, and pays once', async () => {
		const account = newHistory();
		inject(account, { stage: 'status', fault: { kind: 'expire' } });
		const { output } = await generate(account, { settings: RETRY });
		expect(output[0].json).toMatchObject({ status: 'COMPLETED' });
		expect(output[0].binary).toBeDefined();
		expect(account.report().jobs).toMatchObject([{ billed: true }]);
	});

	it('takes one for failed that the history calls failed: a retry makes another', async () => {
		const account = newHistory();
		inject(account, { stage: 'submit', fault: { kind: 'fail-job', error: 'no face found' } });
		inject(account, { stage: 'status', fault: { kind: 'expire' } });
		const first = await generate(account);
		expect(first.error?.message).toMatch(/no face found/);
		const retry = await generate(account, { resume: asRetry(first.run) });
		expect(retry.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs.map(({ billed }) => billed)).toEqual([false, true]);
	});

	it('keeps one that failed but was billed: a retry buys nothing', async () => {
		const account = newHistory();
		inject(account, { stage: 'status', fault: { kind: 'expire' } });
		const row = { model_status: 'FAILED', credits_deduction: 0.63, error: 'late' };
		inject(account, { stage: 'history', fault: answer(200, row) });
		const first = await generate(account);
		expect(first.error?.message).toMatch(/late.*charged \$0\.63/);
		const retry = await generate(account, { resume: asRetry(first.run) });
		expect(retry.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(1);
	});

	it('keeps the job when the history does not have it yet: a retry finds it', async () => {
		here.sandbox.set({ historyLagSeconds: 60 });
		const account = newHistory();
		inject(account, { stage: 'status', fault: { kind: 'expire' } });
		const first = await generate(account);
		expect(first.error?.message).toMatch(/history does not have it either.*may be billed/);
		here.sandbox.set({ historyLagSeconds: 0 });
		const retry = await generate(account, { resume: asRetry(first.run) });
		expect(retry.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('Generate whose result the service does not give', () => {
	it.each<[string, Fault]>([
		['fails forever', answer(500, { error: 'injected' })],
		['says FAILED after COMPLETED', answer(422, { status: 'FAILED', error: 'lost it' })],
		['says something else', answer(422, { detail: 'moved' })],
		['is forgotten', answer(404, { error: 'Request not found' })],
	])('%s: the video comes from the history', async (_how, fault) => {
		const account = newHistory();
		inject(account, { stage: 'result', times: 0, fault });
		const { output, error } = await generate(account, {}, { maxWait: 4 / 60 });
		expect(error).toBeUndefined();
		expect(output[0].json).toMatchObject({ status: 'COMPLETED', cost: 0.63 });
		expect(output[0].binary).toBeDefined();
		expect(account.report().jobs).toMatchObject([{ billed: true }]);
	});

	it('and the history calls failed: it was finished before, so it is no failure', async () => {
		const account = newHistory();
		inject(account, { stage: 'result', times: 0, fault: answer(404, { error: 'no' }) });
		// It was asked for by its ID, which it need not repeat.
		const failed = answer(200, { model_status: 'FAILED', error: 'lost it' });
		inject(account, { stage: 'history', times: 0, fault: failed });
		const first = await generate(account, { settings: RETRY });
		expect(first.error?.message).toMatch(/lost it/);
		expect(first.error?.message).toMatch(/may be billed/);
		expect(account.report().jobs).toHaveLength(1);
	});
});
