/**
 * A job that Segmind accepted and n8n has not delivered is never bought a second time by that node, in this
 * execution or any later one. What counts is the sandbox's account.
 */
import { sleep, type IDataObject, type INode, type INodeType } from 'n8n-workflow';

import type { FaultRule } from '../../sandbox';
import { noteTable } from './support/deduplication';
import { asRetry, otherProcess, type Result } from './support/engine';
import { logLines } from './support/log';
import type { TestAccount } from './support/sandbox';
import { lostAnswer, useSandbox } from './support/useSandbox';

const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));
const ONE = TEN.slice(0, 1);
const TWO = TEN.slice(0, 2);

const here = useSandbox();
const { inject, notes, run } = here;
afterEach(() => here.sandbox.set({ historyLagSeconds: 0, historyAvailable: true }));

const failing = (prompt: string): Omit<FaultRule, 'key'> => ({
	stage: 'submit',
	match: { prompt },
	fault: { kind: 'fail-job', error: 'no face found' },
});

const withHistory = () => here.account({}, { history: true });
const billed = (account: TestAccount) => account.report().jobs.filter((job) => job.billed).length;
const jobsOf = (account: TestAccount) => account.report().jobs.length;
const submits = (account: TestAccount) => here.requestsOf(account, 'submit').length;
const statuses = ({ output }: Result) => output.map(({ json }) => json.status);

describe('Retries of one execution', () => {
	it('two at the same time submit each missing video once, and both get all of them', async () => {
		const account = here.account();
		inject(account, failing('take 0'));
		const options = { concurrency: 3 };
		const first = await run(account, { options }, { items: TEN });
		expect(first.error).toBeDefined();
		const both = await Promise.all(
			[1, 2].map(
				async () => await run(account, { options }, { items: TEN, resume: asRetry(first.run) }),
			),
		);
		for (const result of both) expect(statuses(result)).toEqual(TEN.map(() => 'COMPLETED'));
		expect(billed(account)).toBe(10);
		expect(jobsOf(account)).toBe(11);
	});

	it('the old one once more, after a retry has failed, goes on with what that one paid', async () => {
		const account = here.account();
		inject(account, failing('take 0'), failing('take 9'));
		const first = await run(account, { options: { concurrency: 3 } }, { items: TEN });
		const second = await run(account, {}, { items: TEN, resume: asRetry(first.run) });
		expect(second.error).toBeDefined();
		const third = await run(account, {}, { items: TEN, resume: asRetry(first.run) });
		expect(statuses(third)).toEqual(TEN.map(() => 'COMPLETED'));
		expect(billed(account)).toBe(10);
	});

	it('the old one once more, after a retry has succeeded, pays nothing', async () => {
		const account = here.account();
		inject(account, failing('take 0'));
		const first = await run(account, { options: { concurrency: 3 } }, { items: TEN });
		await run(account, {}, { items: TEN, resume: asRetry(first.run) });
		const again = await run(account, {}, { items: TEN, resume: asRetry(first.run) });
		expect(statuses(again)).toEqual(TEN.map(() => 'COMPLETED'));
		expect(billed(account)).toBe(10);
	});
});

describe('An expression that gives another value each time', () => {
	const changing = { prompt: '={{ $json.motion }} {{ Math.random() }}' };

	it('keeps the values of the first attempt in Retry On Fail', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		const { output } = await run(account, changing, { items: TWO, settings: RETRY });
		expect(output).toHaveLength(2);
		const of = (take: string) =>
			account.report().jobs.filter(({ body }) => String(body.prompt).startsWith(take));
		expect(of('take 0')).toHaveLength(1);
		expect(of('take 1')).toHaveLength(2);
		expect(output[0].json.requestId).toBe(of('take 0')[0].requestId);
	});

	it('and in Retry from the list, while nobody has changed the node', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		const first = await run(account, changing, { items: TWO });
		await run(account, changing, { items: TWO, resume: asRetry(first.run) });
		expect(billed(account)).toBe(2);
	});

	it('also where it decides the price: the output says what was paid for', async () => {
		const account = here.account();
		let seconds = 3;
		inject(account, failing('take 1'));
		const duration = '={{ $json.motion === "take 0" ? $json.next() : 3 }}';
		const items = [{ json: { motion: 'take 0', next: () => String(seconds++) } }, TEN[1]];
		const { output } = await run(account, { duration }, { items: items as never, settings: RETRY });
		expect(seconds).toBeGreaterThan(4);
		expect(output[0].json).toMatchObject({ duration: 3, estimatedCost: 0.63 });
		expect(billed(account)).toBe(2);
	});

	it('an answer that was lost is not submitted again with other values', async () => {
		const account = here.account();
		inject(account, lostAnswer);
		const { error } = await run(account, changing, { settings: RETRY });
		expect(error?.message).toMatch(/unknown whether this video was submitted/);
		expect(submits(account)).toBe(1);
	});
});

