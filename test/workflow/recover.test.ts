/**
 * Lost jobs are found in the account's history: looked for with a real session against the sandbox, judged by what
 * the sandbox made and by what came over the wire.
 */
import axios from 'axios';
import { sleep } from 'n8n-workflow';

import type { HistoryRow } from '../../nodes/segmind/job/history';
import {
	ANY,
	findLost,
	inFlight,
	knownRequests,
	windowOf,
	type Candidate,
	type Lost,
	type Wanted,
} from '../../nodes/segmind/job/recover';
import type { Session } from '../../nodes/segmind/job/session';
import { HISTORY } from '../../nodes/segmind/policy/history';
import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import { HISTORY_ENVELOPES, HISTORY_TIMESTAMPS, type Fault, type Settings } from '../../sandbox';
import { withHistory, type TestAccount } from './support/sandbox';
import { inSession } from './support/session';
import { useSandbox } from './support/useSandbox';

const MODEL = 'kling-o3-image2video';

const here = useSandbox();
let prompts = 0;

beforeAll(async () => {
	TIMEOUTS.history = 2000;
});
const USUAL: Partial<Settings> = {
	historyAvailable: true,
	historyLagSeconds: 0,
	historyEnvelope: 'generations',
	historyTimestamp: 'iso',
	historyRowsPerRequest: 1,
	historyClockOffsetSeconds: 0,
};
afterEach(() => {
	here.sandbox.set(USUAL);
});

const bodyOf = (prompt: string) => ({
	image_url: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
	prompt,
	duration: '3',
	generate_audio: false,
	mode: 'std',
	shot_type: 'customize',
});

/** A prompt that no other test uses. */
const newPrompt = () => `Rain, take ${++prompts}`;

/** Segmind accepts a job, and nobody hears of it. */
async function lose(account: TestAccount, prompt: string, more: object = {}): Promise<string> {
	const body = { ...bodyOf(prompt), ...more };
	const headers = { 'x-api-key': account.key };
	const { data } = await axios.post(`${here.sandbox.gatewayUrl}/v2/${MODEL}`, body, { headers });
	return (data as { request_id: string }).request_id;
}

const wantedOf = (prompt: string, rest: Partial<Wanted> = {}): Wanted => ({
	key: 'a',
	hash: prompt,
	model: MODEL,
	body: bodyOf(prompt),
	...windowOf(Date.now()),
	...rest,
});

const find = async (account: TestAccount, wanted: Wanted[], patience?: number) =>
	await inSession(account, async (session) => await findLost(session, wanted, { patience }));

const findOne = async (account: TestAccount, wanted: Wanted, patience?: number) =>
	(await find(account, [wanted], patience))[0];

const idOf = (lost: Lost) => (lost.state === 'found' ? lost.row.requestId : lost.state);

const historyRequests = (account: TestAccount) =>
	here.sandbox.requests().filter(({ origin, key }) => origin === 'history' && key === account.key);

const newHistory = () => withHistory(here.sandbox, here.account());

const injectHistory = (account: TestAccount, fault: Fault, times = 0) =>
	here.sandbox.inject({ stage: 'history', key: account.key, times, fault });

