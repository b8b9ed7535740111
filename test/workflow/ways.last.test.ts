/**
 * Ways to pay twice, or to lose a paid video, that a fifth reading of November 2026 found. What counts is the sandbox's
 * account. Parked executions are woken as n8n's server does it (support/parking.ts).
 */
import { sleep, type IDataObject, type INode } from 'n8n-workflow';

import { PARK } from '../../nodes/segmind/policy/park';
import type { FaultRule } from '../../sandbox';
import { noteTable } from './support/deduplication';
import {
	asRetry,
	otherProcess,
	workflowIdOf,
	type Result,
	type RunOptions,
} from './support/engine';
import { ParkingServer } from './support/parking';
import { withHistory, type TestAccount } from './support/sandbox';
import { idsOf, jobs, lostAnswer, useSandbox } from './support/useSandbox';

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const items = (count: number) =>
	Array.from({ length: count }, (_, n) => ({ json: { motion: `take ${n}` } }));

Object.assign(PARK, { shortest: 100, patience: 2000, checks: Array(20).fill(100), settled: 100 });

const here = useSandbox({ credits: 10_000 });
const { inject } = here;

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

const billed = async (account: TestAccount) =>
	await here.sandbox.whenJobs((all) => all.every((job) => job.billed), account.key);

const FAILED = { status: 'FAILED', error: 'worker lost' };
/** The service says so of a video, so often; 0: always. */
const saysFailed = (stage: 'status' | 'result', times: number): Omit<FaultRule, 'key'> => ({
	...{ stage, times },
	fault: { kind: 'respond', status: 422, body: FAILED },
});

describe('Two nodes of one workflow that want the same video', () => {
	const secondOf = ({ run: { data } }: Result) => data.resultData.runData.Second.at(-1)!;

	it('each make their own', async () => {
		const account = here.account();
		const result = await run(account, {}, { second: {} });
		const [item] = secondOf(result).data!.main[0]!;
		expect(item.json.status).toBe('COMPLETED');
		expect([...idsOf(result), item.json.requestId]).toEqual(
			account.report().jobs.map(({ requestId }) => requestId),
		);
		expect(jobs(account)).toBe(2);
	});
});

