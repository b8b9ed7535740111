/**
 * The request ID of Get: chosen from a list, entered, or plain text as in workflows of before.
 */
import { NodeHelpers, type IDataObject, type INode } from 'n8n-workflow';

import { KlingO3 } from '../../nodes/KlingO3/KlingO3.node';
import type { PastJob } from '../../sandbox';
import { runWorkflow, searchList } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const HOUR = 3_600_000;
const FAILED: Partial<PastJob> = { status: 'FAILED' };

const here = useSandbox();

afterEach(() => {
	here.sandbox.set({ historyAvailable: true });
});

/** What the node calls; n8n's own code sees a saved workflow. */
const FORMS: Array<[string, (id: string) => unknown]> = [
	['plain text, as saved today', (id) => id],
	['an expression, as saved today', () => '={{ $json.requestId }}'],
	['an expression with text around it', () => '= {{ $json.requestId }} '],
	[
		'chosen from the list',
		(id) => ({ __rl: true, mode: 'list', value: id, cachedResultName: 'a' }),
	],
	['entered', (id) => ({ __rl: true, mode: 'id', value: ` ${id} ` })],
	['an expression of today', () => ({ __rl: true, mode: 'id', value: '={{ $json.requestId }}' })],
	['edited where plain text was saved', (id) => ({ __rl: true, mode: '', value: id })],
	["an expression that gives the list's value", () => '={{ { value: $json.requestId } }}'],
];

describe('Get', () => {
	let account: TestAccount;
	let requestId: string;
	beforeAll(async () => {
		account = here.account({}, { history: true });
		const started = await runWorkflow({
			credential: account.credential,
			parameters: {
				...{ operation: 'start', prompt: 'Rain', duration: '3' },
				imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
			},
		});
		requestId = String(started.output[0].json.requestId);
	});

	it.each(FORMS)('takes %s', async (_name, form) => {
		const { output, error } = await runWorkflow({
			credential: account.credential,
			parameters: { operation: 'get', requestId: form(requestId) as IDataObject },
			items: [{ json: { requestId } }],
		});
		expect(error).toBeUndefined();
		expect(output[0].json).toMatchObject({ requestId, status: 'COMPLETED' });
	});

	it.each(FORMS)('has no issue in the panel with %s', (_name, form) => {
		const { description } = new KlingO3();
		const parameters = { resource: 'video', operation: 'get', requestId: form('abc') };
		const node = { parameters, typeVersion: 1, type: 'klingO3' } as unknown as INode;
		expect(NodeHelpers.getNodeParametersIssues(description.properties, node, description)).toBe(
			null,
		);
	});

	it.each([
		['nothing', '={{ $json.none }}'],
		['nothing entered', { __rl: true, mode: 'id', value: '={{ $json.none }}' }],
		['a whole item', '={{ $json }}'],
	])('says what is missing for %s', async (_name, form) => {
		const { error } = await runWorkflow({
			credential: account.credential,
			parameters: { operation: 'get', requestId: form },
			items: [{ json: { requestId } }],
		});
		expect(error?.message).toBe('Request ID is empty');
	});

	it('as a tool, takes what the language model says, in both forms', async () => {
		const call = "={{ $fromAI('Request_ID', ``, 'string') }}";
		for (const form of [call, { __rl: true, mode: 'id', value: call }]) {
			const { output } = await runWorkflow({
				credential: account.credential,
				parameters: { operation: 'get', requestId: form },
				// Where n8n finds the arguments of a tool's call.
				items: [{ json: { query: { Request_ID: requestId } } }],
			});
			expect(output[0].json).toMatchObject({ requestId });
		}
	});
});

