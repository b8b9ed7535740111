import { caller, http, inspect, MODEL, useSandbox, type Caller } from './support';
import { HISTORY_ENVELOPES, type Fault, type Settings } from '../../sandbox';
import { probe } from '../../sandbox/render/probe';

const sandbox = useSandbox();
const DAY = 24 * 60 * 60 * 1000;
const LIST = 'request-history';

interface Row {
	request_id: string;
	model_name: string;
	model_status: string;
	credits_deduction: number;
	request_body: Record<string, unknown>;
	generation_url: string | null;
	latency_ms: number | null;
	model_created: string;
	updated_at: string;
	error?: string;
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const rows = async (me: Caller, query: object = {}, path = LIST): Promise<Row[]> => {
	const { status, data } = await me.history(path, query);
	expect(status).toBe(200);
	return (data as { generations: Row[] }).generations;
};
const ids = async (me: Caller, query: object = {}, path = LIST) =>
	(await rows(me, query, path)).map(({ request_id }) => request_id);

/** Settings for one test. */
async function having(settings: Partial<Settings>, test: () => Promise<void>): Promise<void> {
	const { data: before } = await inspect(sandbox.current).get<Settings>('/settings');
	sandbox.current.set(settings);
	try {
		await test();
	} finally {
		sandbox.current.set(before);
	}
}

describe('a row of the history', () => {
	it('of a completed request has its inputs, its cost, its video and its times', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		const [job] = sandbox.current.account(me.key).jobs;
		expect(await rows(me)).toEqual([
			{
				request_id: id,
				model_name: MODEL,
				model_status: 'COMPLETED',
				credits_deduction: 0.84,
				// What was sent, and what was not: defaults and nulls.
				request_body: {
					...me.body(),
					mode: 'pro',
					shot_type: 'customize',
					generate_audio: false,
					end_image_url: null,
					multi_prompt: null,
					seed: null,
				},
				generation_url: job.videoUrl,
				latency_ms: job.completedAt! - job.createdAt,
				model_created: new Date(job.createdAt).toISOString(),
				updated_at: new Date(job.completedAt!).toISOString(),
			},
		]);
	});

	it('of a failed request says why and costs nothing', async () => {
		const me = caller(sandbox.current);
		sandbox.current.inject({ stage: 'submit', fault: { kind: 'fail-job', error: 'No such luck' } });
		const request_id = await me.finish();
		expect(await rows(me)).toMatchObject([
			{
				request_id,
				model_status: 'FAILED',
				credits_deduction: 0,
				generation_url: null,
				error: 'No such luck',
			},
		]);
	});

	it('of a request under way is pending, then completed', async () => {
		await having({ jobSeconds: 0.4 }, async () => {
			const me = caller(sandbox.current);
			const { data } = await me.submit();
			expect(await rows(me)).toMatchObject([
				{
					request_id: data.request_id,
					model_status: 'PENDING',
					credits_deduction: 0,
					generation_url: null,
					latency_ms: null,
				},
			]);
			await sandbox.current.whenJobs(([job]) => job.billed, me.key);
			expect(await rows(me)).toMatchObject([{ model_status: 'COMPLETED' }]);
		});
	});

	it('is there for the synchronous call, for a lost answer, and after the record is gone', async () => {
		const me = caller(sandbox.current);
		await me.generate();
		sandbox.current.inject({ stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		await expect(me.submit()).rejects.toThrow();
		const id = await me.finish();
		sandbox.current.expire(id);
		expect((await me.status(id)).status).toBe(404);
		const jobs = sandbox.current.account(me.key).jobs.map(({ requestId }) => requestId);
		expect(jobs).toHaveLength(3);
		expect((await ids(me)).sort()).toEqual(jobs.sort());
		expect((await me.history(`${LIST}/${id}`)).data).toMatchObject({ request_id: id });
	});
});

describe('the list', () => {
	/** One request a day, `days` ago each; their IDs by age. */
	async function account(...days: number[]): Promise<{ me: Caller; past: string[]; now: number }> {
		const me = caller(sandbox.current);
		const now = Date.now();
		const past: string[] = [];
		for (const ago of days)
			past.push(await sandbox.current.addPast(me.key, { createdAt: now - ago * DAY }));
		return { me, past, now };
	}

	it('shows the last seven UTC days, today included, newest first, unless told otherwise', async () => {
		const { me, past } = await account(8, 7, 6, 1, 0);
		expect(await ids(me)).toEqual([past[4], past[3], past[2]]);
	});

	it('shows the days from and to, both inclusive, 31 at most', async () => {
		const { me, past, now } = await account(60, 40, 31, 30);
		const ask = async (from: number, to: number) =>
			await me.history(LIST, {
				from_date: dayOf(now - from * DAY),
				to_date: dayOf(now - to * DAY),
			});
		expect((await ask(40, 40)).data.generations).toMatchObject([{ request_id: past[1] }]);
		expect((await ask(60, 30)).data.generations).toHaveLength(4);
		const refused = await ask(60, 29);
		expect([refused.status, refused.data]).toEqual([400, { error: expect.stringMatching('31') }]);
		expect((await ask(3, 4)).status).toBe(400);
		// One bound alone: the other is today, or six days earlier.
		expect(await ids(me, { from_date: dayOf(now - 30 * DAY) })).toEqual([past[3]]);
		expect(await ids(me, { to_date: dayOf(now - 25 * DAY) })).toEqual([past[2], past[3]].reverse());
		expect((await me.history(LIST, { from_date: dayOf(now - 31 * DAY) })).status).toBe(400);
	});

	it('comes in pages', async () => {
		const me = caller(sandbox.current);
		const now = Date.now();
		for (let index = 0; index < 23; index++)
			await sandbox.current.addPast(me.key, {
				createdAt: now - 1000 - index,
				requestId: `${me.key}-${index}`,
			});
		const wanted = Array.from({ length: 23 }, (_, index) => `${me.key}-${index}`);
		const { data } = await me.history(LIST);
		expect(data.pagination).toEqual({ page: 1, per_page: 20, total: 23, total_pages: 2 });
		const second = await ids(me, { page: 2 });
		expect([...(data.generations as Row[]).map((row) => row.request_id), ...second]).toEqual(
			wanted,
		);
		expect(await ids(me, { per_page: 5, page: 5 })).toEqual(wanted.slice(20));
		expect(await ids(me, { page: 3 })).toEqual([]);
		expect(await ids(me, { per_page: 100 })).toEqual(wanted);
	});

	it('can be limited to a part of the model, or a status, and sorted', async () => {
		const me = caller(sandbox.current);
		const createdAt = Date.now() - 1000;
		const add = sandbox.current.addPast;
		const dear = await add(me.key, { createdAt, cost: 5.25, model: 'b-model' });
		const cheap = await add(me.key, { createdAt: createdAt - 1, cost: 0.63, model: 'a-model' });
		const failed = await add(me.key, { createdAt: createdAt - 2, status: 'FAILED' });
		const running = await add(me.key, { createdAt: createdAt - 3, status: 'PROCESSING' });
		expect(await ids(me, { model_name: '-model' })).toEqual([dear, cheap]);
		expect(await ids(me, { model_name: 'kling' })).toEqual([failed, running]);
		expect(await ids(me, { status: 'COMPLETED' })).toEqual([dear, cheap]);
		expect(await ids(me, { status: 'FAILED' })).toEqual([failed]);
		expect(await ids(me, { status: 'PENDING' })).toEqual([running]);
		expect(await ids(me, { sort_order: 'asc' })).toEqual([running, failed, cheap, dear]);
		expect((await ids(me, { sort_by: 'model_name', sort_order: 'asc' })).slice(0, 2)).toEqual([
			cheap,
			dear,
		]);
		expect((await ids(me, { sort_by: 'credits_deduction' })).slice(0, 2)).toEqual([dear, cheap]);
	});

	it.each([
		[{ per_page: 101 }, 422],
		[{ per_page: 0 }, 422],
		[{ page: 'x' }, 422],
		[{ status: 'QUEUED' }, 422],
		[{ sort_by: 'prompt' }, 422],
		[{ sort_order: 'up' }, 422],
		[{ from_date: '24.12.2026' }, 400],
		[{ to_date: '2026-13-01' }, 400],
	])('refuses %j with %i', async (query, status) => {
		expect((await caller(sandbox.current).history(LIST, query)).status).toBe(status);
	});

	it('of outputs has the completed requests alone, with names of its own for the dates', async () => {
		const { me, past, now } = await account(20, 0);
		await sandbox.current.addPast(me.key, { createdAt: now - 1, status: 'FAILED' });
		await sandbox.current.addPast(me.key, { createdAt: now - 1, status: 'QUEUED' });
		expect(await ids(me, {}, 'generations')).toEqual([past[1]]);
		const dates = { start_date: dayOf(now - 20 * DAY), end_date: dayOf(now - 20 * DAY) };
		expect(await ids(me, dates, 'generations')).toEqual([past[0]]);
	});
});

describe('whose history', () => {
	it('is that of the key, and no other sees a request, by list or by ID', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		const stranger = caller(sandbox.current);
		expect(await ids(stranger)).toEqual([]);
		expect((await stranger.history(`${LIST}/${id}`)).status).toBe(404);
		expect((await me.history(`${LIST}/nothing`)).status).toBe(404);
	});

	it.each([LIST, `${LIST}/x`, 'generations'])('%s answers 401 without a good key', async (path) => {
		const url = `${sandbox.current.historyUrl}/inference-request/${path}`;
		expect((await http.get(url)).data.error_description).toMatch(/^Missing/);
		const { status, data } = await http.get(url, { headers: { 'x-api-key': 'SG_nobody' } });
		expect([status, data.error_description]).toEqual([401, 'Invalid API key']);
	});

	it('is asked for at a host of its own, and counts against the rate limit', async () => {
		const me = caller(sandbox.current, { requestsPerMinute: 1 });
		await me.history(LIST);
		expect((await me.history(LIST)).status).toBe(429);
		const mine = sandbox.current.requests().filter(({ key }) => key === me.key);
		expect(mine).toMatchObject(
			Array(2).fill({ origin: 'history', stage: 'history', method: 'GET' }),
		);
		const path = `/inference-request/${LIST}`;
		expect((await http.get(sandbox.current.gatewayUrl + path)).status).toBe(404);
		expect((await http.post(sandbox.current.historyUrl + path, {})).status).toBe(405);
		expect((await http.get(sandbox.current.historyUrl)).status).toBe(404);
	});
});

describe('settings of the history', () => {
	it('lag: new requests, and changes of status, come later', async () => {
		// The status changes two seconds apart: a busy machine must not miss the first one.
		await having({ historyLagSeconds: 3, jobSeconds: 2 }, async () => {
			const me = caller(sandbox.current);
			const id = await me.finish();
			const [{ createdAt, completedAt }] = sandbox.current.account(me.key).jobs;
			expect(completedAt! - createdAt).toBeLessThan(2900);
			expect(await rows(me)).toEqual([]);
			expect((await me.history(`${LIST}/${id}`)).status).toBe(404);
			const seen: string[] = [];
			for (;;) {
				const [row] = await rows(me);
				if (row && seen.at(-1) !== row.model_status) {
					seen.push(row.model_status);
					const after = row.model_status === 'PENDING' ? createdAt : completedAt!;
					expect(Date.now() - after).toBeGreaterThanOrEqual(3000);
				}
				if (row?.model_status === 'COMPLETED') break;
			}
			expect(seen).toEqual(['PENDING', 'COMPLETED']);
		});
	});

	it('available: without it every address is unknown, whatever the key', async () => {
		await having({ historyAvailable: false }, async () => {
			const me = caller(sandbox.current);
			const id = await me.finish();
			for (const path of [LIST, `${LIST}/${id}`, 'generations'])
				expect((await me.history(path)).status).toBe(404);
			const { historyUrl } = sandbox.current;
			expect((await http.get(`${historyUrl}/inference-request/${LIST}`)).status).toBe(404);
		});
	});

	it.each(HISTORY_ENVELOPES)('envelope %s, of a list and of one row', async (historyEnvelope) => {
		await having({ historyEnvelope }, async () => {
			const me = caller(sandbox.current);
			const row = expect.objectContaining({ request_id: await me.finish() }) as object;
			const pagination = { page: 1, per_page: 20, total: 1, total_pages: 1 };
			const forms: Record<Settings['historyEnvelope'], [list: object, single: object]> = {
				generations: [{ generations: [row], pagination }, row],
				data: [{ data: [row], pagination }, { data: row }],
				rows: [{ rows: [row], total: 1 }, { rows: [row] }],
				array: [[row], [row]],
			};
			const [list, single] = forms[historyEnvelope];
			const [{ request_id }] = sandbox.current.account(me.key).jobs.map((job) => ({
				request_id: job.requestId,
			}));
			expect((await me.history(LIST)).data).toEqual(list);
			expect((await me.history(`${LIST}/${request_id}`)).data).toEqual(single);
		});
	});

	it.each<[Settings['historyTimestamp'], (at: number) => unknown]>([
		['iso', (at) => new Date(at).toISOString()],
		['iso-without-zone', (at) => new Date(at).toISOString().slice(0, -1)],
		['epoch-seconds', (at) => Math.floor(at / 1000)],
		['none', () => undefined],
	])('timestamp %s', async (historyTimestamp, form) => {
		await having({ historyTimestamp }, async () => {
			const me = caller(sandbox.current);
			await me.finish();
			const [{ createdAt, completedAt }] = sandbox.current.account(me.key).jobs;
			const [row] = await rows(me);
			expect([row.model_created, row.updated_at]).toEqual([form(createdAt), form(completedAt!)]);
		});
	});

	it.each([3600, -3600])(
		'clock offset of %i s: the times and days of its clock',
		async (offset) => {
			await having({ historyClockOffsetSeconds: offset }, async () => {
				const me = caller(sandbox.current);
				await me.finish();
				const [{ createdAt }] = sandbox.current.account(me.key).jobs;
				const [row] = await rows(me);
				expect(Date.parse(row.model_created)).toBe(createdAt + offset * 1000);
				// A day that is over here but not there, or the reverse.
				const now = Date.now();
				const edge = now - (now % DAY) - 10 * DAY - Math.sign(offset) * 60_000;
				await sandbox.current.addPast(me.key, { createdAt: edge });
				const date = dayOf(edge + offset * 1000);
				expect(date).not.toBe(dayOf(edge));
				expect(await rows(me, { from_date: date, to_date: date })).toHaveLength(1);
			});
		},
	);

	it('rows per request: one for each output, with the whole cost each', async () => {
		await having({ historyRowsPerRequest: 3 }, async () => {
			const me = caller(sandbox.current);
			const id = await me.finish();
			await sandbox.current.addPast(me.key, { createdAt: Date.now() - 1, status: 'FAILED' });
			const all = await rows(me);
			const mine = all.filter((row) => row.request_id === id);
			expect([all.length, mine.length]).toEqual([4, 3]);
			expect(new Set(mine.map((row) => row.generation_url)).size).toBe(3);
			expect(mine.map((row) => row.credits_deduction)).toEqual([0.84, 0.84, 0.84]);
			for (const { generation_url } of mine)
				expect((await http.head(generation_url!)).status).toBe(200);
			expect(await rows(me, { per_page: 2, page: 2 })).toHaveLength(2);
			expect((await me.history(`${LIST}/${id}`)).data).toEqual(mine[0]);
		});
	});

	it('can be changed over HTTP', async () => {
		const client = inspect(sandbox.current);
		const { data: before } = await client.get<Settings>('/settings');
		const changed: Partial<Settings> = {
			historyAvailable: false,
			historyLagSeconds: 2.5,
			historyEnvelope: 'array',
			historyTimestamp: 'none',
			historyRowsPerRequest: 2,
			historyClockOffsetSeconds: -5,
		};
		expect((await client.post('/settings', changed)).data).toEqual({ ...before, ...changed });
		await client.post('/settings', before);
		const url = `${sandbox.current.gatewayUrl}/_sandbox/settings`;
		for (const wrong of [{ historyEnvelope: 'xml' }, { historyRowsPerRequest: 0 }])
			expect((await http.post(url, wrong)).status).toBe(400);
	});
});

describe('faults of the history', () => {
	it('respond, delay, malformed, cut and redirect, of a list and of one request', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish({ prompt: 'A storm rises' });
		const inject = (fault: Fault, match = {}) =>
			sandbox.current.inject({ stage: 'history', fault, match, key: me.key });
		const html = {
			kind: 'respond',
			status: 200,
			body: '<html>',
			contentType: 'text/html',
		} as const;
		inject(html);
		expect((await me.history(LIST)).data).toBe('<html>');
		inject({ kind: 'delay', ms: 150 });
		const before = Date.now();
		expect(await ids(me)).toEqual([id]);
		expect(Date.now() - before).toBeGreaterThanOrEqual(145);
		inject({ kind: 'malformed' });
		expect(typeof (await me.history(LIST)).data).toBe('string');
		inject({ kind: 'cut', afterBytes: 10 });
		await expect(me.history(LIST)).rejects.toThrow();
		inject({ kind: 'redirect', to: sandbox.current.filesUrl });
		expect((await me.history(LIST)).status).toBe(302);
		inject({ kind: 'respond', status: 503 }, { prompt: 'storm' });
		expect((await me.history(LIST)).status).toBe(200);
		expect((await me.history(`${LIST}/${id}`)).status).toBe(503);
		expect((await me.history(`${LIST}/${id}`)).status).toBe(200);
	});

	it('reset, hang and stall', async () => {
		const me = caller(sandbox.current);
		const inject = (fault: Fault) => sandbox.current.inject({ stage: 'history', fault });
		inject({ kind: 'reset', when: 'before' });
		await expect(me.history(LIST)).rejects.toMatchObject({ code: 'ECONNRESET' });
		for (const fault of [{ kind: 'hang' }, { kind: 'stall', afterBytes: 5 }] as const) {
			inject(fault);
			await expect(me.history(LIST, {}, { timeout: 150 })).rejects.toThrow('timeout');
		}
		expect((await me.history(LIST)).status).toBe(200);
	});
});