describe('Doubt', () => {
	it('outlasts an allowed second submit that is refused', async () => {
		const account = here.account();
		inject(account, lostAnswer, { stage: 'submit', fault: { kind: 'respond', status: 401 } });
		const first = await run(account);
		const allowed = { options: { resubmitUnknown: true } };
		const second = await run(account, allowed, { resume: asRetry(first.run) });
		expect(second.error?.message).toMatch(/unknown whether.*refused the API key/s);
		expect(second.error?.message).not.toMatch(/nothing was billed/i);
		const third = await run(account, {}, { resume: asRetry(second.run) });
		expect(third.error?.message).toMatch(/unknown whether/);
		expect(submits(account)).toBe(2);
		expect(jobsOf(account)).toBe(1);
	});

	it('after a 500 that may have created a job a later 406 does not say that nothing was billed', async () => {
		const account = here.account();
		inject(
			account,
			{ stage: 'submit', fault: { kind: 'respond', status: 500, accepted: true } },
			{
				stage: 'submit',
				fault: { kind: 'respond', status: 406, body: { error: 'Insufficient credits' } },
			},
		);
		const options = { retrySubmitOnServerError: true };
		const first = await run(account, { options });
		const { error } = first;
		expect(error?.message).toMatch(/unknown whether.*server error.*Not enough Segmind credits/s);
		expect(`${error?.message} ${error?.description}`).not.toMatch(/nothing (was|is) billed/i);
		const again = await run(account, {}, { resume: asRetry(first.run) });
		expect(again.error?.message).toMatch(/unknown whether/);
		expect(jobsOf(account)).toBe(1);
	});

	it('after such a 500 Stop does not say so either', async () => {
		const account = here.account();
		inject(account, {
			stage: 'submit',
			fault: { kind: 'respond', status: 500, accepted: true },
			times: 0,
		});
		let stop = () => {};
		const { saved } = await Promise.race([
			run(
				account,
				{ options: { retrySubmitOnServerError: true } },
				{ onStart: (execution) => (stop = execution.stop) },
			),
			here.sandbox
				.whenRequests((all) => all.some(({ key, status }) => key === account.key && status === 500))
				.then(() => stop())
				.then(async () => await new Promise<never>(() => {})),
		]);
		expect(saved).toMatch(/unknown whether/);
		expect(saved).not.toMatch(/stopped before anything was submitted/);
	});
});

describe('A loop', () => {
	it('makes a new video in each round', async () => {
		const account = here.account();
		await run(account, {}, { settings: CONTINUE, rounds: 2 });
		expect(billed(account)).toBe(2);
	});

	it('makes no new video in its second round, while the first one is still undelivered', async () => {
		const account = here.account();
		inject(account, {
			stage: 'download',
			fault: { kind: 'respond', status: 401 },
		});
		await run(account, {}, { settings: CONTINUE, rounds: 2 });
		expect(billed(account)).toBe(1);
	});

	it('is not blocked by an answer that was lost in its first round, if it may submit again', async () => {
		const account = here.account();
		inject(account, lostAnswer);
		const options = { resubmitUnknown: true };
		const { output } = await run(account, { options }, { settings: CONTINUE, rounds: 2 });
		expect(statuses({ output } as Result)).toEqual(['COMPLETED']);
		expect(jobsOf(account)).toBe(2);
	});
});

