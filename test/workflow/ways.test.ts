/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Ways to pay twice, or to lose a paid video, that a reading of November 2026 found after the first twenty-four. What
 * counts is the sandbox's account.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
} from 'n8n-workflow';

import { KlingO3 } from '../../nodes/KlingO3/KlingO3.node';
import { Notes } from '../../nodes/segmind/job/notes';
import { NOTES } from '../../nodes/segmind/policy/notes';
import type { FaultRule, Sandbox } from '../../sandbox';
import { NoteTable, noteTable, storeOf } from './support/deduplication';
import {
	asRetry,
	otherProcess,
	storedBinary,
	type Result,
	type RunOptions,
	workflowIdOf,
} from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };
const items = (count: number) =>
	Array.from({ length: count }, (_, n) => ({ json: { motion: `take ${n}` } }));

const latency = async () => await new Promise<void>((resolve) => setImmediate(resolve));

const here = useSandbox({ credits: 10_000 });
const { inject, notes } = here;
afterEach(() => {
	noteTable.before = latency;
	here.sandbox.set({
		historyLagSeconds: 0,
		historyAvailable: true,
		historyClockOffsetSeconds: 0,
	});
});

/** Our node as another n8n process has it, as little patient as this one. */
const impatient = async () =>
	await otherProcess((load) => {
		const { HISTORY } = load<{ HISTORY: object }>('segmind/policy/history');
		const { BACKOFF } = load<{ BACKOFF: object }>('segmind/policy/backoff');
		Object.assign(HISTORY, { patience: 1500, pauseFirst: 150, pauseLongest: 600, fresh: 100 });
		Object.assign(BACKOFF, { firstStatus: 100, failureFirst: 50, failureLongest: 400 });
	});

const failing = (prompt: string, times = 1): Omit<FaultRule, 'key'> => ({
	...{ stage: 'submit', match: { prompt }, times },
	fault: { kind: 'fail-job', error: 'no face found' },
});
const neverArrives: Omit<FaultRule, 'key'> = {
	stage: 'submit',
	fault: { kind: 'reset', when: 'before' },
};

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

const withHistory = () => here.account({}, { history: true });
/** Those under way are billed in a moment: each that has not failed. */
const billed = (account: TestAccount) =>
	account.report().jobs.filter(({ status }) => status !== 'FAILED').length;
const idsOf = ({ output }: Result) =>
	output.flatMap(({ json }) => (json.requestId as string) ?? []);

/**
 * Another process takes so many jobs, and then does nothing more: n8n's database and Segmind are as SIGKILL leaves
 * them. (It is stopped, so that it does not go on beside the test.)
 */
async function killed(
	account: TestAccount,
	jobs: number,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
): Promise<void> {
	here.sandbox.set({ jobSeconds: 1 });
	let stop = () => {};
	const died = run(account, parameters, {
		...{ node: await impatient(), onStart: (running) => (stop = running.stop) },
		...rest,
	});
	const before = account.report().jobs.length;
	await here.sandbox.whenJobs((all) => all.length === before + jobs, account.key);
	stop();
	await died;
	expect(notes(account).length).toBeGreaterThan(0);
	here.sandbox.set({ jobSeconds: 0.2 });
}

/** Executed again until it succeeds, for one refusal is what is promised at most. */
async function again(
	account: TestAccount,
	parameters: IDataObject = {},
	rest: () => Partial<RunOptions> | Promise<Partial<RunOptions>> = () => ({}),
): Promise<Result> {
	const second = await run(account, parameters, await rest());
	return second.error ? await run(account, parameters, await rest()) : second;
}
const elsewhere = async () => ({ node: await impatient() });

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
/** Another picture in its bytes: a file of its own. */
async function withPicture(name: string): Promise<INodeExecutionData> {
	const content = Buffer.concat([PICTURE, Buffer.from(name)]);
	return { json: {}, binary: { data: await storedBinary(content, `${name}.jpg`, 'image/jpeg') } };
}
const fromFiles = { imageSource: 'binary', prompt: 'The camera slowly zooms in' };

