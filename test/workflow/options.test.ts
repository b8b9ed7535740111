/**
 * Options whose expressions give something else than a number: a limit that cannot be read must not
 * become no limit. n8n resolves the expressions, the account's bill decides.
 */
import type { IDataObject } from 'n8n-workflow';

import { OPTIONS } from '../../nodes/KlingO3/fields/options';
import { runWorkflow } from './support/engine';
import { useSandbox } from './support/useSandbox';

const here = useSandbox();

/** Runs videos of an account of its own. */
async function runWith(
	options: unknown,
	rest: Omit<Partial<Parameters<typeof runWorkflow>[0]>, 'credential'> = {},
) {
	const { credential, key, report } = here.account();
	const result = await runWorkflow({
		credential,
		...rest,
		parameters: { ...here.video, ...rest.parameters, options: options as IDataObject },
	});
	const requests = here.sandbox.requests().filter((request) => request.key === key);
	const { jobs } = report();
	return { ...result, requests, jobs, billed: jobs.filter((job) => job.billed).length };
}

/** What is no number: as it is saved in the workflow, and from an expression. */
const NO_NUMBER: Array<[string, unknown]> = [
	['saved as an empty text', ''],
	['saved as null', null],
	['saved as false', false],
	['saved as an object', {}],
	['nothing', '={{ $json.nothing }}'],
	['nothing of nothing', '={{ $json.nothing.at.all }}'],
	['null', '={{ null }}'],
	['an empty text', "={{ '' }}"],
	['an empty expression', '='],
	['white space', "={{ ' ' }}"],
	['a word', "={{ 'five' }}"],
	['a price', "={{ '$5' }}"],
	['a decimal comma', "={{ '0,50' }}"],
	['false', '={{ false }}'],
	['true', '={{ true }}'],
	['NaN', '={{ NaN }}'],
	['infinity', '={{ Infinity }}'],
	['an array', '={{ [] }}'],
	['an array with a number', '={{ [5] }}'],
	['an object', '={{ {} }}'],
	['a date', '={{ $now }}'],
	['a number below 0', '={{ -1 }}'],
];
const NUMBERS = ['maxCostPerVideo', 'maxCostPerRun', 'maxWait', 'concurrency'] as const;

describe.each(NUMBERS)('%s', (option) => {
	it.each(NO_NUMBER)('that is %s is refused before anything is sent', async (_what, value) => {
		const { error, requests, billed } = await runWith({ [option]: value });
		expect(error?.name).toBe('NodeOperationError');
		expect(
			error?.message.startsWith(`${OPTIONS[option].property.displayName} must be a number`),
		).toBe(true);
		expect(requests).toEqual([]);
		expect(billed).toBe(0);
	});

	it.each([5, '={{ 5 }}', "={{ '5' }}", "={{ ' 5.0 ' }}"])('that is %j is taken', async (value) => {
		const { error, billed } = await runWith({ [option]: value });
		expect(error).toBeUndefined();
		expect(billed).toBe(1);
	});
});

describe.each(['maxCostPerVideo', 'maxCostPerRun'] as const)('%s', (option) => {
	it.each([0, '={{ 0 }}', "={{ '0' }}"])('that is %j is no limit', async (value) => {
		expect(await runWith({ [option]: value })).toMatchObject({ error: undefined, billed: 1 });
	});

	it.each([0.62, "={{ '0.62' }}"])('that is %j holds', async (value) => {
		const { error, requests } = await runWith({ [option]: value });
		expect(error?.message).toMatch(/would cost about \$0\.63/);
		expect(requests).toEqual([]);
	});
});

describe('A limit that one item lacks', () => {
	const items = [{ json: { limit: 5 } }, { json: {} }, { json: { limit: 5 } }];
	const options = { maxCostPerVideo: '={{ $json.limit }}' };

	it('refuses all items', async () => {
		const { error, requests } = await runWith(options, { items });
		expect(error?.context?.itemIndex).toBe(1);
		expect(requests).toEqual([]);
	});

	it('refuses that item alone, with Continue', async () => {
		const { output, jobs, billed } = await runWith(options, {
			items,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(output.map(({ json }) => json.error !== undefined)).toEqual([false, true, false]);
		expect([jobs.length, billed]).toEqual([2, 2]);
	});
});

describe('Check Balance First', () => {
	it.each([
		'={{ $json.nothing }}',
		'={{ null }}',
		"={{ '' }}",
		"={{ 'perhaps' }}",
		'={{ 1 }}',
		'={{ NaN }}',
		'={{ [] }}',
		'={{ {} }}',
	])('that is %s is refused before anything is sent', async (checkBalance) => {
		const { error, requests } = await runWith({ checkBalance });
		expect(error?.message).toMatch(/^Check Balance First must be true or false/);
		expect(requests).toEqual([]);
	});

	it.each([
		[true, 1],
		["={{ 'TRUE' }}", 1],
		[false, 0],
		["={{ 'false' }}", 0],
	])('that is %j asks %d times', async (checkBalance, times) => {
		const { requests, billed } = await runWith({ checkBalance });
		expect(requests.filter(({ stage }) => stage === 'balance')).toHaveLength(times);
		expect(billed).toBe(1);
	});
});

describe('An option that may cost a second bill is off, unless it is surely on', () => {
	const UNCLEAR = [
		'={{ $json.nothing }}',
		"={{ '' }}",
		"={{ 'yes' }}",
		'={{ 1 }}',
		'={{ [] }}',
		'={{ {} }}',
	];

	it.each(UNCLEAR)('Retry Submit on Server Error that is %s', async (retrySubmitOnServerError) => {
		const { credential, key, report } = here.account();
		here.sandbox.inject({
			stage: 'submit',
			key,
			fault: { kind: 'respond', status: 500, body: { error: 'injected' } },
		});
		await runWorkflow({
			credential,
			parameters: { ...here.video, options: { retrySubmitOnServerError } },
		});
		expect(here.sandbox.requests().filter((request) => request.key === key)).toHaveLength(1);
		expect(report().jobs).toHaveLength(0);
	});

	it.each(UNCLEAR)('Resubmit If Unknown that is %s', async (resubmitUnknown) => {
		const { credential, key, report } = here.account();
		here.sandbox.inject({ stage: 'submit', key, fault: { kind: 'reset', when: 'after' } });
		const { error } = await runWorkflow({
			credential,
			parameters: { ...here.video, options: { resubmitUnknown } },
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(error?.message).toMatch(/unknown/);
		expect(report().jobs).toHaveLength(1);
	});

	/** An answer is lost, and the workflow is executed again with this option. */
	async function executedAgain(reuseUndelivered: unknown) {
		const { credential, key, report } = here.account();
		here.sandbox.inject({ stage: 'submit', key, fault: { kind: 'reset', when: 'after' } });
		await runWorkflow({ credential, parameters: here.video });
		const options = { reuseUndelivered } as IDataObject;
		const { error } = await runWorkflow({ credential, parameters: { ...here.video, options } });
		return { error, jobs: report().jobs };
	}

	it.each(UNCLEAR)('a new take of an undelivered video, where Reuse is %s', async (value) => {
		const { error, jobs } = await executedAgain(value);
		expect(error?.message).toMatch(/did not deliver it/);
		expect(jobs).toHaveLength(1);
	});

	it.each([false, "={{ 'false' }}"])('but is on where Reuse is %j', async (value) => {
		const { error, jobs } = await executedAgain(value);
		expect(error).toBeUndefined();
		expect(jobs).toHaveLength(2);
	});
});
