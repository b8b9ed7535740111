/**
 * Ways to pay twice, or to lose a paid video, around Park While Waiting. What counts is the sandbox's account, and what
 * n8n has in the end. Parked executions are woken as n8n's server does it (support/parking.ts).
 */
import { sleep, type IDataObject, type INode, type INodeType } from 'n8n-workflow';

import { PARK } from '../../nodes/segmind/policy/park';
import { asRetry, otherProcess, runWorkflow, type RunOptions } from './support/engine';
import { ParkingServer } from './support/parking';
import type { TestAccount } from './support/sandbox';
import { jobs, useSandbox } from './support/useSandbox';

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const items = (count: number) =>
	Array.from({ length: count }, (_, n) => ({ json: { motion: `take ${n}` } }));

Object.assign(PARK, { shortest: 100, patience: 2000, checks: Array(20).fill(100), settled: 100 });

const here = useSandbox({ credits: 10_000 });
const { inject, notes } = here;
let server: ParkingServer;

beforeEach(() => (server = new ParkingServer()));

const withHistory = () => here.account({}, { history: true });

const parked = (
	account: TestAccount,
	options: IDataObject = {},
	rest: Partial<RunOptions> = {},
): RunOptions => ({
	credential: account.credential,
	...rest,
	parameters: {
		...here.video,
		options: { survivesRestarts: true, ...options },
		...rest.parameters,
	},
});
const plain = (account: TestAccount, rest: Partial<RunOptions> = {}): RunOptions => ({
	credential: account.credential,
	getRunExecutionData: server.read,
	...rest,
	parameters: { ...here.video, downloadVideo: false, ...rest.parameters },
});
/** Executed again until it succeeds, for one refusal is what is promised at most. */
async function again(account: TestAccount, rest: Partial<RunOptions> = {}) {
	const second = await runWorkflow(plain(account, rest));
	return second.error ? await runWorkflow(plain(account, rest)) : second;
}

describe('The server of these tests', () => {
	it('parks an execution and brings it to its end: items with files, paid once, no note left', async () => {
		const account = here.account();
		const { id, output } = await server.run(parked(account, {}, { items: items(3) }));
		expect(output.map(({ json }) => json.status)).toEqual(Array(3).fill('QUEUED'));
		await server.settle();
		const end = server.resultOf(id);
		expect(end.status).toBe('success');
		expect(end.output.map(({ json, binary }) => [json.status, binary?.data.mimeType])).toEqual(
			Array(3).fill(['COMPLETED', 'video/mp4']),
		);
		expect(jobs(account)).toBe(3);
		// n8n lets a parked node say nothing when it goes on: the execution in its stead does.
		const said = [...server.rows.values()].flatMap(({ data }) =>
			Object.values(data.resultData.runData).flatMap((tasks) =>
				tasks.flatMap(({ hints = [] }) => hints.map(({ message }) => message)),
			),
		);
		expect(said).toEqual([expect.stringMatching(/Segmind charged \$1\.89 for 3 videos/)]);
		await sleep(600);
		expect(notes(account)).toEqual([]);
	});
});

/** Our node as another n8n process has it, as little patient as this one. */
const impatient = async () =>
	await otherProcess((load) => {
		const { HISTORY } = load<{ HISTORY: object }>('segmind/policy/history');
		const { BACKOFF } = load<{ BACKOFF: object }>('segmind/policy/backoff');
		const other = load<{ PARK: object }>('segmind/policy/park');
		Object.assign(HISTORY, { patience: 1500, pauseFirst: 150, pauseLongest: 600, fresh: 100 });
		Object.assign(BACKOFF, { firstStatus: 100, failureFirst: 50, failureLongest: 400 });
		Object.assign(other.PARK, PARK);
	});

/** The service gives the result of this video to nobody, once. */
const refusedResult = { stage: 'result', fault: { kind: 'respond', status: 401 } } as const;

const done = async (account: TestAccount) =>
	await here.sandbox.whenJobs(
		(all) => all.every(({ billed, status }) => billed || status === 'FAILED'),
		account.key,
	);

