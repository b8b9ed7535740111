/**
 * Ways to pay twice, or to lose a paid video, that a sixth reading of November 2026 found. What counts is the sandbox's
 * account. Parked executions are woken as n8n's server does it (support/parking.ts).
 */
import { sleep, type IDataObject, type INode } from 'n8n-workflow';

import { PARK } from '../../nodes/segmind/policy/park';
import type { FaultRule } from '../../sandbox';
import { noteTable } from './support/deduplication';
import { asRetry, otherProcess, type Result, type RunOptions } from './support/engine';
import { n8nLogger } from './support/log';
import { ParkingServer } from './support/parking';
import type { TestAccount } from './support/sandbox';
import { idsOf, jobs, lostAnswer, useSandbox } from './support/useSandbox';

Object.assign(PARK, { shortest: 100, patience: 2000, checks: Array(5).fill(100), settled: 100 });

const here = useSandbox({ credits: 10_000 });
const { inject } = here;
afterEach(() => {
	jest.restoreAllMocks();
	here.sandbox.set({ historyLagSeconds: 0, historyAvailable: true });
	noteTable.removed = () => {};
});

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

const historyOf = (account: TestAccount) => here.requestsOf(account, 'history').length;

const neverArrives: Omit<FaultRule, 'key'> = {
	stage: 'submit',
	fault: { kind: 'reset', when: 'before' },
};
const resubmits = { options: { resubmitUnknown: true } };
const MINUTE = 60_000;
const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const twins = { items: [{ json: {} }, { json: {} }] };
const refused = (prompt: string): Omit<FaultRule, 'key'> => ({
	...{ stage: 'submit', times: 0, match: { prompt } },
	fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
});

/** Our node as another n8n process has it, as little patient as this one. */
const worker = async () =>
	await otherProcess((load) => {
		const { HISTORY } = load<{ HISTORY: object }>('segmind/policy/history');
		Object.assign(HISTORY, { patience: 1500, pauseFirst: 150, pauseLongest: 600, fresh: 100 });
	});

/** A job as the history shows it. */
const rowOf = (
	{ requestId, model, createdAt, body }: ReturnType<TestAccount['report']>['jobs'][number],
	status: string,
) => ({
	...{ request_id: requestId, model_name: model, model_status: status, request_body: body },
	model_created: new Date(createdAt).toISOString(),
});

const parked = (account: TestAccount, rest: Partial<RunOptions> = {}): RunOptions => ({
	credential: account.credential,
	parameters: { ...here.video, options: { survivesRestarts: true } },
	...rest,
});

/** The clock of n8n and of Segmind, while the task runs. */
async function ago<T>(ms: number, task: () => Promise<T>): Promise<T> {
	const real = Date.now.bind(Date);
	const before = jest.spyOn(Date, 'now').mockImplementation(() => real() - ms);
	return await task().finally(() => before.mockRestore());
}

