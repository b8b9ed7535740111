/**
 * Get Usage against the sandbox's history. Luxon, as n8n has it, is what the timezones are compared with.
 */
import { DateTime } from 'luxon';
import type { IDataObject } from 'n8n-workflow';

import { DEFAULT_MODEL as MODEL } from '../../nodes/KlingO3/models';
import { HISTORY_ENVELOPES, type PastJob } from '../../sandbox';
import { runWorkflow, type Result, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const here = useSandbox();

afterEach(() => {
	here.sandbox.set({
		historyAvailable: true,
		historyEnvelope: 'generations',
		historyTimestamp: 'iso',
		historyRowsPerRequest: 1,
	});
});

async function usage(
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
): Promise<Result> {
	return await runWorkflow({
		credential: account.credential,
		parameters: { resource: 'account', operation: 'getUsage', ...parameters },
		...rest,
	});
}

/** A request at a time. */
const add = async (
	account: TestAccount,
	createdAt: string | number,
	known: Partial<PastJob> = {},
) =>
	await here.sandbox.addPast(account.key, {
		createdAt: typeof createdAt === 'string' ? Date.parse(createdAt) : createdAt,
		...known,
	});

const OCTOBER = { from: '2025-10-01', to: '2025-10-31' };
const utc = { workflowSettings: { timezone: 'UTC' } };

it('sums up a period, by model and by day, for what the account was charged', async () => {
	const account = here.account({}, { history: true });
	await add(account, '2025-09-30T23:59:59Z', { cost: 9 });
	await add(account, '2025-10-01T00:00:00Z', { cost: 0.63 });
	await add(account, '2025-10-01T18:00:00Z', { cost: 0.05, model: 'flux-pro' });
	await add(account, '2025-10-17T12:00:00Z', { status: 'FAILED', cost: 4 });
	await add(account, '2025-10-31T23:59:59Z', { cost: 1.4 });
	await add(account, '2025-11-01T00:00:00Z', { cost: 9 });
	await add(here.account({}, { history: true }), '2025-10-17T12:00:00Z', { cost: 9 });

	const { output } = await usage(account, OCTOBER, utc);
	expect(output).toEqual([
		{
			json: {
				from: '2025-10-01T00:00:00.000Z',
				to: '2025-11-01T00:00:00.000Z',
				cost: 2.08,
				currency: 'USD',
				...{ count: 4, failed: 1, pending: 0, withoutCost: 0 },
				byModel: [
					{ model: MODEL, cost: 2.03, count: 3 },
					{ model: 'flux-pro', cost: 0.05, count: 1 },
				],
				byDay: [
					{ date: '2025-10-01', cost: 0.68, count: 2 },
					{ date: '2025-10-17', cost: 0, count: 1 },
					{ date: '2025-10-31', cost: 1.4, count: 1 },
				],
			},
			pairedItem: { item: 0 },
		},
	]);
});

describe.each(['America/New_York', 'Pacific/Auckland', 'UTC'])('in %s', (timezone) => {
	const zone = { workflowSettings: { timezone } };

	it('a day is one of the timezone of the workflow', async () => {
		const account = here.account({}, { history: true });
		const midnight = DateTime.fromISO('2025-10-01T00:00:00', { zone: timezone });
		await add(account, midnight.toMillis() - 1000, { cost: 9 });
		await add(account, midnight.toMillis(), { cost: 1 });
		await add(account, midnight.plus({ days: 31 }).toMillis() - 1000, { cost: 2 });
		await add(account, midnight.plus({ days: 31 }).toMillis(), { cost: 9 });
		const { output } = await usage(account, OCTOBER, zone);
		expect(output[0].json).toMatchObject({
			cost: 3,
			byDay: [
				{ date: '2025-10-01', cost: 1 },
				{ date: '2025-10-31', cost: 2 },
			],
		});
	});

	it('the period is this month so far, when none is given', async () => {
		const account = here.account({}, { history: true });
		const start = DateTime.now().setZone(timezone).startOf('month');
		await add(account, start.toMillis() - 1000, { cost: 9 });
		await add(account, start.toMillis(), { cost: 1 });
		await add(account, Date.now() - 10, { cost: 2 });
		const { output } = await usage(account, {}, zone);
		expect(output[0].json).toMatchObject({ from: start.toUTC().toISO(), cost: 3, count: 2 });
		expect(Date.parse(String(output[0].json.to))).toBeLessThanOrEqual(Date.now());
	});

	it('the period begins with the month of To, when From is empty', async () => {
		const account = here.account({}, { history: true });
		const start = DateTime.fromISO('2025-10-01', { zone: timezone });
		await add(account, start.toMillis() - 1000, { cost: 9 });
		await add(account, start.toMillis(), { cost: 1 });
		const { output } = await usage(account, { to: '2025-10-31' }, zone);
		expect(output[0].json).toMatchObject({
			from: start.toUTC().toISO(),
			to: start.plus({ months: 1 }).toUTC().toISO(),
			cost: 1,
		});
	});
});

it('takes DateTimes of an expression, for each item', async () => {
	const account = here.account({}, { history: true });
	await add(account, '2025-10-17T12:00:00Z', { cost: 1 });
	await add(account, '2025-09-17T12:00:00Z', { cost: 2 });
	const from = '={{ DateTime.fromISO($json.month) }}';
	const to = '={{ DateTime.fromISO($json.month).plus({ months: 1 }) }}';
	const items = ['2025-09-01', '2025-10-01'].map((month) => ({ json: { month } }));
	const { output } = await usage(account, { from, to }, { ...utc, items });
	expect(output.map(({ json, pairedItem }) => [json.cost, pairedItem])).toEqual([
		[2, { item: 0 }],
		[1, { item: 1 }],
	]);
});

it('of a long period needs as many windows and pages as it takes', async () => {
	const account = here.account({}, { history: true });
	const day = 86_400_000;
	const first = Date.parse('2025-03-01T00:00:00Z');
	for (let n = 0; n < 240; n++) await add(account, first + n * (day / 2), { status: 'FAILED' });
	await add(account, first + 50 * day, { cost: 1 });
	await add(account, first + 100 * day, { cost: 2 });
	const { output } = await usage(account, { from: '2025-03-01', to: '2025-07-31' }, utc);
	expect(output[0].json).toMatchObject({ cost: 3, count: 242, failed: 240 });
});

it('counts a request with several outputs once', async () => {
	here.sandbox.set({ historyRowsPerRequest: 3 });
	const account = here.account({}, { history: true });
	for (let n = 1; n <= 40; n++) await add(account, `2025-10-01T00:00:${n + 10}Z`, { cost: 0.5 });
	// 120 rows: the outputs of one request are on two pages.
	expect((await usage(account, OCTOBER, utc)).output[0].json).toMatchObject({
		cost: 20,
		count: 40,
	});
});

it.each(HISTORY_ENVELOPES)('reads the envelope %s', async (historyEnvelope) => {
	here.sandbox.set({ historyEnvelope });
	const account = here.account({}, { history: true });
	await add(account, '2025-10-17T12:00:00Z', { cost: 1 });
	expect((await usage(account, OCTOBER, utc)).output[0].json.cost).toBe(1);
	expect((await usage(here.account({}, { history: true }), OCTOBER, utc)).output[0].json.cost).toBe(
		0,
	);
});

it('sums up the days that the service chose where rows have no times', async () => {
	here.sandbox.set({ historyTimestamp: 'none' });
	const account = here.account({}, { history: true });
	await add(account, '2025-10-17T12:00:00Z', { cost: 1 });
	expect((await usage(account, OCTOBER, utc)).output[0].json).toMatchObject({
		cost: 1,
		byDay: [{ date: 'unknown', cost: 1, count: 1 }],
	});
});

it('counts what is being made', async () => {
	const account = here.account({}, { history: true });
	await add(account, '2025-10-17T12:00:00Z', { status: 'PROCESSING' });
	expect((await usage(account, OCTOBER, utc)).output[0].json).toMatchObject({
		cost: 0,
		pending: 1,
	});
});

describe('where a sum would not be true', () => {
	const row = (id: string, known: object = {}) => ({
		...{ request_id: id, model_name: MODEL, model_status: 'COMPLETED' },
		model_created: '2025-10-17T12:00:00Z',
		...known,
	});
	const answer = (account: TestAccount, rows: object[]) =>
		here.sandbox.inject({
			stage: 'history',
			key: account.key,
			fault: { kind: 'respond', status: 200, body: { generations: rows } },
		});

	it('it is refused when no finished request has a cost: a budget must not pass', async () => {
		const account = here.account({}, { history: true });
		answer(account, [row('a'), row('b', { price: 1 })]);
		const { error, output } = await usage(account, OCTOBER, utc);
		expect(error?.message).toMatch(/names no cost for any of the 2 finished requests/);
		expect(output).toEqual([]);
	});

	it('it says how many have none, beside the output and in it', async () => {
		const account = here.account({}, { history: true });
		answer(account, [row('a'), row('b', { credits_deduction: 1.05 })]);
		const { run, output } = await usage(account, OCTOBER, utc);
		expect(output[0].json).toMatchObject({ cost: 1.05, withoutCost: 1 });
		expect(run.data.resultData.runData.Kling[0].hints).toEqual([
			expect.objectContaining({ type: 'warning', message: expect.stringMatching(/too low/) }),
		]);
	});

	it('it is refused when a page cannot be read', async () => {
		const account = here.account({}, { history: true });
		for (let n = 0; n < 120; n++) await add(account, '2025-10-17T12:00:00Z', { status: 'FAILED' });
		here.sandbox.inject({
			...{ stage: 'history', key: account.key, skip: 1, times: 0 },
			fault: { kind: 'respond', status: 500 },
		});
		const { error, output, saved } = await usage(account, OCTOBER, utc);
		expect(error?.message).toMatch(/internal error/);
		expect(output).toEqual([]);
		expect(saved).not.toContain(account.key);
	});

	it('it is refused with the history off', async () => {
		const account = here.account({}, { history: true });
		const credential = { ...account.credential, historyUrl: '' };
		const { error } = await usage(account, OCTOBER, { credential });
		expect(error?.message).toMatch(/History URL in the Segmind credential is empty/);
	});
});

it.each([
	[{ from: 'yesterday' }, /From is not a date: "yesterday"/],
	[{ to: '31.10.2025' }, /To is not a date/],
	[{ from: '2025-11-01', to: '2025-10-31' }, /From must be earlier than To/],
])('refuses %j before anything is sent', async (parameters, message) => {
	const account = here.account({}, { history: true });
	const { error } = await usage(account, parameters);
	expect(error?.message).toMatch(message);
	expect(here.sandbox.requests().filter(({ key }) => key === account.key)).toEqual([]);
});