describe('Notes in n8n’s database', () => {
	it('are gone when the videos are delivered', async () => {
		const account = here.account();
		const { output } = await run(account, {}, { items: TEN });
		expect(output).toHaveLength(10);
		expect(notes(account)).toEqual([]);
	});

	it('are gone when a video failed without a bill, or was refused', async () => {
		const account = here.account();
		inject(account, failing('take 0'), {
			stage: 'submit',
			match: { prompt: 'take 1' },
			fault: { kind: 'respond', status: 422 },
		});
		await run(account, {}, { items: TWO, settings: CONTINUE });
		expect(notes(account)).toEqual([]);
	});

	it('are there before the submit leaves', async () => {
		const account = here.account();
		inject(account, { stage: 'submit', fault: { kind: 'hang' } });
		let stop = () => {};
		const running = run(
			account,
			{ prompt: 'Not answered' },
			{ onStart: (execution) => (stop = execution.stop) },
		);
		await here.sandbox.whenRequests((all) => all.some(({ key }) => key === account.key));
		expect(notes(account)).toHaveLength(7);
		stop();
		here.sandbox.clearFaults();
		void running;
	});

	it('two runs of one process that want the same video at the same time each get one', async () => {
		const account = withHistory();
		const results = await Promise.all([run(account), run(account)]);
		const ids = results.map(({ output }) => output[0].json.requestId);
		expect(new Set(ids).size).toBe(2);
		expect(jobsOf(account)).toBe(2);
		expect(notes(account)).toEqual([]);
	});

	it('where the store fails the run goes on, with one line in the log', async () => {
		const account = here.account();
		noteTable.before = async () => {
			throw new Error('database is locked');
		};
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run(account, {}, { items: TEN });
		});
		noteTable.before = async () => {};
		expect(result.output).toHaveLength(10);
		expect(lines.filter((line) => /cannot be noted/.test(line))).toEqual([
			expect.stringMatching(/warn.*database is locked/),
		]);
	});

	it('and where the workflow is not saved', async () => {
		const account = here.account();
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run(account, {}, { workflowId: '' });
		});
		expect(result.output).toHaveLength(1);
		expect(lines.filter((line) => /cannot be noted/.test(line))).toHaveLength(1);
	});
});

describe('A later execution, where the history is switched off', () => {
	it('refuses an undelivered video once, before anything is sent, and buys it the next time', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		const first = await run(account, {}, { items: TWO });
		expect(first.error).toBeDefined();
		expect(billed(account)).toBe(1);

		const before = here.sandbox.requests().length;
		const second = await run(account, {}, { items: TWO });
		expect(second.error?.message).toMatch(
			/earlier execution.*submitted this video at \d{4}-\d\d-\d\d \d\d:\d\d UTC.*Generations.*the next execution submits it/s,
		);
		expect(second.error?.context?.itemIndex).toBe(0);
		expect(here.sandbox.requests()).toHaveLength(before);

		const third = await run(account, {}, { items: TWO });
		expect(statuses(third)).toEqual(['COMPLETED', 'COMPLETED']);
		expect(billed(account)).toBe(3);
	});

	it('names all that are refused at once', async () => {
		const account = here.account();
		inject(account, failing('take 3'));
		await run(account, {}, { items: TEN.slice(0, 4) });
		const { error } = await run(account, {}, { items: TEN.slice(0, 4) });
		expect(error?.context?.itemIndex).toBe(0);
		expect(error?.description).toMatch(/items 1, 2/);
		const { output } = await run(account, {}, { items: TEN.slice(0, 4) });
		expect(output).toHaveLength(4);
	});

	it('with Continue the others run', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		await run(account, {}, { items: TWO });
		const { output } = await run(account, {}, { items: TWO, settings: CONTINUE });
		expect(output[0].json.error).toMatch(/earlier execution/);
		expect(output[1].json.status).toBe('COMPLETED');
	});

	it('a parameter that is wrong does not use up the refusal', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		await run(account, {}, { items: TWO });
		await run(account, {}, { items: [TEN[0], { json: { motion: '' } }] });
		const { error } = await run(account, {}, { items: TWO });
		expect(error?.message).toMatch(/earlier execution/);
	});

	it('is not used up by Retry On Fail, which comes before anybody has read it', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		await run(account, {}, { items: TWO });
		const before = jobsOf(account);
		const { error } = await run(account, {}, { items: TWO, settings: RETRY });
		expect(error?.message).toMatch(/earlier execution/);
		expect(jobsOf(account)).toBe(before);
		expect((await run(account, {}, { items: TWO })).output).toHaveLength(2);
	});

	it('pays and says so with Reuse Undelivered Videos off', async () => {
		const account = here.account();
		inject(account, failing('take 1'));
		await run(account, {}, { items: TWO });
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run(account, { options: { reuseUndelivered: false } }, { items: ONE });
		});
		expect(statuses(result)).toEqual(['COMPLETED']);
		expect(lines.join('\n')).toMatch(/a new video is paid/);
	});

	it('after a success it is a new video, as ever', async () => {
		const account = here.account();
		await run(account);
		await run(account);
		expect(billed(account)).toBe(2);
	});
});