describe('a request of an earlier day', () => {
	it('has a real video, is in the books, and was paid before', async () => {
		const me = caller(sandbox.current, { credits: 10 });
		const createdAt = Date.now() - 3 * DAY;
		const id = await sandbox.current.addPast(me.key, {
			...{ createdAt, prompt: 'An old storm', cost: 1.23, tookSeconds: 100 },
			body: { duration: '4', generate_audio: true },
		});
		const report = sandbox.current.account(me.key);
		expect(report).toMatchObject({ balance: 10, spent: 1.23 });
		expect(report.jobs).toMatchObject([
			{ requestId: id, model: MODEL, status: 'COMPLETED', cost: 1.23, billed: true, createdAt },
		]);
		const [row] = await rows(me);
		expect(row).toMatchObject({
			request_id: id,
			latency_ms: 100_000,
			credits_deduction: 1.23,
			request_body: { prompt: 'An old storm', duration: '4' },
		});
		const media = await probe(row.generation_url!);
		expect(media).toMatchObject({ hasVideo: true, hasAudio: true });
		expect(media.durationSeconds).toBeCloseTo(4, 0);
		// The record is gone after an hour; the history is not.
		expect((await me.status(id)).status).toBe(404);
	});

	it('that is not an hour old has its record, and one of this minute has ended before now', async () => {
		const me = caller(sandbox.current);
		const id = await sandbox.current.addPast(me.key, { createdAt: Date.now() - 60_000 });
		expect((await me.result(id)).data).toMatchObject({ status: 'COMPLETED' });
		expect(await rows(me)).toMatchObject([{ request_id: id, model_status: 'COMPLETED' }]);
	});

	it.each([
		[8, undefined, 404],
		[8, false, 200],
		[6, undefined, 200],
		[6, true, 404],
	])('%i days old, fileExpired %s: its file answers %i', async (days, fileExpired, status) => {
		const me = caller(sandbox.current);
		const createdAt = Date.now() - days * DAY;
		const id = await sandbox.current.addPast(me.key, { createdAt, fileExpired });
		const { data } = await me.history(`${LIST}/${id}`);
		expect((await http.head(data.generation_url as string)).status).toBe(status);
	});

	it('can have failed, or still be under way', async () => {
		const me = caller(sandbox.current);
		const createdAt = Date.now() - 60_000;
		await sandbox.current.addPast(me.key, { createdAt, status: 'FAILED', error: 'Too wild' });
		await sandbox.current.addPast(me.key, { createdAt, status: 'PROCESSING' });
		expect(await rows(me)).toMatchObject([
			{ model_status: 'FAILED', error: 'Too wild', credits_deduction: 0 },
			{ model_status: 'PENDING', generation_url: null },
		]);
		expect(sandbox.current.account(me.key).spent).toBe(0);
	});

	it('can be added over HTTP', async () => {
		const me = caller(sandbox.current);
		const client = inspect(sandbox.current);
		const pathOf = (key: string) => `/accounts/${key}/past`;
		const past = { createdAt: Date.now() - DAY, requestId: `${me.key}/1`, prompt: 'From afar' };
		expect((await client.post(pathOf(me.key), past)).data).toEqual({ requestId: past.requestId });
		expect(await rows(me)).toMatchObject([{ request_body: { prompt: 'From afar' } }]);
		const single = await me.history(`${LIST}/${encodeURIComponent(past.requestId)}`);
		expect(single.data).toMatchObject({ request_id: past.requestId });
		await expect(client.post(pathOf(me.key), past)).rejects.toThrow('409');
		await expect(client.post(pathOf('SG_nobody'), past)).rejects.toThrow('404');
		await expect(sandbox.current.addPast(me.key, past)).rejects.toThrow('exists');
	});
});