/** A plain execution is stopped as soon as its video is submitted. */
async function abandoned(
	account: TestAccount,
	rest: Partial<RunOptions> = {},
	seconds = 1,
): Promise<void> {
	// Videos take minutes: the times of two in a row are seconds apart.
	await sleep(2500);
	let stop = () => {};
	const before = jobs(account);
	here.sandbox.set({ jobSeconds: seconds });
	const died = runWorkflow(
		plain(account, { ...rest, onStart: (running) => (stop = running.stop) }),
	);
	await here.sandbox.whenJobs((all) => all.length === before + 1, account.key);
	stop();
	await died;
	here.sandbox.set({ jobSeconds: 0.2 });
	if (seconds <= 1) await done(account);
}

describe('A parked video that becomes an error item, although it is paid', () => {
	it('is taken over by the next execution: the only one', async () => {
		const account = withHistory();
		inject(account, refusedResult);
		const { id } = await server.run(parked(account, {}, { settings: CONTINUE }));
		await server.settle();
		expect(server.resultOf(id).output[0].json.error).toBeDefined();
		await sleep(600);
		const { output } = await again(account);
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(1);
	});

	it('is taken over by the next execution: one of two', async () => {
		const account = withHistory();
		inject(account, { ...refusedResult, match: { prompt: 'take 1' } });
		const { id } = await server.run(parked(account, {}, { settings: CONTINUE, items: items(2) }));
		await server.settle();
		expect(server.resultOf(id).output.map(({ json }) => 'error' in json)).toEqual([false, true]);
		await sleep(600);
		const { output } = await again(account, { items: items(2).slice(1) });
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(2);
	});

	it('is taken over where n8n was killed while the keeper was awake', async () => {
		const account = withHistory();
		const { id } = await server.run(parked(account, {}, { settings: CONTINUE }));
		await server.crash('keeper');
		expect(server.resultOf(id).output[0].json.error).toMatch(/did not finish/);
		await done(account);
		const { output } = await again(account);
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(1);
	});
});

describe('A parked execution whose row is gone', () => {
	it('because the workflow does not keep failed ones: the next execution takes its videos over', async () => {
		const account = withHistory();
		inject(account, { ...refusedResult, match: { prompt: 'take 1' } });
		const workflowSettings = { saveDataErrorExecution: 'none' };
		const { id } = await server.run(parked(account, {}, { items: items(2), workflowSettings }));
		await server.settle();
		expect(server.rows.has(id)).toBe(false);
		const { output } = await again(account, { items: items(2) });
		expect(output.map(({ json }) => json.status)).toEqual(['COMPLETED', 'COMPLETED']);
		expect(jobs(account)).toBe(2);
	});

	it('because somebody deleted it: the same', async () => {
		const account = withHistory();
		const { id } = await server.run(parked(account));
		server.remove(id);
		await server.settle();
		await done(account);
		const { output } = await again(account);
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(1);
	});
});

describe('n8n is restarted while a run is parked, and asks for its video', () => {
	async function restarted(account: TestAccount): Promise<{ id: string; node: INodeType }> {
		here.sandbox.set({ jobSeconds: 3 });
		const { id } = await server.run(parked(account, {}, { node: await impatient() }));
		const node = await impatient();
		server.moveTo(node);
		await server.tick();
		here.sandbox.set({ jobSeconds: 0.2 });
		expect(server.resultOf(id).status).toBe('waiting');
		return { id, node };
	}

	it('after Stop the next execution takes it over', async () => {
		const account = withHistory();
		const { id, node } = await restarted(account);
		server.stop(id);
		const { output } = await again(account, { node });
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(1);
	});

	it('an execution beside it is not refused', async () => {
		const account = withHistory();
		const { id, node } = await restarted(account);
		const { error } = await runWorkflow(plain(account, { node }));
		expect(error?.message).toBeUndefined();
		await server.settle();
		expect(server.resultOf(id).status).toBe('success');
	});
});

