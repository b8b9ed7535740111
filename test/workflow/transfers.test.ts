/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * What bounds n8n's memory: two uploads and two downloads at a time in the whole process, whatever number of
 * executions runs; and Stop, which reaches those that wait for their turn.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import axios from 'axios';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { PARALLEL_DOWNLOADS, PARALLEL_UPLOADS, TIMEOUTS } from '../../nodes/segmind/policy/limits';
import type { Fault, RequestReport, Stage } from '../../sandbox';
import {
	asRetry,
	binaryStore,
	readBinary,
	runWorkflow,
	storedBinary,
	useBinaryMode,
} from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const ITEMS = 4;

const here = useSandbox();

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

const video = (): IDataObject => ({
	imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
	prompt: 'Clouds drift past the summit',
	duration: '3',
	mode: 'std',
});

async function generate(
	account: TestAccount,
	items: INodeExecutionData[],
	parameters: IDataObject = {},
	onStart?: (execution: { stop: () => void }) => void,
) {
	return await runWorkflow({
		credential: account.credential,
		parameters: { ...video(), ...parameters },
		items,
		onStart,
	});
}

const requestsOf = (stage: Stage, since: number) =>
	here.sandbox.requests().filter((request) => request.stage === stage && request.at >= since);

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
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({
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
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({
			stage: 'download',
			key: account.key,
			times: 0,
			fault: { kind: 'slow', bytesPerSecond: 20_000 },
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
		credential: here.account().credential,
		parameters: { resource: 'account', operation: 'getCredits' },
	});

/** Bytes of the video that n8n has. */
const sizeOf = async ({ output }: { output: INodeExecutionData[] }) =>
	(await readBinary(output[0].binary!.data)).length;

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
		const [busy, waiting, third] = [1, 2, 3].map(() => here.account());
		const since = Date.now();
		here.sandbox.inject({
			stage: 'download',
			key: busy.key,
			times: 0,
			fault: { kind: 'stall', afterBytes: 3000 },
		});
		const first = start(busy, items(PARALLEL_DOWNLOADS));
		await here.sandbox.whenRequests(
			() => requestsOf('download', since).length === PARALLEL_DOWNLOADS,
		);

		const second = start(waiting, items(PARALLEL_DOWNLOADS));
		await here.sandbox.whenRequests(
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
		const first = start(here.account(), items(PARALLEL_DOWNLOADS));
		await hung;
		const second = generate(here.account(), items(1));
		await meanwhile();
		first.stop();
		expect((await second).output).toHaveLength(1);
		spy.mockRestore();
	});
});

describe('A store of n8n that hangs when a file has arrived', () => {
	/** Hangs for files of these numbers, in the order in which they have arrived. */
	function hangFor(...numbers: number[]) {
		const store = binaryStore();
		const original = store.store.bind(store);
		let arrived = 0;
		return jest.spyOn(store, 'store').mockImplementation(async (location, body, data) => {
			const stored = await original(location, body, data);
			return numbers.includes(++arrived) ? await new Promise<never>(() => {}) : stored;
		});
	}

	beforeEach(async () => {
		await useBinaryMode('filesystem');
		TIMEOUTS.store = 1000;
	});
	afterEach(() => {
		TIMEOUTS.store = 300_000;
		jest.restoreAllMocks();
	});

	it('ends its item alone, with the address of the paid video', async () => {
		const account = here.account();
		hangFor(1);
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: video(),
			items: items(3),
			settings: { onError: 'continueRegularOutput' },
		});
		const failed = output.filter(({ json }) => json.error);
		expect(failed).toHaveLength(1);
		const { error, details } = failed[0].json as { error: string; details: IDataObject };
		expect(error).toMatch(/finished and paid.*binary store did not take it in time.*open http/);
		const { jobs } = account.report();
		const job = jobs.find(({ videoUrl }) => error.includes(videoUrl!))!;
		expect(details).toMatchObject({
			billed: 'yes',
			requestId: job.requestId,
			videoUrl: job.videoUrl,
		});
		expect(jobs).toHaveLength(3);
	});

	it.each(['v2', 'v1'])(
		'is left alone in that try, and asked again by a retry (%s)',
		async (api) => {
			const account = here.account();
			const since = Date.now();
			// A synchronous answer brings its file itself; after that it is downloaded once.
			hangFor(...(api === 'v1' ? [1, 2] : [1]));
			const parameters = { ...video(), options: { apiVersion: api } };
			const first = await runWorkflow({ credential: account.credential, parameters });
			expect(first.error?.message).toMatch(/finished and paid.*did not take it in time/);
			expect(requestsOf('download', since)).toHaveLength(1);
			const retry = await runWorkflow({
				credential: account.credential,
				parameters,
				resume: asRetry(first.run),
			});
			expect(await sizeOf(retry)).toBeGreaterThan(1000);
			expect(account.report().jobs).toHaveLength(1);
		},
	);
});

describe('A file that comes compressed', () => {
	it.each([
		['whole', { kind: 'gzip' }, 1],
		['slowly', { kind: 'slow', bytesPerSecond: 200_000, gzip: true }, 1],
		['cut', { kind: 'cut', afterBytes: 3000, gzip: true }, 2],
		['cut without a word', { kind: 'cut-silently', afterBytes: 3000, gzip: true }, 2],
	] as Array<[string, Fault, number]>)('%s is stored whole', async (_how, fault, downloads) => {
		await useBinaryMode('filesystem');
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({ stage: 'download', key: account.key, fault });
		const { output } = await generate(account, items(1));
		expect(requestsOf('download', since)).toHaveLength(downloads);
		const stored = await readBinary(output[0].binary!.data);
		const { data } = await axios.get<Buffer>(output[0].json.videoUrl as string, {
			responseType: 'arraybuffer',
		});
		expect(stored.equals(data)).toBe(true);
	});
});

