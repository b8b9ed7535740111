/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * What bounds n8n's memory: two uploads and two downloads at a time in the whole process, whatever number of
 * executions runs; and Stop, which reaches those that wait for their turn.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { PARALLEL_DOWNLOADS, PARALLEL_UPLOADS } from '../../nodes/segmind/policy/limits';
import type { RequestReport, Sandbox, Stage } from '../../sandbox';
import { removeStore, runWorkflow, storedBinary, useBinaryMode } from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const ITEMS = 4;

jest.setTimeout(60_000);

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startTestSandbox();
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});
afterEach(() => sandbox.clearFaults());

/** The picture with other bytes behind its end: the same to see, another file to upload. */
const pictureNumber = (number: number) => Buffer.concat([PICTURE, Buffer.from(`#${number}`)]);

async function itemsWithPictures(first: number): Promise<INodeExecutionData[]> {
	const numbers = Array.from({ length: ITEMS }, (_, index) => first + index);
	return await Promise.all(
		numbers.map(async (number) => ({
			json: { number },
			binary: { data: await storedBinary(pictureNumber(number), `${number}.jpg`, 'image/jpeg') },
		})),
	);
}

async function generate(
	account: TestAccount,
	items: INodeExecutionData[],
	parameters: IDataObject = {},
	onStart?: (execution: { stop: () => void }) => void,
) {
	return await runWorkflow({
		credential: account.credential,
		parameters: {
			imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
			prompt: 'Clouds drift past the summit',
			duration: '3',
			mode: 'std',
			...parameters,
		},
		items,
		onStart,
	});
}

const requestsOf = (stage: Stage, since: number) =>
	sandbox.requests().filter((request) => request.stage === stage && request.at >= since);

/** The most requests that were under way at the same time. */
function mostAtOnce(requests: RequestReport[]): number {
	return Math.max(
		...requests.map(
			({ at }) =>
				requests.filter((other) => other.at <= at && (other.endedAt ?? Infinity) > at).length,
		),
	);
}

describe.each(['filesystem', 'default'] as const)('Two executions at once, store "%s"', (mode) => {
	it('upload two files at a time between them', async () => {
		await useBinaryMode(mode);
		const account = newAccount(sandbox);
		const since = Date.now();
		sandbox.inject({
			stage: 'upload',
			key: account.key,
			times: 0,
			fault: { kind: 'delay', ms: 100 },
		});
		const results = await Promise.all(
			[0, ITEMS].map(
				async (first) =>
					await generate(account, await itemsWithPictures(first), { imageSource: 'binary' }),
			),
		);
		expect(results.map(({ output }) => output.length)).toEqual([ITEMS, ITEMS]);
		const uploads = requestsOf('upload', since);
		expect(uploads).toHaveLength(ITEMS * 2);
		expect(mostAtOnce(uploads)).toBe(PARALLEL_UPLOADS);
	});

	it('download two files at a time between them', async () => {
		await useBinaryMode(mode);
		const account = newAccount(sandbox);
		const since = Date.now();
		sandbox.inject({
			stage: 'download',
			key: account.key,
			times: 0,
			fault: { kind: 'slow', bytesPerSecond: 100_000 },
		});
		const items = Array.from({ length: ITEMS }, () => ({ json: {} }));
		const results = await Promise.all([generate(account, items), generate(account, items)]);
		expect(results.map(({ output }) => output.length)).toEqual([ITEMS, ITEMS]);
		const downloads = requestsOf('download', since);
		expect(downloads).toHaveLength(ITEMS * 2);
		expect(mostAtOnce(downloads)).toBe(PARALLEL_DOWNLOADS);
	});
});

describe('An execution whose downloads wait behind those of another', () => {
	it('ends at once when it is stopped, and the other gets its videos', async () => {
		await useBinaryMode('filesystem');
		const [busy, stopped] = [newAccount(sandbox), newAccount(sandbox)];
		const since = Date.now();
		sandbox.inject({
			stage: 'download',
			key: busy.key,
			times: PARALLEL_DOWNLOADS,
			fault: { kind: 'slow', bytesPerSecond: 10_000 },
		});
		const both = Array.from({ length: PARALLEL_DOWNLOADS }, () => ({ json: {} }));
		const first = generate(busy, both);
		await sandbox.whenRequests(() => requestsOf('download', since).length === PARALLEL_DOWNLOADS);

		let stop = () => {};
		const second = generate(stopped, both, {}, (execution) => (stop = execution.stop));
		const resultsOf = () =>
			requestsOf('result', since).filter(({ key, endedAt }) => key === stopped.key && endedAt);
		await sandbox.whenRequests(() => resultsOf().length === both.length);
		stop();
		await second.catch(() => undefined);
		// Both still occupied: the stopped one had nothing to wait for.
		const underWay = requestsOf('download', since).filter(({ endedAt }) => !endedAt);
		expect(underWay).toHaveLength(PARALLEL_DOWNLOADS);

		const { output } = await first;
		expect(output).toHaveLength(both.length);
		expect(requestsOf('download', since)).toHaveLength(PARALLEL_DOWNLOADS);
		expect(stopped.report().jobs.filter(({ billed }) => billed)).toHaveLength(both.length);
	});
});

describe('Uploads that wait for the rate limit of one account', () => {
	it("do not keep another account's upload waiting", async () => {
		await useBinaryMode('filesystem');
		const slow = newAccount(sandbox);
		slow.credential.requestsPerMinute = 1;
		const quick = newAccount(sandbox);
		let stop = () => {};
		const blocked = generate(
			slow,
			await itemsWithPictures(100),
			{ imageSource: 'binary' },
			(execution) => (stop = execution.stop),
		);
		// Its first upload took the only request of this minute; the others wait for the next one.
		await sandbox.whenRequests((all) =>
			all.some(({ key, stage, endedAt }) => key === slow.key && stage === 'upload' && endedAt),
		);
		const { output } = await generate(quick, await itemsWithPictures(200), {
			imageSource: 'binary',
		});
		expect(output).toHaveLength(ITEMS);
		stop();
		await blocked.catch(() => undefined);
		expect(slow.report().jobs).toEqual([]);
	});
});