describe('Pictures from files, one prompt for all of them', () => {
	const oneByOne = { ...fromFiles, options: { concurrency: 1 } };

	it('an error, and the workflow is executed again: nothing is paid twice', async () => {
		const account = withHistory();
		inject(account, { stage: 'submit', skip: 2, fault: { kind: 'fail-job', error: 'no face' } });
		const input = await Promise.all(['a', 'b', 'c'].map(withPicture));
		const first = await run(account, oneByOne, { items: input });
		expect(first.error?.message).toMatch(/no face/);
		expect(billed(account)).toBe(2);
		const { output } = await again(account, oneByOne, () => ({ items: input }));
		expect(output).toHaveLength(3);
		expect(billed(account)).toBe(3);
	});

	it('n8n is killed, and the workflow is executed again: the same', async () => {
		const account = withHistory();
		const input = await Promise.all(['a', 'b', 'c'].map(withPicture));
		await killed(account, 3, fromFiles, { items: input });
		const { output } = await again(account, fromFiles, async () => ({
			items: input,
			...(await elsewhere()),
		}));
		expect(output).toHaveLength(3);
		expect(billed(account)).toBe(3);
	});

	it('a killed video is not delivered as that of another picture, and then paid again', async () => {
		const account = withHistory();
		const [a, b] = await Promise.all(['a', 'b'].map(withPicture));
		// The submit for picture A comes to nothing; the process that makes the video of picture B dies.
		inject(account, neverArrives);
		const lost = await run(account, fromFiles, { items: [a] });
		expect(lost.error?.message).toMatch(/unknown whether/);
		await killed(account, 1, fromFiles, { items: [b] });
		const ofA = await again(account, fromFiles, () => ({ items: [a] }));
		const ofB = await again(account, fromFiles, () => ({ items: [b] }));
		expect([...idsOf(ofA), ...idsOf(ofB)]).toHaveLength(2);
		// Both jobs of B's picture: one of them is what A's item got.
		const pictures = account.report().jobs.map(({ body }) => String(body.image_url));
		expect(billed(account)).toBe(2);
		expect(new Set(pictures).size).toBe(2);
		const [jobOfB] = account.report().jobs;
		expect(idsOf(ofB)).toEqual([jobOfB.requestId]);
	});

	it('on two workers, nobody killed: a lost answer does not bring the video of another picture', async () => {
		const account = withHistory();
		const [a, b] = await Promise.all(['a', 'b'].map(withPicture));
		inject(account, neverArrives);
		const lost = await run(account, fromFiles, { items: [a] });
		expect(lost.error?.message).toMatch(/unknown whether/);
		const ofB = await run(account, fromFiles, { items: [b], ...(await elsewhere()) });
		expect(ofB.output).toHaveLength(1);
		const ofA = await again(account, fromFiles, () => ({ items: [a] }));
		expect(idsOf(ofA)).not.toEqual(idsOf(ofB));
	});
});