describe('A later execution, where the history works', () => {
	it('takes over what an execution with an error had paid', async () => {
		const account = withHistory();
		inject(account, failing('take 1'));
		await run(account, {}, { items: TWO });
		const { output } = await run(account, {}, { items: TWO });
		expect(statuses({ output } as Result)).toEqual(['COMPLETED', 'COMPLETED']);
		expect(billed(account)).toBe(2);
		expect(jobsOf(account)).toBe(3);
		expect(notes(account)).toEqual([]);
	});

	it('takes over a video whose process died while it was being made', async () => {
		const account = withHistory();
		// Both are loaded before the jobs begin, and these last: on a busy machine a load takes seconds.
		const [node, later] = [await otherProcess(), await otherProcess()];
		here.sandbox.set({ jobSeconds: 8 });
		let stop = () => {};
		const died = run(
			account,
			{},
			{ items: TEN.slice(0, 3), node, onStart: (running) => (stop = running.stop) },
		);
		await here.sandbox.whenJobs((jobs) => jobs.length === 3, account.key);
		const { output } = await run(account, {}, { items: TEN.slice(0, 3), node: later });
		stop();
		await died;
		expect(statuses({ output } as Result)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
		expect(output.map(({ json }) => json.requestId)).toEqual(
			[0, 1, 2].map(
				(n) => account.report().jobs.find(({ body }) => body.prompt === `take ${n}`)?.requestId,
			),
		);
		expect(jobsOf(account)).toBe(3);
	});

	it('finds a lost answer, and goes on as if nothing had happened', async () => {
		const account = withHistory();
		inject(account, lostAnswer);
		const { output } = await run(account);
		expect(statuses({ output } as Result)).toEqual(['COMPLETED']);
		expect(jobsOf(account)).toBe(1);
	});

	it('says that it looked, when it finds nothing', async () => {
		const account = withHistory();
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'before' } });
		const { error } = await run(account);
		expect(error?.message).toMatch(/unknown whether.*not in the account's history/s);
	});
});