describe('A file that compression makes longer', () => {
	/** A server that compresses whatever it is asked for; not at all, so that the file gets longer by a header. */
	async function compressing(file: Buffer, atEnd: number) {
		const body = gzipSync(file, { level: 0 });
		const asked: IncomingHttpHeaders[] = [];
		const server = createServer(({ headers }, response) => {
			asked.push(headers);
			response.writeHead(200, {
				'content-type': 'video/mp4',
				'content-encoding': 'gzip',
				'content-length': body.length,
			});
			response.end(body.subarray(0, body.length - atEnd));
			if (atEnd > 0) response.socket?.destroySoon();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		return { url: `http://127.0.0.1:${port}/video.mp4`, asked, close: () => server.close() };
	}

	async function anyVideo(): Promise<Buffer> {
		const { output } = await generate(here.account(), items(1));
		return await readBinary(output[0].binary!.data);
	}

	async function generateFrom(url: string) {
		const account = here.account();
		const body = { status: 'COMPLETED', output: url };
		for (const stage of ['status', 'result'] as const) {
			const fault: Fault = { kind: 'respond', status: 200, body };
			here.sandbox.inject({ stage, key: account.key, times: 0, fault });
		}
		return await generate(account, items(1), { options: { maxWait: 1 / 60 } });
	}

	it('is not taken for a cut one; it is asked for as it is, and without the key', async () => {
		await useBinaryMode('filesystem');
		const file = await anyVideo();
		const server = await compressing(file, 0);
		const { output } = await generateFrom(server.url);
		server.close();
		expect((await readBinary(output[0].binary!.data)).equals(file)).toBe(true);
		expect(server.asked).toMatchObject([{ 'accept-encoding': 'identity' }]);
		expect(server.asked[0]).not.toHaveProperty('x-api-key');
	});

	it('is not taken for a whole one when it is cut', async () => {
		await useBinaryMode('filesystem');
		const server = await compressing(await anyVideo(), 500);
		const { error } = await generateFrom(server.url);
		server.close();
		expect(error?.message).toMatch(/could not be downloaded: the connection was closed before/);
		expect(error?.message).toContain(server.url);
	});
});

describe('The address of a new video', () => {
	const patience = TIMEOUTS.freshVideo;

	afterEach(() => {
		TIMEOUTS.freshVideo = patience;
		here.sandbox.set({ freshFileRefusals: 0, freshFileStatus: 403 });
	});

	it.each([403, 404] as const)('may answer %i for a while', async (freshFileStatus) => {
		await useBinaryMode('filesystem');
		const account = here.account();
		const since = Date.now();
		here.sandbox.set({ freshFileRefusals: 3, freshFileStatus });
		// Max Wait is over when the video is there: its grace is its own.
		const { output } = await generate(account, items(1), { options: { maxWait: 1 / 60 } });
		expect(await sizeOf({ output })).toBeGreaterThan(1000);
		expect(requestsOf('download', since).map(({ status }) => status)).toEqual([
			...[freshFileStatus, freshFileStatus, freshFileStatus],
			200,
		]);
	});

	it.each([403, 404] as const)('is not known, when it answers %i for longer', async (status) => {
		await useBinaryMode('filesystem');
		TIMEOUTS.freshVideo = 1500;
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({
			stage: 'download',
			key: account.key,
			times: 0,
			fault: { kind: 'respond', status },
		});
		const { error } = await generate(account, items(1));
		expect(error?.message).toMatch(/finished and paid.*answered with status.*open http/);
		const attempts = requestsOf('download', since);
		expect(attempts.at(-1)!.at - attempts[0].at).toBeGreaterThanOrEqual(TIMEOUTS.freshVideo - 100);
		expect(attempts.at(-1)!.at - attempts[0].at).toBeLessThan(TIMEOUTS.freshVideo + 3000);
	});

	it('is not asked again when it says that the file is gone', async () => {
		await useBinaryMode('filesystem');
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({
			stage: 'download',
			key: account.key,
			times: 0,
			fault: { kind: 'respond', status: 410 },
		});
		const { error } = await generate(account, items(1));
		expect(error?.message).toMatch(/finished and paid/);
		expect(requestsOf('download', since)).toHaveLength(1);
	});
});

describe('A batch with an image for each item, of which one is refused', () => {
	it('uploads nothing more once it has failed', async () => {
		await useBinaryMode('filesystem');
		const account = here.account();
		const since = Date.now();
		const pictures = [
			...(await itemsWithPictures(300)),
			...(await itemsWithPictures(310)),
			...(await itemsWithPictures(320)),
		];
		// The second upload takes until the first item has failed, so that the others wait behind it.
		here.sandbox.inject(
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
		const slow = here.account();
		slow.credential.requestsPerMinute = 1;
		const quick = here.account();
		const blocked = start(slow, await itemsWithPictures(100), { imageSource: 'binary' });
		// Its first upload took the only request of this minute; the others wait for the next one.
		await here.sandbox.whenRequests((all) =>
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
