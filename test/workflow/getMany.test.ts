/**
 * Get Many against the sandbox's history.
 */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { DEFAULT_MODEL as MODEL } from '../../nodes/KlingO3/models';
import { RATE } from '../../nodes/segmind/schedule/slots';
import { HISTORY_ENVELOPES, HISTORY_TIMESTAMPS, type PastJob } from '../../sandbox';
import { runWorkflow, type Result, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Rows without a file, which nobody has to render. */
const FAILED: Partial<PastJob> = { status: 'FAILED' };

const here = useSandbox();

afterEach(() => {
	here.sandbox.set({
		historyAvailable: true,
		historyEnvelope: 'generations',
		historyTimestamp: 'iso',
		historyRowsPerRequest: 1,
		historyClockOffsetSeconds: 0,
	});
});

async function list(
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
): Promise<Result> {
	return await runWorkflow({
		credential: account.credential,
		parameters: { operation: 'getMany', ...parameters },
		...rest,
	});
}

/** Requests of earlier hours. @returns their IDs, the newest first */
async function past(
	account: TestAccount,
	hours: number[],
	known: Partial<PastJob> = FAILED,
): Promise<string[]> {
	const now = Date.now();
	const added: string[] = [];
	for (const ago of [...hours].sort((one, other) => one - other)) {
		added.push(await here.sandbox.addPast(account.key, { createdAt: now - ago * HOUR, ...known }));
	}
	return added;
}

const idsOf = (items: INodeExecutionData[]) => items.map(({ json }) => json.requestId);
const queriesOf = (account: TestAccount) =>
	here
		.requestsOf(account, 'history')
		.map(({ path }) => Object.fromEntries(new URL(path, 'http://a').searchParams));

describe('what it returns', () => {
	it('is an item for each video, the newest first, simplified', async () => {
		const account = here.account({}, { history: true });
		const image = `${here.sandbox.filesUrl}/samples/mountain.jpg`;
		const made = await runWorkflow({
			credential: account.credential,
			parameters: { imageUrl: image, prompt: 'Rain on the lake', duration: '3', mode: 'std' },
		});
		const [failed] = await past(account, [2], {
			...FAILED,
			prompt: 'Fog',
			error: 'Blocked by the content policy',
			tookSeconds: 12,
		});
		await past(here.account({}, { history: true }), [1]);

		const { output } = await list(account);
		const [{ requestId, videoUrl }] = made.output.map(({ json }) => json);
		expect(output).toEqual([
			{
				json: {
					...{ requestId, status: 'COMPLETED', model: MODEL, prompt: 'Rain on the lake' },
					videoUrl,
					videoUrlExpiresAt: expect.stringMatching(/^\d{4}-/),
					...{ duration: 3, cost: 0.63, createdAt: expect.stringMatching(/^\d{4}-/) },
					totalTime: expect.any(Number),
				},
				pairedItem: { item: 0 },
			},
			{
				json: {
					...{ requestId: failed, status: 'FAILED', model: MODEL, prompt: 'Fog' },
					...{ duration: 3, cost: 0, createdAt: expect.stringMatching(/^\d{4}-/) },
					totalTime: 12,
					errorMessage: 'Blocked by the content policy',
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(account.report().jobs).toHaveLength(2);
	});

	it("has Segmind's own row under response, with Simplify off", async () => {
		const account = here.account({}, { history: true });
		const [requestId] = await past(account, [1]);
		const { output } = await list(account, { simplify: false });
		expect(output[0].json).toMatchObject({
			requestId,
			response: {
				...{ request_id: requestId, model_status: 'FAILED', error: 'Generation failed' },
				request_body: { prompt: expect.any(String) },
			},
		});
		expect(output[0].json).not.toHaveProperty('error');
	});

	it('is nothing for an account without videos', async () => {
		const { output, error } = await list(here.account({}, { history: true }));
		expect(error).toBeUndefined();
		expect(output).toEqual([]);
	});

	it('is asked for by each item, and belongs to that item', async () => {
		const account = here.account({}, { history: true });
		const [rain] = await past(account, [1], { status: 'QUEUED' });
		const [fog, snow] = await past(account, [2, 3]);
		const { output } = await list(
			account,
			{ filters: { status: '={{ $json.status }}' } },
			{ items: [{ json: { status: 'failed' } }, { json: { status: 'PENDING' } }] },
		);
		expect(output.map(({ json, pairedItem }) => [json.requestId, pairedItem])).toEqual([
			[fog, { item: 0 }],
			[snow, { item: 0 }],
			[rain, { item: 1 }],
		]);
	});
});

describe('pages and periods', () => {
	it('return 50 by default, and as many as Limit says', async () => {
		const account = here.account({}, { history: true });
		const ids = await past(
			account,
			Array.from({ length: 60 }, (_, n) => n + 1),
		);
		expect(idsOf((await list(account)).output)).toEqual(ids.slice(0, 50));
		expect(queriesOf(account)).toHaveLength(1);
		expect(idsOf((await list(account, { limit: 7 })).output)).toEqual(ids.slice(0, 7));
		expect(queriesOf(account).at(-1)).toMatchObject({ per_page: '7', page: '1' });
	});

	it('return all of the last 7 days with Return All, each once', async () => {
		const account = here.account({}, { history: true });
		const ids = await past(
			account,
			Array.from({ length: 230 }, (_, n) => 0.5 + n * 0.7),
		);
		await past(account, [7 * 24 + 1]);
		const { output } = await list(account, { returnAll: true, limit: 3 });
		expect(idsOf(output)).toEqual(ids);
		expect(queriesOf(account).map(({ page, per_page }) => [page, per_page])).toEqual(
			['1', '2', '3'].map((page) => [page, '100']),
		);
	});

	it('go back further than 31 days, a window at a time', async () => {
		const account = here.account({}, { history: true });
		const ids = await past(
			account,
			[3, 30, 33, 62, 64, 90].map((days) => days * 24),
		);
		await past(account, [101 * 24]);
		const createdAfter = new Date(Date.now() - 100 * DAY).toISOString();
		const { output } = await list(account, { returnAll: true, filters: { createdAfter } });
		expect(idsOf(output)).toEqual(ids);
		const windows = [
			...new Set(queriesOf(account).map(({ from_date, to_date }) => `${from_date} ${to_date}`)),
		];
		expect(windows).toHaveLength(4);
		for (const window of windows) {
			const [from, to] = window.split(' ').map((date) => Date.parse(date));
			expect((to - from) / DAY).toBeLessThanOrEqual(30);
		}
		// Enough is enough: older windows are not asked for.
		const before = queriesOf(account).length;
		const few = await list(account, { limit: 2, filters: { createdAfter } });
		expect(idsOf(few.output)).toEqual(ids.slice(0, 2));
		expect(queriesOf(account)).toHaveLength(before + 1);
	});

	it('keep to the minute of both ends', async () => {
		const account = here.account({}, { history: true });
		const [, second, third] = await past(account, [24, 25, 26, 27]);
		const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
		const filters = { createdAfter: ago(26.5), createdBefore: ago(24.5) };
		expect(idsOf((await list(account, { filters })).output)).toEqual([second, third]);
	});

	it('read a time without a timezone in that of the workflow', async () => {
		const account = here.account({}, { history: true });
		const createdAt = Date.parse('2026-03-02T03:00:00Z');
		const requestId = await here.sandbox.addPast(account.key, { ...FAILED, createdAt });
		const on = async (createdAfter: string, createdBefore: string, timezone: string) =>
			idsOf(
				(
					await list(
						account,
						{ filters: { createdAfter, createdBefore } },
						{ workflowSettings: { timezone } },
					)
				).output,
			);
		expect(await on('2026-03-01', '2026-03-02', 'America/New_York')).toEqual([requestId]);
		expect(await on('2026-03-01', '2026-03-02', 'Europe/Berlin')).toEqual([]);
		expect(await on('2026-03-02T03:59:00', '2026-03-02T04:01:00', 'Europe/Berlin')).toEqual([
			requestId,
		]);
	});

	it('take DateTimes of an expression', async () => {
		const account = here.account({}, { history: true });
		const [recent] = await past(account, [1, 24 * 3]);
		const filters = { createdAfter: '={{ $now.minus({ days: 2 }) }}' };
		expect(idsOf((await list(account, { filters })).output)).toEqual([recent]);
	});

	it('have the newest too where the clock of the service is ahead', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ historyClockOffsetSeconds: 5 });
		const ids = await past(account, [0, 1]);
		expect(idsOf((await list(account)).output)).toEqual(ids);
	});
});

describe('filters', () => {
	it.each([
		['completed', 'COMPLETED'],
		['failed', 'FAILED'],
		['under way', 'PENDING'],
	])('by status: %s', async (_name, status) => {
		const account = here.account({}, { history: true });
		const ids = {
			COMPLETED: await past(account, [1], {}),
			FAILED: await past(account, [2]),
			PENDING: await past(account, [3], { status: 'PROCESSING' }),
		};
		const { output } = await list(account, { filters: { status } });
		expect(idsOf(output)).toEqual(ids[status as keyof typeof ids]);
	});

	it('by model: Kling O3 without a filter, all with an empty one', async () => {
		const account = here.account({}, { history: true });
		const [image] = await past(account, [1], { ...FAILED, model: 'flux-pro' });
		const [video] = await past(account, [2]);
		const [text] = await past(account, [3], { ...FAILED, model: 'kling-o3-text2video' });
		const listed = async (filters: IDataObject) => idsOf((await list(account, { filters })).output);
		expect(await listed({})).toEqual([video, text]);
		expect(await listed({ model: 'text2video' })).toEqual([text]);
		expect(await listed({ model: 'flux' })).toEqual([image]);
		expect(await listed({ model: '' })).toEqual([image, video, text]);
	});

	it.each([
		[{ status: 'DONE' }, /Status must be one of COMPLETED, FAILED, PENDING, not "DONE"/],
		[{ createdAfter: 'last week' }, /Created After is not a date: "last week"/],
		[{ createdBefore: '31.12.2026' }, /Created Before is not a date/],
		[
			{ createdAfter: '2026-05-02', createdBefore: '2026-05-01' },
			/Created After must be earlier than Created Before/,
		],
	])('that cannot be right are refused before anything is sent: %j', async (filters, message) => {
		const account = here.account({}, { history: true });
		const { error } = await list(account, { filters });
		expect(error?.message).toMatch(message);
		expect(here.requestsOf(account, 'history')).toEqual([]);
	});

	it('a Limit below 1 is refused', async () => {
		const { error } = await list(here.account({}, { history: true }), { limit: 0 });
		expect(error?.message).toBe('Limit must be a whole number from 1');
	});
});

describe('forms that the service does not document', () => {
	it.each(HISTORY_ENVELOPES)('the envelope %s', async (historyEnvelope) => {
		here.sandbox.set({ historyEnvelope });
		const account = here.account({}, { history: true });
		const ids = await past(account, [1, 2, 3]);
		expect(idsOf((await list(account, { limit: 2 })).output)).toEqual(ids.slice(0, 2));
		expect(idsOf((await list(account, { returnAll: true })).output)).toEqual(ids);
		expect(idsOf((await list(here.account({}, { history: true }))).output)).toEqual([]);
	});

	it.each(HISTORY_TIMESTAMPS)('times as %s', async (historyTimestamp) => {
		here.sandbox.set({ historyTimestamp });
		const account = here.account({}, { history: true });
		const createdAt = Math.floor(Date.now() / 1000 - 3600) * 1000;
		const requestId = await here.sandbox.addPast(account.key, { ...FAILED, createdAt });
		const { output } = await list(account);
		expect(idsOf(output)).toEqual([requestId]);
		expect(output[0].json.createdAt).toBe(
			historyTimestamp === 'none' ? undefined : new Date(createdAt).toISOString(),
		);
	});

	it('several rows of one request, also on two pages', async () => {
		here.sandbox.set({ historyRowsPerRequest: 3 });
		const account = here.account({}, { history: true });
		const ids = await past(account, [1, 2, 3, 4], {});
		expect(idsOf((await list(account, { limit: 2 })).output)).toEqual(ids.slice(0, 2));
		expect(idsOf((await list(account, { returnAll: true })).output)).toEqual(ids);
	});
});

describe('when the history cannot be read', () => {
	const respond = (status: number, body: string | object, contentType?: string) => ({
		kind: 'respond' as const,
		status,
		body,
		contentType,
	});

	it('switched off: says where to switch it on, and sends nothing', async () => {
		const account = here.account({}, { history: true });
		const credential = { ...account.credential, historyUrl: '' };
		const { error } = await list(account, {}, { credential });
		expect(error?.message).toMatch(/History URL in the Segmind credential is empty/);
		expect(error?.description).toMatch(/^Enter https:.*as History URL/);
		expect(here.sandbox.requests().filter(({ key }) => key === account.key)).toEqual([]);
	});

	it('not there: says which address to check', async () => {
		here.sandbox.set({ historyAvailable: false });
		const { error } = await list(here.account({}, { history: true }));
		expect(error).toMatchObject({ httpCode: '404' });
		expect(error?.message).toMatch(/could not be read: Segmind has no history at this address/);
	});

	it.each([
		['the key is refused', respond(401, { error: 'Unauthorized' }), 1, /refused the API key/],
		[
			'the account may not',
			respond(403, { error: 'Forbidden' }),
			1,
			/does not let this API key read it/,
		],
		[
			'a page of HTML',
			respond(200, '<html><body>Welcome</body></html>', 'text/html'),
			3,
			/in a form that this node does not understand/,
		],
		['no list in it', respond(200, { message: 'ok' }), 3, /does not understand/],
		['it stays broken', respond(503, 'Service Unavailable'), 3, /not available at the moment/],
		['nobody answers', { kind: 'reset' as const, when: 'before' as const }, 3, /not be reached/],
	])('%s: says so, and never the key', async (_name, fault, sent, message) => {
		const account = here.account({}, { history: true });
		await past(account, [1]);
		here.sandbox.inject({ stage: 'history', key: account.key, times: 0, fault });
		const { error, saved } = await list(account);
		expect(error?.message).toMatch(message);
		expect(here.requestsOf(account, 'history')).toHaveLength(sent);
		expect(saved).not.toContain(account.key);
	});

	it.each([
		['two server errors', { kind: 'respond', status: 500, body: 'Oops' }, 2],
		['a gateway error', { kind: 'respond', status: 502, body: '' }, 1],
		['a rate limit', { kind: 'rate-limit', seconds: 1 }, 1],
		['a cut connection', { kind: 'reset', when: 'after' }, 2],
	] as const)('%s: ridden out', async (_name, fault, times) => {
		const account = here.account({}, { history: true });
		const ids = await past(account, [1, 2]);
		here.sandbox.inject({ stage: 'history', key: account.key, times, fault });
		const { output, error } = await list(account);
		expect(error).toBeUndefined();
		expect(idsOf(output)).toEqual(ids);
	});

	it('with Continue, the other items go on', async () => {
		const account = here.account({}, { history: true });
		const ids = await past(account, [1]);
		const { output } = await list(
			account,
			{ limit: '={{ $json.limit }}' },
			{
				items: [{ json: { limit: 'many' } }, { json: { limit: '5' } }],
				settings: { onError: 'continueRegularOutput' },
			},
		);
		expect(output[0]).toMatchObject({ json: { error: expect.stringMatching(/Limit/) } });
		expect(output.slice(1).map(({ json, pairedItem }) => [json.requestId, pairedItem])).toEqual([
			[ids[0], { item: 1 }],
		]);
	});

	it('Stop ends it at once', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.inject({ stage: 'history', key: account.key, fault: { kind: 'hang' } });
		const before = Date.now();
		await list(
			account,
			{},
			{
				onStart: ({ stop }) =>
					void here.sandbox
						.whenRequests((requests) =>
							requests.some(({ key, stage }) => key === account.key && stage === 'history'),
						)
						.then(stop),
			},
		);
		expect(Date.now() - before).toBeLessThan(5000);
		expect(here.requestsOf(account, 'history')).toHaveLength(1);
	});
});

it("keeps to the account's rate limit", async () => {
	const { window } = RATE;
	RATE.window = 1000;
	try {
		const account = here.account({}, { history: true });
		const ids = await past(account, [1, 2, 3, 4], FAILED);
		const { output } = await list(
			account,
			{
				returnAll: true,
				filters: { createdAfter: new Date(Date.now() - 140 * DAY).toISOString() },
			},
			{ credential: { ...account.credential, requestsPerMinute: 2 } },
		);
		expect(idsOf(output)).toEqual(ids);
		const times = here.requestsOf(account, 'history').map(({ at }) => at);
		expect(times.length).toBeGreaterThan(3);
		for (let n = 2; n < times.length; n++) {
			expect(times[n] - times[n - 2]).toBeGreaterThan(900);
		}
	} finally {
		RATE.window = window;
	}
});