describe('A job whose answer was lost', () => {
	it('is found, with its state, and costs nothing more', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		const lost = await findOne(account, wantedOf(prompt));
		expect(lost).toMatchObject({ state: 'found', row: { requestId: id } });
		expect(account.report().jobs).toHaveLength(1);
	});

	it('that failed is found as failed', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			fault: { kind: 'fail-job', error: 'no face found' },
		});
		await lose(account, prompt);
		await here.sandbox.whenJobs(([job]) => job?.status === 'FAILED', account.key);
		// It counts in the last look only.
		const lost = await findOne(account, wantedOf(prompt), 0);
		expect(lost).toMatchObject({ row: { status: 'FAILED', error: 'no face found' } });
	});

	it('is waited for while the history shows only its twin that failed', async () => {
		here.sandbox.set({ historyLagSeconds: 1 });
		const account = newHistory();
		const prompt = newPrompt();
		await here.sandbox.addPast(account.key, {
			...{ createdAt: Date.now() - 60_000, status: 'FAILED', tookSeconds: 2 },
			...{ model: MODEL, prompt, body: bodyOf(prompt) },
		});
		const id = await lose(account, prompt);
		expect(idOf(await findOne(account, wantedOf(prompt)))).toBe(id);
	});

	it('is waited for while the history is behind', async () => {
		here.sandbox.set({ historyLagSeconds: 1 });
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		expect(idOf(await findOne(account, wantedOf(prompt)))).toBe(id);
		const asked = historyRequests(account).map(({ at }) => at);
		expect(asked.length).toBeGreaterThan(2);
		const pauses = asked.slice(1).map((at, index) => at - asked[index]);
		expect(pauses.at(-1)).toBeGreaterThan(pauses[0] * 1.5);
	});

	it('is absent when the patience is over, and was looked for all the time', async () => {
		const account = newHistory();
		const begun = performance.now();
		expect(await findOne(account, wantedOf(newPrompt()))).toEqual({ state: 'absent' });
		expect(performance.now() - begun).toBeGreaterThanOrEqual(HISTORY.patience);
		const asked = historyRequests(account).length;
		expect(asked).toBeGreaterThan(3);
		expect(asked).toBeLessThan(12);
	});

	it('is looked for once without patience', async () => {
		const account = newHistory();
		expect(await findOne(account, wantedOf(newPrompt()), 0)).toEqual({ state: 'absent' });
		expect(historyRequests(account)).toHaveLength(1);
	});

	it('is not taken from another account', async () => {
		const prompt = newPrompt();
		await lose(newHistory(), prompt);
		expect((await findOne(newHistory(), wantedOf(prompt), 0)).state).toBe('absent');
	});

	it('is found behind many newer requests, on a later page', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		for (let n = 0; n < 230; n++) {
			await here.sandbox.addPast(account.key, {
				createdAt: Date.now(),
				status: 'FAILED',
				prompt: `${n}`,
			});
		}
		expect(idOf(await findOne(account, wantedOf(prompt), 0))).toBe(id);
		expect(historyRequests(account)).toHaveLength(3);
	});

	it('is not looked for on pages that are older than it', async () => {
		const account = newHistory();
		const old = Date.now() - HISTORY.slack - 60_000;
		for (let n = 0; n < 230; n++) {
			await here.sandbox.addPast(account.key, { createdAt: old - n, status: 'FAILED' });
		}
		await findOne(account, wantedOf(newPrompt()), 0);
		expect(historyRequests(account)).toHaveLength(1);
	});

	it.each([-120, 120, -3000, 3000])('is found with a clock that is off by %d s', async (offset) => {
		here.sandbox.set({ historyClockOffsetSeconds: offset });
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		expect(idOf(await findOne(account, wantedOf(prompt), 0))).toBe(id);
	});
});

describe.each(HISTORY_ENVELOPES)('In the envelope "%s"', (historyEnvelope) => {
	it.each(HISTORY_TIMESTAMPS)('with times as "%s" it is found', async (historyTimestamp) => {
		here.sandbox.set({ historyEnvelope, historyTimestamp, historyRowsPerRequest: 2 });
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		await here.sandbox.whenJobs(([job]) => job?.billed ?? false, account.key);
		const lost = await findOne(account, wantedOf(prompt), 0);
		expect(idOf(lost)).toBe(id);
		const [{ videoUrl }] = account.report().jobs;
		expect((lost as { row: HistoryRow }).row).toMatchObject({ videoUrl, cost: 0.63 });
	});
});