describe('The list', () => {
	const search = async (
		account: TestAccount,
		searched: [filter?: string, token?: string] = [],
		credential = account.credential,
	) =>
		await searchList(
			'searchVideos',
			{ credential, parameters: {}, workflowSettings: { timezone: 'Asia/Tokyo' } },
			...searched,
		);
	const past = async (account: TestAccount, hours: number, known: Partial<PastJob> = FAILED) =>
		await here.sandbox.addPast(account.key, { createdAt: Date.now() - hours * HOUR, ...known });

	it('has a line for each video, the newest first', async () => {
		const account = here.account({}, { history: true });
		const failed = await past(account, 30, { ...FAILED, prompt: 'Fog' });
		const done = await past(account, 2, { prompt: 'Rain on the lake', cost: 0.63 });
		const running = await past(account, 1, { prompt: 'Snow', status: 'PROCESSING', cost: 0 });
		await past(account, 3, { ...FAILED, model: 'flux-pro' });
		await past(here.account({}, { history: true }), 1);
		const { results } = await search(account);
		const line = (rest: string) =>
			expect.stringMatching(new RegExp(`^\\d{1,2} [A-Z][a-z]{2} \\d\\d:\\d\\d · ${rest}$`));
		expect(results).toEqual([
			{ name: line('pending · Snow'), value: running },
			{ name: line('completed · \\$0.63 · Rain on the lake'), value: done },
			{ name: line('failed · Fog'), value: failed },
		]);
	});

	it('goes on page by page until there is no more', async () => {
		const account = here.account({}, { history: true });
		const ids: string[] = [];
		for (let n = 0; n < 130; n++) ids.push(await past(account, 1 + n));
		const first = await search(account);
		expect(first.results.map(({ value }) => value)).toEqual(ids.slice(0, 100));
		const second = await search(account, ['', first.paginationToken]);
		expect(second.results.map(({ value }) => value)).toEqual(ids.slice(100));
		expect(second.paginationToken).toBeUndefined();
	});

	it('finds words of the prompt, a status, a day and a request ID, on later pages too', async () => {
		const account = here.account({}, { history: true });
		for (let n = 0; n < 110; n++) await past(account, 1 + n, { ...FAILED, prompt: `Fog ${n}` });
		const rain = await past(account, 200, { prompt: 'Rain on the lake' });
		const found = async (filter: string) =>
			(await search(account, [filter])).results.map(({ value }) => value);
		expect(await found('LAKE rain')).toEqual([rain]);
		expect(await found('completed')).toEqual([rain]);
		expect(await found(rain)).toEqual([rain]);
		expect(await found('fog 109')).toHaveLength(1);
		expect(await found('desert')).toEqual([]);
	});

	it('asks for no more than a Free plan has in a minute, when nothing is found', async () => {
		const account = here.account({}, { history: true });
		for (let n = 0; n < 620; n++) await past(account, 1 + n / 10);
		const before = here.sandbox.requests().length;
		const { results, paginationToken } = await search(account, ['desert']);
		expect(results).toEqual([]);
		expect(here.sandbox.requests().length - before).toBe(5);
		expect(paginationToken).toBe('6');
	});

	it.each([
		['switched off', 'off', /History URL in the Segmind credential is empty/, /^Enter https:/],
		['not there', 'absent', /no history at this address/, /Check the History URL/],
		['not readable with this key', 'refused', /refused the API key/, /Copy the key again/],
	])('of a history that is %s says what to do', async (_name, how, message, description) => {
		const account = here.account({}, { history: true });
		const credential = { ...account.credential };
		if (how === 'off') credential.historyUrl = '';
		if (how === 'absent') here.sandbox.set({ historyAvailable: false });
		if (how === 'refused') credential.apiKey = 'example-of-another-key';
		const refused = search(account, [], credential);
		await expect(refused).rejects.toMatchObject({
			name: 'NodeApiError',
			message: expect.stringMatching(message),
			description: expect.stringMatching(description),
		});
		const error = await refused.catch((thrown: Error) => thrown);
		expect((error as Error).message).toMatch(/Choose By ID/);
		expect(JSON.stringify(error)).not.toContain(credential.apiKey);
	});

	it('rides out a fault', async () => {
		const account = here.account({}, { history: true });
		const id = await past(account, 1);
		here.sandbox.inject({
			...{ stage: 'history', key: account.key, times: 2 },
			fault: { kind: 'respond', status: 503 },
		});
		expect((await search(account)).results).toEqual([expect.objectContaining({ value: id })]);
	});
});
