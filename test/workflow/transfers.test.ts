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
import {
	binaryStore,
	removeStore,
	runWorkflow,
	storedBinary,
	useBinaryMode,
} from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const ITEMS = 4;

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
		const results = await Promise.all(
			[1, 2].map(async () => await generate(account, items(ITEMS))),
		);
		expect(results.map(({ output }) => output.length)).toEqual([ITEMS, ITEMS]);
		const downloads = requestsOf('download', since);
		expect(downloads).toHaveLength(ITEMS * 2);
		expect(mostAtOnce(downloads)).toBe(PARALLEL_DOWNLOADS);
	});
});

/** Something that takes a while: whatever can happen at once has happened then. */
const meanwhile = async () =>
	await runWorkflow({
		credential: newAccount(sandbox).credential,
		parameters: { resource: 'account', operation: 'getCredits' },
	});

const items = (count: number) => Array.from({ length: count }, () => ({ json: {} }));

/** Starts an execution that can be stopped. */
function start(account: TestAccount, input: INodeExecutionData[], parameters: IDataObject = {}) {
	let stop = () => {};
	const ended = generate(account, input, parameters, (execution) => (stop = execution.stop)).catch(
		() => undefined,
	);
	return { ended, stop: () => stop() };
}

describe('An execution whose downloads wait behind those of another', () => {
	it('ends at once when it is stopped; the places of a stopped one are free', async () => {
		await useBinaryMode('filesystem');
		const [busy, waiting, third] = [1, 2, 3].map(() => newAccount(sandbox));
		const since = Date.now();
		sandbox.inject({
			stage: 'download',
			key: busy.key,
			times: 0,
			fault: { kind: 'stall', afterBytes: 3000 },
		});
		const first = start(busy, items(PARALLEL_DOWNLOADS));
		await sandbox.whenRequests(() => requestsOf('download', since).length === PARALLEL_DOWNLOADS);

		const second = start(waiting, items(PARALLEL_DOWNLOADS));
		await sandbox.whenRequests(
			() =>
				requestsOf('result', since).filter(({ key, endedAt }) => key === waiting.key && endedAt)
					.length === PARALLEL_DOWNLOADS,
		);
		await meanwhile();
		second.stop();
		await second.ended;
		expect(requestsOf('download', since)).toHaveLength(PARALLEL_DOWNLOADS);

		first.stop();
		await first.ended;
		const { output } = await generate(third, items(PARALLEL_DOWNLOADS));
		expect(output).toHaveLength(PARALLEL_DOWNLOADS);
		for (const account of [busy, waiting]) {
			expect(account.report().jobs.filter(({ billed }) => billed)).toHaveLength(PARALLEL_DOWNLOADS);
		}
	});
});

describe('A store of n8n that hangs', () => {
	it('keeps the places of an execution only until that is stopped', async () => {
		await useBinaryMode('filesystem');
		const store = binaryStore();
		const original = store.store.bind(store);
		let hanging = 0;
		let allHang = () => {};
		const hung = new Promise<void>((resolve) => (allHang = resolve));
		const spy = jest.spyOn(store, 'store').mockImplementation(async (location, body, data) => {
			if (hanging === PARALLEL_DOWNLOADS) return await original(location, body, data);
			// The last byte has arrived, and nothing more happens.
			await original(location, body, data);
			if (++hanging === PARALLEL_DOWNLOADS) allHang();
			return await new Promise(() => {});
		});
		const first = start(newAccount(sandbox), items(PARALLEL_DOWNLOADS));
		await hung;
		const second = generate(newAccount(sandbox), items(1));
		await meanwhile();
		first.stop();
		expect((await second).output).toHaveLength(1);
		spy.mockRestore();
	});
});

describe('A batch with an image for each item, of which one is refused', () => {
	it('uploads nothing more once it has failed', async () => {
		await useBinaryMode('filesystem');
		const account = newAccount(sandbox);
		const since = Date.now();
		const pictures = [
			...(await itemsWithPictures(300)),
			...(await itemsWithPictures(310)),
			...(await itemsWithPictures(320)),
		];
		// The second upload takes until the first item has failed, so that the others wait behind it.
		sandbox.inject(
			{ stage: 'upload', key: account.key, skip: 1, fault: { kind: 'delay', ms: 2000 } },
			{ stage: 'upload', key: account.key, times: 0, fault: { kind: 'delay', ms: 500 } },
			{
				stage: 'submit',
				key: account.key,
				fault: { kind: 'respond', status: 422, body: { error: 'refused' } },
			},
		);
		const { error } = await generate(account, pictures, {
			imageSource: 'binary',
			options: { concurrency: 50 },
		});
		expect(error?.message).toContain('refused');
		const submit = requestsOf('submit', since).find(({ status }) => status === 422)!;
		const later = requestsOf('upload', since).filter(({ at }) => at > submit.endedAt! + 100);
		expect(later).toEqual([]);
		expect(requestsOf('upload', since).length).toBeLessThan(pictures.length);
	});
});

describe('Uploads that wait for the rate limit of one account', () => {
	it("do not keep another account's upload waiting", async () => {
		await useBinaryMode('filesystem');
		const slow = newAccount(sandbox);
		slow.credential.requestsPerMinute = 1;
		const quick = newAccount(sandbox);
		const blocked = start(slow, await itemsWithPictures(100), { imageSource: 'binary' });
		// Its first upload took the only request of this minute; the others wait for the next one.
		await sandbox.whenRequests((all) =>
			all.some(({ key, stage, endedAt }) => key === slow.key && stage === 'upload' && endedAt),
		);
		const { output } = await generate(quick, await itemsWithPictures(200), {
			imageSource: 'binary',
		});
		expect(output).toHaveLength(ITEMS);
		blocked.stop();
		await blocked.ended;
		expect(slow.report().jobs).toEqual([]);
	});
});