describe('A step of the fetching throws, in a run that continues', () => {
	it.each(['fetcher', 'downloader'])('the %s, once: the videos come all the same', async (step) => {
		const account = withHistory();
		let isBroken = false;
		let times = 0;
		server.before = (name) => (isBroken = name === step && ++times === 1);
		const { requestsPerMinute, ...rest } = account.credential;
		// n8n cannot read it at that moment.
		const credential = Object.defineProperty({ ...rest }, 'requestsPerMinute', {
			enumerable: true,
			get: () => (isBroken ? 'none' : requestsPerMinute),
		}) as unknown as TestAccount['credential'];
		const { id } = await server.run({ ...parked(account, {}, { settings: CONTINUE }), credential });
		await server.settle();
		expect(times).toBeGreaterThan(1);
		const { output } = server.resultOf(id);
		expect(output[0].json.requestId).toBe(account.report().jobs[0].requestId);
		expect(output[0].binary?.data.mimeType).toBe('video/mp4');
		expect(jobs(account)).toBe(1);
	});

	it.each(['fetcher', 'downloader'])(
		'the %s, always: the next execution takes over',
		async (step) => {
			const account = withHistory();
			let isBroken = false;
			server.before = (name) => (isBroken = name === step);
			const { requestsPerMinute, ...rest } = account.credential;
			const credential = Object.defineProperty({ ...rest }, 'requestsPerMinute', {
				enumerable: true,
				get: () => (isBroken ? 'none' : requestsPerMinute),
			}) as unknown as TestAccount['credential'];
			const { id } = await server.run({
				...parked(account, {}, { settings: CONTINUE }),
				credential,
			});
			await server.settle();
			expect(server.resultOf(id).output[0].json.error).toContain(
				account.report().jobs[0].requestId,
			);
			const { output } = await again(account);
			expect(output[0]?.json.status).toBe('COMPLETED');
			expect(jobs(account)).toBe(1);
		},
	);
});

describe('Another node of the workflow has parked the same video', () => {
	it('what this one has left behind is still found', async () => {
		const account = withHistory();
		here.sandbox.set({ jobSeconds: 3 });
		await server.run(parked(account));
		const second: Partial<RunOptions> = { settings: { id: 'second' } };
		await abandoned(account, second);
		const { output } = await again(account, second);
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(jobs(account)).toBe(2);
	});
});

describe('A parked run that another worker has delivered', () => {
	it('does not hide what a later execution has left behind', async () => {
		const account = withHistory();
		const { id } = await server.run(parked(account));
		const other = await impatient();
		server.moveTo(other);
		await server.settle();
		expect(server.resultOf(id).status).toBe('success');
		await sleep(600);
		expect(notes(account)).toEqual([]);
		await abandoned(account, { node: other });
		const { output } = await again(account);
		expect(output[0]?.json.requestId).toBe(account.report().jobs[1].requestId);
		expect(jobs(account)).toBe(2);
	});
});

describe('A parked video that another execution has taken over and delivered', () => {
	it('its end does not erase the note of a newer one', async () => {
		const account = withHistory();
		const { id } = await server.run(parked(account, {}, { node: await impatient() }));
		const node = await impatient();
		server.moveTo(node);
		const second = await runWorkflow(plain(account, { node }));
		expect(second.output[0]?.json.requestId).toBe(account.report().jobs[0].requestId);
		await abandoned(account, { node });
		await server.settle();
		expect(server.resultOf(id).status).toBe('success');
		await sleep(600);
		const { output } = await again(account, { node: await impatient() });
		expect(output[0]?.json.requestId).toBe(account.report().jobs[1].requestId);
		expect(jobs(account)).toBe(2);
	});
});