it('Two equal requests without times are ambiguous, and none is taken', async () => {
	here.sandbox.set({ historyTimestamp: 'none' });
	const account = newHistory();
	const prompt = newPrompt();
	const ids = [await lose(account, prompt), await lose(account, prompt)];
	const lost = await findOne(account, wantedOf(prompt));
	expect(lost.state).toBe('absent');
	const { ambiguous } = lost as { ambiguous: HistoryRow[] };
	expect(ambiguous.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
	// More looking does not help.
	expect(historyRequests(account)).toHaveLength(1);
	expect(ids.some((id) => knownRequests.has(id))).toBe(false);
});

it('A file of an earlier run is found by what is known of its address', async () => {
	const account = newHistory();
	const prompt = newPrompt();
	const addresses = ['portrait', 'mountain'].map(
		(name) => `${here.sandbox.filesUrl}/samples/${name}.jpg`,
	);
	const ids: string[] = [];
	for (const image_url of addresses) ids.push(await lose(account, prompt, { image_url }));
	const wanted = wantedOf(prompt, { body: { ...bodyOf(prompt), image_url: ANY } });
	const sentTo = async (address: string) =>
		await inSession(account, async (session) => {
			const confirm = async (candidates: Candidate[]) =>
				candidates.map(({ row }) => row.body?.image_url === address);
			return await findLost(session, [wanted], { patience: 0, confirm });
		});
	expect((await sentTo('https://example.com/other.jpg')).map(idOf)).toEqual(['absent']);
	expect((await sentTo(addresses[1])).map(idOf)).toEqual([ids[1]]);
});

describe('With the history off', () => {
	it('nothing is asked', async () => {
		const account = here.account();
		const prompt = newPrompt();
		await lose(account, prompt);
		expect(await findOne(account, wantedOf(prompt))).toEqual({ state: 'off' });
		expect(historyRequests(account)).toEqual([]);
	});
});

describe('A history that cannot be read', () => {
	const answer = (status: number, body: string | object): Fault => ({
		kind: 'respond',
		status,
		body,
	});

	it.each<[string, Fault, RegExp]>([
		[
			'answers with HTML',
			answer(200, '<html><title>Sign in</title></html>'),
			/does not understand/,
		],
		['answers with something else', answer(200, { ok: true }), /does not understand/],
		['fails', answer(503, 'Service unavailable'), /not available/],
		['does not answer', { kind: 'hang' }, /no answer came in time/],
		['closes the connection', { kind: 'reset', when: 'before' }, /was closed/],
		['cuts its answer', { kind: 'malformed' }, /does not understand/],
	])('%s, is asked until the patience is over, and is not empty', async (_how, fault, text) => {
		const account = newHistory();
		injectHistory(account, fault);
		const lost = await findOne(account, wantedOf(newPrompt()));
		expect(lost).toMatchObject({
			state: 'unreadable',
			problem: { message: expect.stringMatching(text), billed: 'no' },
		});
		expect(historyRequests(account).length).toBeGreaterThan(1);
	});

	it.each<[string, Fault]>([
		['refuses the key', answer(401, { error: 'no' })],
		['forbids it', answer(403, { error: 'no' })],
		['refuses the query', answer(400, { error: 'from_date is wrong' })],
	])('%s: asking again would not help', async (_how, fault) => {
		const account = newHistory();
		injectHistory(account, fault);
		expect((await findOne(account, wantedOf(newPrompt()))).state).toBe('unreadable');
		expect(historyRequests(account)).toHaveLength(1);
	});

	it('is not there', async () => {
		here.sandbox.set({ historyAvailable: false });
		const account = newHistory();
		expect((await findOne(account, wantedOf(newPrompt()))).state).toBe('unreadable');
		expect(historyRequests(account)).toHaveLength(1);
	});

	it('at first is no reason to miss what it has later', async () => {
		const account = newHistory();
		injectHistory(account, answer(503, 'Service unavailable'), 2);
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		expect(idOf(await findOne(account, wantedOf(prompt)))).toBe(id);
	});

	it('later does not change that it was not there before', async () => {
		const account = newHistory();
		here.sandbox.inject({
			...{ stage: 'history', key: account.key, times: 0, skip: 1 },
			fault: answer(503, 'Service unavailable'),
		});
		expect((await findOne(account, wantedOf(newPrompt()))).state).toBe('absent');
	});

	it.each([401, 403, 500, 422])(
		'never tells the key, which its answer has (%d)',
		async (status) => {
			const account = newHistory();
			injectHistory(account, answer(status, { error: `The key ${account.key} is not known` }));
			const lost = await findOne(account, wantedOf(newPrompt()), 0);
			expect(lost.state).toBe('unreadable');
			expect(JSON.stringify(lost)).not.toContain(account.key);
		},
	);
});

describe('Many who look at the same time', () => {
	it('share one list', async () => {
		const account = newHistory();
		const jobs = await Promise.all(
			Array.from({ length: 10 }, async () => {
				const prompt = newPrompt();
				return { prompt, id: await lose(account, prompt) };
			}),
		);
		const found = await inSession(account, async (session) =>
			Promise.all(jobs.map(async ({ prompt }) => (await findLost(session, [wantedOf(prompt)]))[0])),
		);
		expect(found.map(idOf)).toEqual(jobs.map(({ id }) => id));
		expect(historyRequests(account)).toHaveLength(1);
	});

	it('never take the same request, in one execution or in several', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const ids = [await lose(account, prompt), await lose(account, prompt)];
		const wanted = () => wantedOf(prompt);
		const several = [1, 2, 3].map(async () => await find(account, [wanted(), wanted()], 300));
		const found = (await Promise.all(several)).flat().map(idOf);
		expect(found.filter((id) => id !== 'absent').sort()).toEqual([...ids].sort());
	});

	it('get the one that is nearest to their own submit', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const near = Date.now() - 120_000;
		const past = async (createdAt: number) =>
			await here.sandbox.addPast(account.key, {
				...{ createdAt, status: 'PROCESSING', prompt },
				body: bodyOf(prompt),
			});
		const [early, late] = [await past(near), await past(near + 60_000)];
		const found = await Promise.all([
			findOne(account, wantedOf(prompt, windowOf(near + 61_000))),
			findOne(account, wantedOf(prompt, windowOf(near + 1000))),
		]);
		expect(found.map(idOf)).toEqual([late, early]);
	});

	it('do not lose their list when the one who asked is stopped', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		injectHistory(account, { kind: 'hang' }, 1);
		let stop!: () => void;
		const begun = performance.now();
		const first = inSession(
			{ ...account, onStart: (running) => (stop = () => running.stop()) },
			async (session) => (await findLost(session, [wantedOf(prompt)]))[0],
		);
		await here.sandbox.whenRequests(() => historyRequests(account).length === 1);
		// It waits for the list of the first one, and gets one of its own: it looks only once.
		const second = findOne(account, wantedOf(prompt), 0);
		await sleep(200);
		stop();
		expect(idOf(await second)).toBe(id);
		expect(performance.now() - begun).toBeLessThan(TIMEOUTS.history);
		expect(await first).toMatchObject({ state: 'unreadable' });
	});
});