describe('Executions that crashed', () => {
	const THREE = TEN.slice(0, 3);
	const slowHistory: Omit<FaultRule, 'key'> = {
		...{ stage: 'history', times: 0 },
		fault: { kind: 'delay', ms: 300 },
	};
	const idsOf = ({ output }: Result) => output.map(({ json }) => json.requestId);

	/** Executions in a process that dies while it waits. @returns what ends them for the test */
	async function crash(
		account: TestAccount,
		items: typeof TEN,
		times = 1,
	): Promise<() => Promise<unknown>> {
		here.sandbox.set({ jobSeconds: 2 });
		const jobs = items.length * times;
		// What is dead hears nothing more of its videos, and so does not write its notes again.
		inject(account, { stage: 'status', times: jobs, fault: { kind: 'hang' } });
		const stops: Array<() => void> = [];
		const node = await otherProcess((load) => {
			const { Notes } = load<{ Notes: { prototype: object } }>('segmind/job/notes');
			// Nor does it when the test ends it.
			Object.assign(Notes.prototype, { writeAgain: async () => {} });
		});
		const died = Array.from(
			{ length: times },
			async () => await run(account, {}, { items, node, onStart: ({ stop }) => stops.push(stop) }),
		);
		await here.sandbox.whenRequests((all) => {
			const polls = all.filter(({ key, stage }) => key === account.key && stage === 'status');
			return polls.length === jobs;
		});
		return async () => {
			for (const stop of stops) stop();
			await Promise.all(died);
		};
	}

	/** As n8n retries a crashed execution: from its trigger, without what the execution had remembered. */
	async function retryAtOnce(
		account: TestAccount,
		items: typeof TEN,
		parameters: IDataObject = {},
	): Promise<Result[]> {
		const node = await otherProcess();
		return await Promise.all(
			['one', 'two'].map(
				async (executionId) =>
					await run(account, parameters, { items, node, executionId, mode: 'retry' }),
			),
		);
	}

	it.each([3, 1])(
		'one, retried twice at the same time (%s videos at once): nothing is paid twice',
		async (concurrency) => {
			const account = withHistory();
			const end = await crash(account, THREE);
			inject(account, slowHistory);
			const [one, other] = await retryAtOnce(account, THREE, { options: { concurrency } });
			await end();
			expect(statuses(one)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
			expect(idsOf(other)).toEqual(idsOf(one));
			expect(jobsOf(account)).toBe(3);
			expect(notes(account)).toEqual([]);
		},
	);

	it('two with the same videos, retried at the same time: each gets its own', async () => {
		const account = withHistory();
		const end = await crash(account, TWO, 2);
		inject(account, slowHistory);
		const [one, other] = await retryAtOnce(account, TWO);
		await end();
		expect(new Set([...idsOf(one), ...idsOf(other)]).size).toBe(4);
		expect(jobsOf(account)).toBe(4);
		// Which of two equal ones was taken first, twice each: another process must not take it once more. What was
		// erased is looked at for some seconds, and a question is in the table while it is asked.
		const isAnswered = async () => {
			while (notes(account).length !== 4) await sleep(50);
		};
		await isAnswered();
	});

	it('one, and the workflow executed twice at the same time: the second gets a new video', async () => {
		const account = withHistory();
		const end = await crash(account, ONE);
		inject(account, slowHistory);
		const node = await otherProcess();
		const both = await Promise.all(
			[1, 2].map(async () => await run(account, {}, { items: ONE, node })),
		);
		await end();
		expect(both.map(({ output }) => output.length)).toEqual([1, 1]);
		expect(jobsOf(account)).toBe(2);
	});
});

describe('Retry On Fail with Continue', () => {
	const twoTries: Partial<INode> = { ...CONTINUE, ...RETRY, maxTries: 2 };

	/** A node that tells when n8n has its first output. */
	function watched(node: INodeType): { node: INodeType; firstOutput: Promise<void> } {
		const execute = node.execute!;
		const firstOutput = new Promise<void>((resolve) => {
			node.execute = async function (...args) {
				const output = await execute.apply(this, args);
				resolve();
				return output;
			};
		});
		return { node, firstOutput };
	}

	it('throws the first output away, so a kill before the next attempt loses none of its videos', async () => {
		const account = withHistory();
		inject(account, failing('take 0'));
		const { node, firstOutput } = watched(await otherProcess());
		let stop = () => {};
		const died = run(
			account,
			{},
			{
				...{ items: TWO, node, settings: { ...twoTries, waitBetweenTries: 2000 } },
				onStart: (running) => (stop = running.stop),
			},
		);
		await firstOutput;
		expect(billed(account)).toBe(1);
		stop();
		const { output } = await run(account, {}, { items: TWO, node: await otherProcess() });
		await died;
		expect(statuses({ output } as Result)).toEqual(['COMPLETED', 'COMPLETED']);
		expect(jobsOf(account)).toBe(3);
		expect(billed(account)).toBe(2);
	});

	it('hands over the last one: a later execution gets new videos', async () => {
		const account = withHistory();
		inject(account, { ...failing('take 0'), times: 2 });
		const { output } = await run(account, {}, { items: TWO, settings: twoTries });
		expect(output.map(({ json }) => json.status ?? 'error')).toEqual(['error', 'COMPLETED']);
		expect(jobsOf(account)).toBe(3);
		expect(notes(account)).toEqual([]);
		await run(account, {}, { items: TWO });
		expect(billed(account)).toBe(3);
	});
});

describe('Stop with Continue', () => {
	it('delivers nothing to anybody, so what is finished is taken over', async () => {
		const account = withHistory();
		here.sandbox.set({ jobSeconds: 1 });
		let stop = () => {};
		const stopped = run(
			account,
			{ options: { concurrency: 1 } },
			{ items: TWO, settings: CONTINUE, onStart: (running) => (stop = running.stop) },
		);
		await here.sandbox.whenJobs((jobs) => jobs.length === 2, account.key);
		stop();
		await stopped;
		const { output } = await run(account, {}, { items: TWO });
		expect(statuses({ output } as Result)).toEqual(['COMPLETED', 'COMPLETED']);
		expect(billed(account)).toBe(2);
	});
});

describe('Stop while a submit is not answered yet', () => {
	it('and executed again at once: the same video', async () => {
		const account = withHistory();
		inject(account, { stage: 'submit', times: 0, fault: { kind: 'delay', ms: 1500 } });
		let stop = () => {};
		const stopped = run(account, {}, { onStart: (running) => (stop = running.stop) });
		await here.sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'submit'),
		);
		stop();
		const { output } = await run(account);
		await stopped;
		expect(statuses({ output } as Result)).toEqual(['COMPLETED']);
		expect(jobsOf(account)).toBe(1);
	});
});