describe('Resubmit If Unknown, and the second answer is lost too', () => {
	it('a retry looks for both of the videos before it submits a third one', async () => {
		const account = here.account({}, { history: true });
		inject(account, neverArrives);
		const first = await ago(10 * MINUTE, async () => await run(account));
		expect(first.error?.message).toMatch(/unknown whether/);
		here.sandbox.set({ historyLagSeconds: 3600 });
		inject(account, lostAnswer);
		const second = await run(account, resubmits, { resume: asRetry(first.run) });
		expect(second.error?.message).toMatch(/unknown whether/);
		expect(jobs(account)).toBe(1);
		here.sandbox.set({ historyLagSeconds: 0 });
		const third = await run(account, resubmits, { resume: asRetry(second.run) });
		expect(idsOf(third)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('Resubmit If Unknown, and both of the lost answers were about a paid video', () => {
	it.each(['in memory', 'parked'])(
		'one retry gets one of them, the next the other (%s)',
		async (how) => {
			const account = here.account({}, { history: true });
			here.sandbox.set({ historyLagSeconds: 3600 });
			inject(account, { ...lostAnswer, times: 2 });
			const first = await run(account);
			const second = await run(account, resubmits, { resume: asRetry(first.run) });
			expect(second.error?.message).toMatch(/unknown whether/);
			expect(jobs(account)).toBe(2);
			here.sandbox.set({ historyLagSeconds: 0 });
			const server = new ParkingServer();
			const resume = asRetry(second.run);
			let got: string[];
			if (how === 'parked') {
				const { id } = await server.run(parked(account, { resume }));
				await server.settle();
				got = idsOf(server.resultOf(id));
				await sleep(1000);
			} else got = idsOf(await run(account, {}, { resume }));
			const next = await run(account, {}, { getRunExecutionData: server.read });
			expect(next.error?.message).toBeUndefined();
			expect([...got, ...idsOf(next)].sort()).toEqual(
				account
					.report()
					.jobs.map(({ requestId }) => requestId)
					.sort(),
			);
			expect(jobs(account)).toBe(2);
		},
	);
});

describe('Two retries that look for the same video, and one of them is stopped', () => {
	it('the other one goes on looking, and submits nothing before it has', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ historyLagSeconds: 3600 });
		inject(account, lostAnswer);
		const first = await run(account);
		expect(first.error?.message).toMatch(/unknown whether/);
		const looked = historyOf(account);
		let stop = () => {};
		const stopped = run(account, resubmits, {
			resume: asRetry(first.run),
			onStart: (running) => (stop = running.stop),
		});
		const other = run(account, resubmits, { resume: asRetry(first.run) });
		while (historyOf(account) === looked) await sleep(20);
		await sleep(300);
		stop();
		await stopped;
		here.sandbox.set({ historyLagSeconds: 0 });
		expect(idsOf(await other)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('Stop while n8n\u2019s database lets the notes go', () => {
	it('n8n drops the videos, so the next execution gets them', async () => {
		const account = here.account({}, { history: true });
		let stop = () => {};
		noteTable.removed = () => {
			if (account.report().jobs.some((job) => job.billed)) stop();
		};
		const stopped = await run(account, {}, { onStart: (running) => (stop = running.stop) });
		noteTable.removed = () => {};
		// On a busy machine, Stop already comes while the video is fetched.
		expect(stopped.run.status).not.toBe('success');
		const next = await run(account);
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('An execution whose time is over in the moment in which n8n parks it', () => {
	/** n8n saves what there is of it then, without an error. */
	async function outOfTime(
		account: TestAccount,
		server: ParkingServer,
		when: 'parking' | 'parked',
	): Promise<void> {
		let end = () => {};
		server.before = (name) => {
			if (name === 'parking' && when === 'parking') end();
		};
		const log = jest.spyOn(n8nLogger(), 'info').mockImplementation((message) => {
			if (/is parked until/.test(message) && when === 'parked') end();
		});
		const { id } = await server.run(parked(account, { onStart: ({ stop }) => (end = stop) }));
		log.mockRestore();
		expect(server.resultOf(id)).toMatchObject({ status: 'canceled', error: undefined });
		expect(jobs(account)).toBe(1);
	}

	it.each(['parking', 'parked'] as const)(
		'the next execution takes the video over at once (%s)',
		async (when) => {
			const account = here.account({}, { history: true });
			const server = new ParkingServer();
			await outOfTime(account, server, when);
			const next = await run(account, {}, { getRunExecutionData: server.read });
			expect(next.error?.message).toBeUndefined();
			expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
			expect(jobs(account)).toBe(1);
		},
	);

	it.each(['parking', 'parked'] as const)(
		'and when n8n has woken what should fetch it (%s)',
		async (when) => {
			const account = here.account({}, { history: true });
			const server = new ParkingServer();
			await outOfTime(account, server, when);
			await server.settle();
			await sleep(1000);
			const next = await run(account, {}, { getRunExecutionData: server.read });
			expect(next.error?.message).toBeUndefined();
			expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
			expect(jobs(account)).toBe(1);
		},
	);
});

describe('Equal videos of a parked run, of which one became an error item', () => {
	it('another worker takes that one over, and not the one that was delivered', async () => {
		const account = here.account({}, { history: true });
		const server = new ParkingServer();
		const { id } = await server.run(parked(account, { ...twins, settings: CONTINUE }));
		const [, second] = account.report().jobs;
		inject(account, {
			...{ stage: 'result', match: { requestId: second.requestId } },
			fault: { kind: 'respond', status: 401 },
		});
		await server.settle();
		expect(server.resultOf(id).output.map(({ json }) => json.status)).toContain('COMPLETED');
		const [delivered] = idsOf(server.resultOf(id));
		await sleep(1000);
		const next = await run(account, {}, { node: await worker(), getRunExecutionData: server.read });
		expect(idsOf(next)).toEqual([delivered === second.requestId ? '?' : second.requestId]);
		expect(jobs(account)).toBe(2);
	});
});

describe('A parked run that has taken over an equal request, which fails', () => {
	it('the note stays, so the next execution finds the paid video', async () => {
		const account = here.account({}, { history: true });
		inject(account, { stage: 'submit', fault: { kind: 'fail-job', error: 'no face found' } });
		const failed = await run(account, {}, { node: await worker() });
		expect(failed.error?.message).toContain('no face found');
		here.sandbox.set({ jobSeconds: 1 });
		let stop = () => {};
		const onStart: RunOptions['onStart'] = (running) => (stop = running.stop);
		const died = run(account, {}, { node: await worker(), onStart });
		await here.sandbox.whenJobs((all) => all.length === 2, account.key);
		stop();
		await died;
		const [early, paid] = account.report().jobs;
		// The history is behind: there the first one is still being made, and the second one is not there yet.
		const generations = [rowOf(early, 'PENDING')];
		inject(account, {
			...{ stage: 'history', times: 0 },
			fault: { kind: 'respond', status: 200, body: { generations } },
		});
		const server = new ParkingServer();
		const { id } = await server.run(parked(account));
		await server.settle();
		expect(server.resultOf(id).error?.message).toContain('no face found');
		here.sandbox.clearFaults();
		const next = await run(account, {}, { getRunExecutionData: server.read });
		expect(next.error?.message).toBeUndefined();
		expect(idsOf(next)).toEqual([paid.requestId]);
		expect(jobs(account)).toBe(2);
	});
});

describe('Retry On Fail, and n8n could not read the credential at first', () => {
	it('a parked run in which the first item is refused: the others come out', async () => {
		const account = here.account({}, { history: true });
		const server = new ParkingServer();
		const { requestsPerMinute, ...others } = account.credential;
		let reads = 0;
		const credential = Object.defineProperty({ ...others }, 'requestsPerMinute', {
			enumerable: true,
			get: () => (reads++ === 0 ? 'none' : requestsPerMinute),
		}) as unknown as TestAccount['credential'];
		inject(account, refused('take 0'));
		const settings = { ...CONTINUE, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const items = [{ json: { motion: 'take 0' } }, { json: { motion: 'take 1' } }];
		const { id } = await server.run({ ...parked(account, { items, settings }), credential });
		await server.settle();
		const { output } = server.resultOf(id);
		expect(reads).toBeGreaterThan(1);
		expect(output[0].json.error).toMatch(/not allowed/);
		expect(output[1].json).toMatchObject({ status: 'COMPLETED' });
		expect(jobs(account)).toBe(1);
	});
});

describe('A history that has the oldest requests first', () => {
	it('the video is found on a later page', async () => {
		const account = here.account({}, { history: true });
		inject(account, lostAnswer);
		void here.sandbox
			.whenJobs((all) => all.length === 1, account.key)
			.then(() => {
				const [job] = account.report().jobs;
				const row = rowOf(job, 'COMPLETED');
				const old = Array.from({ length: 100 }, (_, n) => ({
					...{ ...row, request_id: `old-${n}`, request_body: {} },
					model_created: new Date(Date.now() - (1200 - n) * MINUTE).toISOString(),
				}));
				const pages = [old, [row]].map((generations, index): Omit<FaultRule, 'key'> => {
					const body = { generations, total_pages: 2 };
					const match = { path: `?page=${index + 1}&` };
					const fault = { kind: 'respond', status: 200, body } as const;
					return { stage: 'history', times: 0, match, fault };
				});
				inject(account, ...pages);
			});
		const retry = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const result = await run(account, resubmits, { settings: retry });
		expect(idsOf(result)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('Resubmit If Unknown in a new execution, and its own answer is lost too', () => {
	it('the next one looks for both of the videos before it submits a third one', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ historyLagSeconds: 7200 });
		inject(account, lostAnswer);
		const first = await ago(20 * MINUTE, async () => await run(account));
		expect(first.error?.message).toMatch(/unknown whether/);
		inject(account, neverArrives);
		const second = await run(account, resubmits);
		expect(second.error?.message).toMatch(/unknown whether/);
		expect(jobs(account)).toBe(1);
		here.sandbox.set({ historyLagSeconds: 0 });
		const third = await run(account, resubmits);
		expect(idsOf(third)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('The same video is made by API Version V1 at the same time', () => {
	const retry = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
	/** A call that stays open for longer than a search lasts. */
	async function openCall(account: TestAccount): Promise<{ over: Promise<Result> }> {
		here.sandbox.set({ jobSeconds: 10 });
		const over = run(account, { options: { apiVersion: 'v1' } });
		await here.sandbox.whenJobs((all) => all.length === 1, account.key);
		here.sandbox.set({ jobSeconds: 0.2 });
		return { over };
	}

	it('for another account: a lost answer is found in the own history all the same', async () => {
		const account = here.account({}, { history: true });
		const { over } = await openCall(here.account());
		inject(account, lostAnswer);
		const result = await run(account, resubmits, { settings: retry });
		await over;
		expect(idsOf(result)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});

	it('by another execution: a lost answer is looked for until that one is answered', async () => {
		const account = here.account({}, { history: true });
		const { over } = await openCall(account);
		inject(account, lostAnswer);
		const result = await run(account, resubmits, { settings: retry });
		const [first, second] = account.report().jobs.map(({ requestId }) => requestId);
		expect(idsOf(await over)).toEqual([first]);
		expect(idsOf(result)).toEqual([second]);
		expect(jobs(account)).toBe(2);
	});
});