describe('A parked video that failed, while others of its run are still being made', () => {
	async function oneFailed(account: TestAccount): Promise<string> {
		inject(
			account,
			{
				...{ stage: 'submit', match: { prompt: 'take 0' } },
				fault: { kind: 'fail-job', error: 'no face found' },
			},
			{
				...{ stage: 'status', match: { prompt: 'take 1' }, times: 0 },
				fault: { kind: 'respond', status: 200, body: { status: 'PROCESSING' } },
			},
		);
		const { id } = await server.run(parked(account, {}, { items: items(2), settings: CONTINUE }));
		await sleep(500);
		await server.tick();
		await abandoned(account, { items: items(1) });
		return id;
	}

	it('does not hide the one that was submitted anew', async () => {
		const account = withHistory();
		await oneFailed(account);
		const { output } = await again(account, { items: items(1) });
		expect(output[0]?.json.requestId).toBe(account.report().jobs[2].requestId);
		expect(jobs(account)).toBe(3);
	});

	it('nor when n8n was killed, and it is asked for once more', async () => {
		const account = withHistory();
		await oneFailed(account);
		await server.crash('fetcher');
		await server.tick();
		const { output } = await again(account, { items: items(1), node: await impatient() });
		expect(output[0]?.json.requestId).toBe(account.report().jobs[2].requestId);
		expect(jobs(account)).toBe(3);
	});
});

describe('A video that came by API Version V1 without a request ID, and then the run is to be parked', () => {
	it('is delivered, not asked for', async () => {
		const account = withHistory();
		inject(
			account,
			{ stage: 'v1', fault: { kind: 'no-id' }, match: { prompt: 'take 0' } },
			{
				...{ stage: 'v1', match: { prompt: 'take 1' } },
				fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
			},
		);
		const parameters = { downloadVideo: true, options: { apiVersion: 'v1', concurrency: 1 } };
		const first = await runWorkflow(plain(account, { parameters, items: items(2) }));
		expect(first.error?.message).toContain('not allowed');
		const resume = asRetry(first.run);
		const { id } = await server.run(parked(account, {}, { items: items(2), resume }));
		await server.settle();
		const { output } = server.resultOf(id);
		expect(output.map(({ binary }) => binary?.data.mimeType)).toEqual(['video/mp4', 'video/mp4']);
		expect(jobs(account)).toBe(2);
	});
});

describe('A parked execution that ends with an error', () => {
	it('names what is paid, and no Retry that would do nothing', async () => {
		const account = withHistory();
		inject(account, { ...refusedResult, match: { prompt: 'take 1' } });
		const { id } = await server.run(parked(account, {}, { items: items(2) }));
		await server.settle();
		const { description } = server.resultOf(id).error as unknown as { description: string };
		expect(description).toContain('Paid in this run all the same');
		expect(description).toContain('Retry in the executions list repeats this error');
		expect(description).not.toContain('Use Retry');
	});
});

describe('A refusal in a run that is parked', () => {
	it('is not used up when the execution is stopped before it has told anybody', async () => {
		const account = here.account();
		await abandoned(account, { items: items(1) });
		const two = { items: items(2), settings: CONTINUE };
		const { id, output } = await server.run(parked(account, {}, two));
		expect(output[0].json.message).toMatch(/An earlier execution/);
		expect(jobs(account)).toBe(2);
		server.stop(id);
		const { error } = await runWorkflow(plain(account, { items: items(1) }));
		expect(error?.message).toMatch(/An earlier execution/);
		expect(jobs(account)).toBe(2);
	});

	it('is used up when it has', async () => {
		const account = here.account();
		await abandoned(account, { items: items(1) });
		const two = { items: items(2), settings: CONTINUE };
		const { id } = await server.run(parked(account, {}, two));
		await server.settle();
		expect(server.resultOf(id).output[0].json.error).toMatch(/An earlier execution/);
		await sleep(600);
		expect(notes(account)).toEqual([]);
	});
});

describe('Items that name the request that is taken over, as an error item of an earlier execution does', () => {
	it('are not taken for its videos', async () => {
		const account = withHistory();
		await abandoned(account, {}, 4);
		const [{ requestId }] = account.report().jobs;
		const { id } = await server.run(parked(account, {}, { items: [{ json: { requestId } }] }));
		expect(server.resultOf(id).status).toBe('waiting');
		await server.settle();
		const { output } = server.resultOf(id);
		expect(output[0]?.json.status).toBe('COMPLETED');
		expect(output[0]?.binary?.data.mimeType).toBe('video/mp4');
		expect(jobs(account)).toBe(1);
	});
});