describe('API Version V1', () => {
	const v1 = { options: { apiVersion: 'v1' } };
	const charged = { 'x-cost': '0.63' };

	it.each([422, 200])(
		'a FAILED answer (%s) that names a charge in its headers is not free',
		async (status) => {
			const account = here.account();
			inject(account, {
				stage: 'v1',
				fault: { kind: 'respond', status, body: FAILED, headers: charged, accepted: true },
			});
			const first = await run(account, v1, { settings: CONTINUE });
			expect(first.output[0].json.details).toMatchObject({ billed: 'possibly' });
			await run(account, v1);
			expect(jobs(account)).toBe(1);
		},
	);

	it('nor is a call whose answer breaks off behind such headers', async () => {
		const account = here.account();
		inject(
			account,
			{ stage: 'v1', fault: { kind: 'cut', afterBytes: 5 } },
			saysFailed('status', 1),
		);
		const first = await run(account, v1);
		const last = first.error ? await run(account, v1, { resume: asRetry(first.run) }) : first;
		expect(idsOf(last)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});

	it('a video whose first bytes have come did not fail, whatever a later attempt is told', async () => {
		const account = here.account();
		inject(account, { stage: 'v1', fault: { kind: 'cut', afterBytes: 2000 } });
		inject(account, saysFailed('result', 0));
		const first = await run(account, v1);
		expect(first.error?.message).toContain(account.report().jobs[0].requestId);
		here.sandbox.clearFaults();
		inject(account, saysFailed('status', 1));
		const second = await run(account, v1, { resume: asRetry(first.run) });
		const resume = second.error && asRetry(second.run);
		const last = resume ? await run(account, v1, { resume }) : second;
		expect(idsOf(last)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('An old execution retried once more, after a retry has made one of two equal videos', () => {
	it('does not find that one for the other, whose answer was lost', async () => {
		const account = here.account({}, { history: true });
		const twins = { items: [{ json: {} }, { json: {} }] };
		inject(
			account,
			{ stage: 'submit', fault: { kind: 'reset', when: 'before' } },
			{ stage: 'submit', fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } } },
		);
		const first = await run(account, {}, twins);
		expect(first.error?.message).toMatch(/unknown whether/);
		const retry = async () => await run(account, {}, { ...twins, resume: asRetry(first.run) });
		const second = await retry();
		expect(second.error?.message).toMatch(/unknown whether/);
		expect(jobs(account)).toBe(1);
		const third = await retry();
		expect(idsOf(third)).toHaveLength(new Set(idsOf(third)).size);
		expect(third.error?.message).toMatch(/unknown whether/);
		expect(jobs(account)).toBe(1);
	});
});

describe('Equal videos, of which another worker has delivered one', () => {
	/** Our node as another n8n process has it, as little patient as this one. */
	const worker = async () =>
		await otherProcess((load) => {
			const { HISTORY } = load<{ HISTORY: object }>('segmind/policy/history');
			Object.assign(HISTORY, { patience: 1500, pauseFirst: 150, pauseLongest: 600, fresh: 100 });
		});

	it('it is not found again for one whose answer was lost', async () => {
		const account = here.account({}, { history: true });
		const twins = { items: [{ json: {} }, { json: {} }] };
		let stop = () => {};
		here.sandbox.set({ jobSeconds: 1 });
		const died = run(
			account,
			{},
			{ ...twins, node: await worker(), onStart: (running) => (stop = running.stop) },
		);
		await here.sandbox.whenJobs((all) => all.length === 2, account.key);
		stop();
		await died;
		await billed(account);
		const [delivered] = idsOf(await run(account, {}, { node: await worker() }));
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'before' } });
		const last = await run(account, {}, { ...twins, settings: CONTINUE });
		expect(delivered).toBeDefined();
		expect(idsOf(last)).not.toContain(delivered);
		expect(JSON.stringify(last.output)).toMatch(/unknown whether/);
		expect(jobs(account)).toBe(2);
	});
});

describe('Retries on several workers', () => {
	it('what one has found out is not forgotten by another that knew the job before', async () => {
		const account = here.account();
		const both = { items: items(2) };
		const refusal: Omit<FaultRule, 'key'> = {
			...{ stage: 'submit', times: 0, match: { prompt: 'take 1' } },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		};
		inject(account, refusal, { stage: 'status', fault: { kind: 'respond', status: 401 } });
		const one = { options: { concurrency: 1 } };
		const first = await run(account, one, { ...both, settings: { onError: 'stopWorkflow' } });
		expect(first.error).toBeDefined();
		await billed(account);
		const [paid] = account.report().jobs;
		const second = await run(account, one, {
			...both,
			...{ resume: asRetry(first.run), node: await otherProcess() },
		});
		expect(second.error?.message).toContain('not allowed');
		here.sandbox.clearFaults();
		// An hour later Segmind has forgotten the request; its video lives for days.
		inject(account, {
			...{ stage: 'status', times: 0, match: { requestId: paid.requestId } },
			fault: { kind: 'expire' },
		});
		const third = await run(account, one, { ...both, resume: asRetry(second.run) });
		expect(third.error?.message).toBeUndefined();
		expect(idsOf(third)[0]).toBe(paid.requestId);
		expect(jobs(account)).toBe(2);
	});

	it('a note that another one overwrites while a run submits is there when the run ends with an error', async () => {
		const account = here.account({}, { history: true });
		void here.sandbox
			.whenJobs((all) => all.length === 1, account.key)
			// It had read the row before.
			.then(() => noteTable.rows.set(`${workflowIdOf(account)} n:kling`, []));
		inject(
			account,
			{ stage: 'submit', fault: { kind: 'delay', ms: 300 } },
			{ stage: 'status', fault: { kind: 'respond', status: 401 } },
		);
		const first = await run(account);
		expect(first.error).toBeDefined();
		const next = await run(account);
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('A lost answer that is found in the account’s history', () => {
	/** Tried again twice, now that the history is on. */
	async function triedAgain(
		account: TestAccount,
		first: Result,
		parameters: IDataObject = {},
	): Promise<Result> {
		const known = withHistory(here.sandbox, account);
		const second = await run(known, parameters, { resume: asRetry(first.run) });
		return second.error ? await run(known, parameters, { resume: asRetry(second.run) }) : second;
	}

	it('as COMPLETED: it did not fail, whatever the status says after it', async () => {
		const account = here.account();
		inject(account, lostAnswer);
		const first = await run(account);
		await billed(account);
		inject(account, saysFailed('status', 1));
		const last = await triedAgain(account, first);
		expect(idsOf(last)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});

	it('as FAILED with a price: it is not free, whatever the status says after it', async () => {
		const account = here.account();
		const prompt = 'Snow';
		inject(account, lostAnswer);
		// Calls of Version V1 that failed are remembered by what they sent.
		const first = await run(account, { prompt });
		const [{ requestId, body, model, createdAt }] = account.report().jobs;
		const row = {
			...{ request_id: requestId, model_name: model, model_status: 'FAILED', request_body: body },
			...{ credits_deduction: 0.63, model_created: new Date(createdAt).toISOString() },
		};
		inject(
			account,
			{
				...{ stage: 'history', times: 0 },
				fault: { kind: 'respond', status: 200, body: { generations: [row] } },
			},
			saysFailed('status', 0),
			saysFailed('result', 0),
		);
		const last = await triedAgain(account, first, { prompt });
		expect(last.error?.message).toContain(requestId);
		expect(last.saved).not.toMatch(/"billed":"no"/);
		expect(jobs(account)).toBe(1);
	});
});

describe('A status that says FAILED and names a charge, and a history that says FAILED without one', () => {
	it('the video is not called free, and no retry buys it again', async () => {
		const account = here.account({}, { history: true });
		inject(account, {
			stage: 'submit',
			fault: { kind: 'fail-job', body: { ...FAILED, metrics: { cost: 0.63 } } },
		});
		const first = await run(account);
		expect(first.saved).not.toMatch(/"billed":"no"/);
		const second = await run(account, {}, { resume: asRetry(first.run) });
		expect(second.error).toBeDefined();
		expect(jobs(account)).toBe(1);
	});
});

describe('Park While Waiting', () => {
	let server: ParkingServer;
	beforeEach(() => (server = new ParkingServer()));

	const parked = (
		account: TestAccount,
		rest: Partial<RunOptions> = {},
		parameters: IDataObject = {},
	): RunOptions => ({
		credential: account.credential,
		...rest,
		parameters: { ...here.video, options: { survivesRestarts: true }, ...parameters },
	});

	it('in a loop: a paid video that became an error item in one round is not lost with the next', async () => {
		const account = here.account({}, { history: true });
		inject(account, {
			...{ stage: 'result', match: { prompt: 'take 0' } },
			fault: { kind: 'respond', status: 401 },
		});
		const prompt = '={{ "take " + $runIndex }}';
		const loop = { rounds: 2, settings: CONTINUE };
		const { id } = await server.run(parked(account, loop, { prompt }));
		await server.settle();
		expect(server.resultOf(id).status).toBe('success');
		expect(server.resultOf(id).output[0].json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(2);
		await sleep(600);
		const next = await run(account, { prompt }, { getRunExecutionData: server.read });
		expect(next.error?.message).toBeUndefined();
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(2);
	});

	it('a video that was finished before the run was parked is no empty item when the fetching is given up', async () => {
		const account = here.account({}, { history: true });
		const both = { items: items(2) };
		inject(account, {
			...{ stage: 'submit', match: { prompt: 'take 1' } },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		const first = await run(account, { options: { concurrency: 1 } }, both);
		expect(first.error?.message).toContain('not allowed');
		let isBroken = false;
		server.before = (name) => (isBroken = name === 'fetcher');
		const { requestsPerMinute, ...others } = account.credential;
		// n8n cannot read it whenever the fetcher is awake.
		const credential = Object.defineProperty({ ...others }, 'requestsPerMinute', {
			enumerable: true,
			get: () => (isBroken ? 'none' : requestsPerMinute),
		}) as unknown as TestAccount['credential'];
		const retry = { ...both, settings: CONTINUE, resume: asRetry(first.run) };
		const { id } = await server.run({ ...parked(account, retry), credential });
		await server.settle();
		const { output } = server.resultOf(id);
		const [paid] = account.report().jobs;
		expect(output[0].json.error).toContain(paid.requestId);
		isBroken = false;
		const next = await run(account, {}, { items: items(1), getRunExecutionData: server.read });
		expect(idsOf(next)).toEqual([paid.requestId]);
		expect(jobs(account)).toBe(2);
	});

	it('stopped in the moment when its videos are handed over: the next execution takes them over at once', async () => {
		const account = here.account({}, { history: true });
		const { checks } = PARK;
		// Nobody has looked yet whether it has them.
		PARK.checks = [8000];
		const { id } = await server.run(parked(account));
		server.before = (name) => {
			if (name === 'parked') server.stop(id);
		};
		await server.settle();
		PARK.checks = checks;
		expect(server.resultOf(id).status).toBe('canceled');
		const next = await run(account, {}, { getRunExecutionData: server.read });
		expect(next.error?.message).toBeUndefined();
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});

	it('a note that another worker overwrites while the run submits is written again before it is parked', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ jobSeconds: 3 });
		const row = `${workflowIdOf(account)} n:kling`;
		const lost = here.sandbox
			.whenJobs((all) => all.length === 1, account.key)
			.then(() => {
				// It had read the row before.
				noteTable.rows.set(row, []);
			});
		inject(account, { stage: 'submit', fault: { kind: 'delay', ms: 300 } });
		const { id } = await server.run(parked(account));
		await lost;
		here.sandbox.set({ jobSeconds: 0.2 });
		expect(server.resultOf(id).status).toBe('waiting');
		server.stop(id);
		const next = await run(account, {}, { getRunExecutionData: server.read });
		expect(next.error?.message).toBeUndefined();
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});