describe('A picture at a signed URL, another one each time the node before gives it', () => {
	it('is the same video in the next execution', async () => {
		const account = withHistory();
		await killed(account, 1, { imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg?sig=1` });
		const signed = { imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg?sig=2` };
		const { output } = await again(account, signed, elsewhere);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(1);
	});
});

describe('More notes than the question for their times leaves room for', () => {
	it('outlast the question', async () => {
		const account = withHistory();
		const rest = { items: items(240) };
		const options = { concurrency: 50 };
		inject(account, failing('take 239', 0));
		for (let time = 1; time <= 3; time++) {
			const { error } = await run(account, { options }, rest);
			expect(error?.message).toMatch(/no face/);
			expect(billed(account)).toBe(239);
		}
	}, 180_000);
});

describe('A refusal that nobody was shown, because a spending limit refused another item', () => {
	it('is not used up', async () => {
		const account = here.account();
		const [other, lost] = items(2);
		inject(account, {
			stage: 'result',
			match: { path: '/' },
			fault: { kind: 'respond', status: 401 },
		});
		await run(account, {}, { items: [lost] });
		expect(billed(account)).toBe(1);
		const both = { items: [other, lost] };
		const limited = await run(account, { options: { maxCostPerVideo: 0.1 } }, both);
		expect(limited.error?.message).toMatch(/An earlier execution of this node submitted/);
		expect(billed(account)).toBe(1);
	});
});

describe('Equal videos that two processes take over, one after the other', () => {
	it('are two videos, each delivered once', async () => {
		const account = withHistory();
		const twice = [{ json: {} }, { json: {} }];
		await killed(account, 2, { options: { concurrency: 2 } }, { items: twice });
		const one = await run(account, {}, await elsewhere());
		const other = await run(account, {}, await elsewhere());
		expect(billed(account)).toBe(2);
		expect(new Set([...idsOf(one), ...idsOf(other)]).size).toBe(2);
	});

	it('nor is one taken that another worker has delivered before', async () => {
		const account = withHistory();
		const first = await run(account, {}, await elsewhere());
		// Videos take minutes: the times of two in a row are seconds apart at least.
		await new Promise((resolve) => AbortSignal.timeout(2500).addEventListener('abort', resolve));
		await killed(account, 1);
		const { output } = await again(account, {}, elsewhere);
		expect(output).toHaveLength(1);
		expect(output[0].json.requestId).not.toBe(first.output[0].json.requestId);
	});
});

describe('Equal videos that two executions want at the same time', () => {
	it('are taken over by both of them', async () => {
		const account = withHistory();
		const twice = [{ json: {} }, { json: {} }];
		await killed(account, 2, { options: { concurrency: 2 } }, { items: twice });
		const node = await impatient();
		inject(account, { stage: 'history', times: 0, fault: { kind: 'delay', ms: 300 } });
		const both = await Promise.all([1, 2].map(async () => await run(account, {}, { node })));
		expect(both.map(({ output }) => output.length)).toEqual([1, 1]);
		expect(billed(account)).toBe(2);
	});
});

describe('A clock that is minutes off', () => {
	it.each([240, 360, 1500, -360, -1500])('does not lose the video (%s s)', async (offset) => {
		here.sandbox.set({ historyClockOffsetSeconds: offset });
		const account = withHistory();
		await killed(account, 1);
		const { output } = await again(account, {}, elsewhere);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(1);
	});
});

describe('More equal videos than slots', () => {
	it('are all found', async () => {
		const account = withHistory();
		const equal = (count: number) => Array.from({ length: count }, () => ({ json: {} }));
		const options = { concurrency: 50 };
		inject(account, { stage: 'status', times: 0, fault: { kind: 'respond', status: 401 } });
		const first = await run(account, { options }, { items: equal(52), settings: CONTINUE });
		expect(first.output).toHaveLength(52);
		here.sandbox.clearFaults();
		await here.sandbox.whenJobs((all) => all.every(({ billed: paid }) => paid), account.key);
		expect(billed(account)).toBe(52);
		const second = await run(account, { options }, { items: equal(50) });
		expect(second.output).toHaveLength(50);
		expect(billed(account)).toBe(52);
		const third = await run(account, { options }, { items: equal(2) });
		expect(third.output).toHaveLength(2);
		expect(billed(account)).toBe(52);
	}, 60_000);
});

describe('n8n\u2019s database', () => {
	it('a process that dies while it asks for the times of notes does not spoil them', async () => {
		const account = withHistory();
		await killed(account, 1);
		let accesses = 0;
		noteTable.before = async (key) => {
			// Earlier tests still check what they have erased.
			if (!key.startsWith(`${workflowIdOf(account)} `)) return await latency();
			// The count, the marks and away with the new ones, the times: to take these away it does not come to.
			if (++accesses > 4) await new Promise<never>(() => {});
			await latency();
		};
		let stop = () => {};
		void run(account, {}, { ...(await elsewhere()), onStart: (running) => (stop = running.stop) });
		while (accesses <= 4) await latency();
		noteTable.before = latency;
		stop();
		expect(notes(account).length).toBeGreaterThan(80);
		const { output } = await again(account, {}, elsewhere);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(1);
	});

	it('is locked once when the notes are asked for: the run does not buy what is noted', async () => {
		const account = withHistory();
		await killed(account, 1);
		let failures = 0;
		noteTable.before = async () => {
			if (failures++ === 0) throw new Error('SQLITE_BUSY: database is locked');
		};
		await run(account, {}, await elsewhere());
		expect(billed(account)).toBe(1);
	});

	it('is locked once when the times are taken away: later executions still find their videos', async () => {
		const account = withHistory();
		await killed(account, 1);
		let accesses = 0;
		noteTable.before = async (key) => {
			if (key.startsWith(`${workflowIdOf(account)} `) && ++accesses === 5)
				throw new Error('SQLITE_BUSY: database is locked');
		};
		await run(account, {}, await elsewhere());
		noteTable.before = latency;
		expect(billed(account)).toBe(1);
		await killed(account, 1);
		const { output } = await again(account, {}, elsewhere);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(2);
	});
});

describe('A FAILED request that was billed', () => {
	it('is not bought again without a word', async () => {
		const account = withHistory();
		await killed(account, 1);
		const [{ requestId, body, model, createdAt }] = account.report().jobs;
		const row = {
			...{ request_id: requestId, model_name: model, model_status: 'FAILED', request_body: body },
			...{ credits_deduction: 0.63, model_created: new Date(createdAt).toISOString() },
		};
		inject(account, {
			...{ stage: 'history', times: 0 },
			fault: { kind: 'respond', status: 200, body: { generations: [row] } },
		});
		await run(account, {}, await elsewhere());
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('A request that the history calls COMPLETED', () => {
	it('has not failed, whatever the status says after it', async () => {
		const account = withHistory();
		await killed(account, 1);
		await here.sandbox.whenJobs(([job]) => job.billed, account.key);
		inject(account, {
			stage: 'status',
			fault: { kind: 'respond', status: 422, body: { status: 'FAILED', error: 'worker lost' } },
		});
		await again(account, {}, elsewhere);
		expect(billed(account)).toBe(1);
	});
});

describe('Max Cost Per Run', () => {
	it('counts a video that is submitted again because its answer was lost', async () => {
		const account = here.account();
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const first = await run(account);
		const options = { resubmitUnknown: true, maxCostPerRun: 0.1 };
		const { error } = await run(account, { options }, { resume: asRetry(first.run) });
		expect(account.report().jobs).toHaveLength(1);
		expect(error?.message).toMatch(/Max Cost Per Run/);
	});
});

describe('Retry of an old execution whose video another one has delivered', () => {
	it('does not erase the note of a newer one', async () => {
		const account = withHistory();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const old = await run(account);
		expect(old.error).toBeDefined();
		const second = await run(account);
		expect(second.output).toHaveLength(1);
		expect(notes(account)).toEqual([]);
		await killed(account, 1);
		const [, newer] = account.report().jobs;
		const retried = await run(account, {}, { resume: asRetry(old.run) });
		expect(idsOf(retried)).toEqual(idsOf(second));
		const last = await again(account);
		expect(idsOf(last)).toEqual([newer.requestId]);
		expect(billed(account)).toBe(2);
	});
});

describe('A twin that failed, and a history that is late', () => {
	it('the video is not bought again without a refusal', async () => {
		const account = withHistory();
		inject(account, failing('Rain'));
		const failed = await run(account, {}, await elsewhere());
		expect(failed.error?.message).toMatch(/no face/);
		here.sandbox.set({ historyLagSeconds: 4 });
		await new Promise((resolve) => AbortSignal.timeout(4500).addEventListener('abort', resolve));
		await killed(account, 1);
		await run(account, {}, await elsewhere());
		expect(account.report().jobs).toHaveLength(2);
	});
});

describe('A batch of more than a thousand videos', () => {
	it('finds a note in the second slot: two executions wanted the video, the other one got its own', async () => {
		const table = new NoteTable();
		const open = () => new Notes(storeOf(table), 'w n', () => {});
		const now = Date.now();
		const [one, other] = [open(), open()];
		const first = await one.write('a', now);
		const second = await other.write('a', now);
		expect(second).toMatchObject({ slot: 2 });
		one.erase([first!]);
		await one.flush();
		for (const notesOfRun of [one, other]) notesOfRun.release();
		const hashes = ['a', ...Array.from({ length: 1000 }, (_, n) => `b${n}`)];
		const found = await open().find(hashes, [], now);
		expect(found).toEqual([second]);
	});
});

describe('Fields that were not sent, and that the history shows with the service’s defaults', () => {
	const samples = (name: string) => `${here.sandbox.filesUrl}/samples/${name}`;
	it.each<[string, () => IDataObject]>([
		['kling-o3-image2video', () => ({})],
		['kling-o3-text2video', () => ({ aspectRatio: '16:9' })],
		[
			'kling-o3-video2video-reference',
			() => ({ aspectRatio: '16:9', videoUrl: samples('waves.mp4') }),
		],
		['kling-o3-video2video-edit', () => ({ aspectRatio: '16:9', videoUrl: samples('waves.mp4') })],
	])('do not hide a video of %s', async (model, more) => {
		const account = withHistory();
		const parameters = { model, videoSource: 'url', ...more() };
		await killed(account, 1, parameters);
		const { output } = await again(account, parameters, elsewhere);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(1);
	});
});

describe('Another worker overwrites a note, and the rate limit lets nobody ask for its video for a minute', () => {
	it('the note is written again all the same, before this worker is killed', async () => {
		const account = withHistory();
		here.sandbox.set({ jobSeconds: 1 });
		let stop = () => {};
		const slow = { ...account, credential: { ...account.credential, requestsPerMinute: 1 } };
		const died = run(
			slow,
			{},
			{ node: await impatient(), onStart: (running) => (stop = running.stop) },
		);
		await here.sandbox.whenJobs((all) => all.length === 1, account.key);
		expect(notes(account).length).toBeGreaterThan(0);
		for (const key of noteTable.rows.keys()) {
			if (key.startsWith(`${workflowIdOf(account)} `)) noteTable.rows.set(key, []);
		}
		await new Promise((resolve) => AbortSignal.timeout(6000).addEventListener('abort', resolve));
		stop();
		await died;
		expect(notes(account).length).toBeGreaterThan(0);
		const { output } = await again(account);
		expect(output).toHaveLength(1);
		expect(billed(account)).toBe(1);
	});
});

describe('A tool of an AI agent that calls it itself, with Retry On Fail', () => {
	/** n8n's context for such a tool: each call is a run of its own, and none is repeated, for it ends without an error. */
	function asTool(): INodeType {
		const node = new KlingO3();
		const { execute } = node;
		node.execute = async function () {
			const { type } = this.getNode();
			const retries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
			const tool = { ...this.getNode(), ...retries, type: `${type}Tool` };
			const more = { getNode: () => tool, getNextRunIndex: () => 1 };
			const context = new Proxy(this, {
				get: (target, name) =>
					Reflect.get({ ...target, ...more }, name) ?? Reflect.get(target, name),
				has: (target, name) => name in more || name in target,
			});
			return await execute.call(context);
		};
		return node;
	}

	it('its refusal is used up: the next execution makes the video', async () => {
		const account = here.account();
		await killed(account, 1);
		const refused = await run(account, {}, { node: asTool() });
		expect(refused.output).toEqual([
			expect.objectContaining({ json: { error: expect.stringMatching(/An earlier execution/) } }),
		]);
		const next = await run(account, {}, { node: asTool() });
		expect(idsOf(next)).toHaveLength(1);
		expect(billed(account)).toBe(2);
	});
});

describe('A run that refuses one video, and waits for its other ones for longer than Segmind keeps requests', () => {
	const { ending } = NOTES;
	let forgetful: Sandbox;
	beforeAll(async () => {
		forgetful = await startTestSandbox({ recordSeconds: 10, jobSeconds: 0.2 });
		NOTES.ending = 500;
	});
	afterAll(async () => {
		NOTES.ending = ending;
		await forgetful.close();
	});

	it('does not keep a retry from the paid videos that it goes on with', async () => {
		const account = newAccount(forgetful);
		const [refused, paid, slow] = items(3);
		forgetful.inject({
			...{ key: account.key, stage: 'result', times: 2 },
			fault: { kind: 'respond', status: 401 },
		});
		// It ends with an error before it comes to its second video, which another execution submits.
		const options = { concurrency: 1 };
		const first = await run(account, { options }, { items: [paid, refused] });
		await run(account, {}, { items: [refused] });
		const [{ requestId }] = account.report().jobs;
		forgetful.set({ jobSeconds: 60 });
		let stop = () => {};
		const beside = run(
			account,
			{},
			{
				...{ items: [refused, slow], settings: CONTINUE },
				onStart: (running) => (stop = running.stop),
			},
		);
		await forgetful.whenJobs((all) => all.length === 3, account.key);
		AbortSignal.timeout(10_000).addEventListener('abort', () => stop());
		const retried = await run(
			account,
			{},
			{
				...{ settings: CONTINUE, resume: asRetry(first.run) },
			},
		);
		stop();
		await beside;
		expect(retried.output.map(({ json }) => json.requestId)).toEqual([requestId, undefined]);
		expect(retried.output[1].json.error).toMatch(/An earlier execution/);
	}, 60_000);
});

describe('A loop whose first round left a video that another execution has delivered since', () => {
	it('finds in its second round what a later execution has left in the same slot', async () => {
		const account = withHistory();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const node = new KlingO3();
		const { execute } = node;
		let round = 0;
		let delivered: Result | undefined;
		node.execute = async function () {
			if (++round === 2) {
				delivered = await run(account);
				await killed(account, 1);
			}
			return await execute.call(this);
		};
		const looped = await run(account, {}, { rounds: 2, settings: CONTINUE, node });
		const [first, second] = account.report().jobs.map(({ requestId }) => requestId);
		expect(idsOf(delivered!)).toEqual([first]);
		expect(idsOf(looped)).toEqual([second]);
		expect(billed(account)).toBe(2);
	});
});

describe('Stop in the moment when the videos are handed over', () => {
	it('n8n gets nothing, so the next execution does', async () => {
		const account = withHistory();
		let stop = () => {};
		noteTable.before = async () => {
			if (account.report().jobs.some((job) => job.billed)) stop();
			await latency();
		};
		const stopped = await run(account, {}, { onStart: (running) => (stop = running.stop) });
		noteTable.before = latency;
		// On a busy machine, Stop already comes while the video is fetched.
		expect(stopped.run.status).not.toBe('success');
		expect(notes(account).length).toBeGreaterThan(0);
		const next = await run(account);
		expect(idsOf(next)).toEqual(account.report().jobs.map(({ requestId }) => requestId));
		expect(billed(account)).toBe(1);
	});
});
