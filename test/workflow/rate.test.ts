/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The rate limit against a sandbox that really counts. Its window is shortened, and so is the node's.
 */
import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { RATE } from '../../nodes/segmind/schedule/slots';
import type { Sandbox } from '../../sandbox';
import { removeStore, runWorkflow, useBinaryMode } from './support/engine';
import { newAccount, startTestSandbox } from './support/sandbox';

const WINDOW_SECONDS = 3;
/**
 * What the node counts by is longer, for the way that requests take (ms). More than in production: here the service
 * shares its processor with the node and with other tests, and looks late at what has arrived.
 */
const MARGIN = RATE.window - 60_000 + 1500;
const items = (count: number) => Array.from({ length: count }, (_, n) => ({ json: { n } }));

let sandbox: Sandbox;
let video: IDataObject;

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 3 });
	sandbox.set({ rateWindowSeconds: WINDOW_SECONDS });
	RATE.window = WINDOW_SECONDS * 1000 + MARGIN;
	video = {
		imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: '=Take {{ $json.n }}',
		duration: '3',
		mode: 'std',
	};
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});

const refusals = (key: string) =>
	sandbox.requests().filter((request) => request.key === key && request.status === 429);

it('50 videos at once at 50 requests per window meet not one 429', async () => {
	const account = newAccount(sandbox, { requestsPerMinute: 50 });
	const { output } = await runWorkflow({
		credential: { ...account.credential, requestsPerMinute: 50 },
		parameters: { ...video, options: { concurrency: 50 } },
		items: items(50),
	});
	expect(output).toHaveLength(50);
	expect(refusals(account.key)).toEqual([]);
	expect(account.report().jobs).toHaveLength(50);
}, 60_000);

it.each([0, -5, 'many', ''])(
	'%p requests a minute are refused before anything is sent',
	async (limit) => {
		const account = newAccount(sandbox);
		const { error } = await runWorkflow({
			credential: { ...account.credential, requestsPerMinute: limit },
			parameters: video,
		});
		expect(error?.message).toContain('Requests Per Minute in the Segmind credential');
		expect(error?.message).toContain(`not "${limit}"`);
		expect(account.report().jobs).toEqual([]);
		expect(sandbox.requests().filter(({ key }) => key === account.key)).toEqual([]);
	},
);

it('executions that use the same account share its limit', async () => {
	const account = newAccount(sandbox, { requestsPerMinute: 30 });
	const one = async () =>
		await runWorkflow({
			credential: { ...account.credential, requestsPerMinute: 30 },
			parameters: video,
			items: items(5),
		});
	const results = await Promise.all([one(), one(), one(), one()]);
	expect(results.map(({ output }) => output.length)).toEqual([5, 5, 5, 5]);
	expect(refusals(account.key)).toEqual([]);
}, 60_000);

it('429s that another user of the account causes are ridden out without failing an item', async () => {
	const account = newAccount(sandbox, { requestsPerMinute: 30 });
	let done = false;
	const other = async () => {
		// Takes its share of the account as fast as the service allows, until the run is through.
		while (!done) {
			await axios.get(`${sandbox.gatewayUrl}/v1/get-user-credits`, {
				headers: { 'x-api-key': account.key },
				validateStatus: () => true,
			});
			await new Promise((resolve) => setTimeout(resolve, 70));
		}
	};
	const running = runWorkflow({
		credential: { ...account.credential, requestsPerMinute: 30 },
		parameters: video,
		items: items(8),
	}).finally(() => (done = true));
	await Promise.all([running, other()]);
	const { output } = await running;
	expect(output).toHaveLength(8);
	expect(account.report().jobs).toHaveLength(8);
	const mine = refusals(account.key).filter(({ stage }) => stage !== 'balance');
	expect(mine.length).toBeGreaterThan(0);
}, 90_000);