describe('Stop', () => {
	it('ends the looking at once, and nothing counts as absent', async () => {
		const account = newHistory();
		let stop!: () => void;
		const looked = inSession(
			{ ...account, onStart: (running) => (stop = () => running.stop()) },
			async (session) => await findLost(session, [wantedOf(newPrompt())], { patience: 60_000 }),
		);
		await here.sandbox.whenRequests(() =>
			historyRequests(account).some(({ status }) => status === 200),
		);
		const begun = performance.now();
		stop();
		expect(await looked).toMatchObject([{ state: 'unreadable' }]);
		expect(performance.now() - begun).toBeLessThan(1000);
	});
});

describe('A request that is known', () => {
	it('is not found a second time, until its run gives it back', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const id = await lose(account, prompt);
		expect(idOf(await findOne(account, wantedOf(prompt), 0))).toBe(id);
		expect(idOf(await findOne(account, wantedOf(prompt), 0))).toBe('absent');
		knownRequests.delete(id);
		expect(idOf(await findOne(account, wantedOf(prompt), 0))).toBe(id);
	});
});

describe('While another submit of the same body has no answer yet', () => {
	const look = async (session: Session, prompt: string) =>
		idOf((await findLost(session, [wantedOf(prompt)], { patience: 0 }))[0]);

	it.each([
		['by its hash', (prompt: string) => inFlight(prompt)],
		[
			'by its body',
			(prompt: string) => inFlight('another hash', { model: MODEL, body: bodyOf(prompt) }),
		],
	])('known %s, its request is not taken', async (_how, register) => {
		const account = newHistory();
		const prompt = newPrompt();
		await inSession(account, async (session) => {
			const answered = register(prompt);
			const id = await lose(account, prompt);
			expect(await look(session, prompt)).toBe('absent');
			answered(id);
			expect(await look(session, prompt)).toBe('absent');
		});
	});

	it('and that answer is lost too, it is there for both to find', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		await inSession(account, async (session) => {
			const answered = inFlight(prompt, { model: MODEL, body: bodyOf(prompt) });
			const id = await lose(account, prompt);
			expect(await look(session, prompt)).toBe('absent');
			answered();
			await sleep(HISTORY.fresh);
			expect(await look(session, prompt)).toBe(id);
		});
	});

	it('a request of long before is found all the same', async () => {
		const account = newHistory();
		const prompt = newPrompt();
		const createdAt = Date.now() - HISTORY.slack - 60_000;
		const id = await here.sandbox.addPast(account.key, {
			...{ createdAt, status: 'PROCESSING', prompt },
			body: bodyOf(prompt),
		});
		await inSession(account, async (session) => {
			const answered = inFlight(prompt, { model: MODEL, body: bodyOf(prompt) });
			const wanted = wantedOf(prompt, windowOf(createdAt));
			expect((await findLost(session, [wanted], { patience: 0 })).map(idOf)).toEqual([id]);
			answered();
		});
	});
});
