/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** n8n's own trouble, and errors that end the run: what is paid is named or comes with a retry. What counts is the sandbox's account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import { asRetry, readBinary, binaryStore, storedBinary, useBinaryMode } from './support/engine';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

const here = useSandbox();
const { inject, requestsOf, run } = here;

describe("n8n's own trouble", () => {
	const pictures = async () =>
		await Promise.all(
			TEN.slice(0, 6).map(async ({ json }) => ({
				json,
				// A byte more makes it another image, so that each is uploaded.
				binary: {
					data: await storedBinary(
						Buffer.concat([PICTURE, Buffer.from(json.motion)]),
						'a.jpg',
						'image/jpeg',
					),
				},
			})),
		);

	/** The store fails when the file is read for its upload: once to check it, then once more. */
	function breakStore(method: 'getAsBuffer' | 'store', call: number) {
		let calls = 0;
		const store = binaryStore();
		const original = (store[method] as (...args: unknown[]) => Promise<unknown>).bind(store);
		return jest.spyOn(store, method).mockImplementation((async (...args: unknown[]) => {
			calls++;
			if (calls === call) throw new Error('the store hiccups');
			return await original(...args);
		}) as never);
	}

	it('a file that cannot be read again fails its item; a retry pays no video twice', async () => {
		const account = here.account();
		const items = await pictures();
		const spy = breakStore('getAsBuffer', 8);
		const { output } = await run(account, { imageSource: 'binary' }, { items, settings: RETRY });
		spy.mockRestore();
		expect(output).toHaveLength(6);
		expect(account.report().jobs).toHaveLength(6);
	});

	it('with Continue it is one error item, and the others have their videos', async () => {
		const account = here.account();
		const items = await pictures();
		const spy = breakStore('getAsBuffer', 8);
		const { output } = await run(
			account,
			{ imageSource: 'binary' },
			{ items, settings: { onError: 'continueRegularOutput' } },
		);
		spy.mockRestore();
		expect(output.filter(({ json }) => json.error)).toHaveLength(1);
		expect(output.filter(({ json }) => json.status === 'COMPLETED')).toHaveLength(5);
	});

	it('a store that refuses a file once is tried again', async () => {
		const account = here.account();
		const spy = breakStore('store', 1);
		const { output } = await run(account);
		spy.mockRestore();
		expect(await readBinary(output[0].binary!.data)).not.toHaveLength(0);
		expect(account.report().jobs).toHaveLength(1);
	});

	it('a store that takes longer than a stall may last loses nothing', async () => {
		const stall = TIMEOUTS.downloadStall;
		TIMEOUTS.downloadStall = 300;
		const store = binaryStore();
		const original = store.store.bind(store);
		const spy = jest.spyOn(store, 'store').mockImplementation(async (...args) => {
			const stored = await original(...args);
			await new Promise((resolve) => setTimeout(resolve, 900));
			return stored;
		});
		const account = here.account();
		const { output } = await run(account);
		spy.mockRestore();
		TIMEOUTS.downloadStall = stall;
		expect(output[0].binary!.data.fileType).toBe('video');
		expect(requestsOf(account, 'download')).toHaveLength(0);
		const downloads = here.sandbox
			.requests()
			.filter(
				({ stage, path }) => stage === 'download' && String(output[0].json.videoUrl).endsWith(path),
			);
		expect(downloads).toHaveLength(1);
	});
});

describe('an error that ends the run', () => {
	it('is the most urgent one, and names what happened to the others', async () => {
		const account = here.account();
		inject(
			account,
			{ stage: 'submit', match: { prompt: 'take 0' }, fault: { kind: 'fail-job', error: 'bad' } },
			{ stage: 'submit', match: { prompt: 'take 1' }, fault: { kind: 'reset', when: 'after' } },
		);
		const { error } = await run(account, {}, { items: TEN.slice(0, 3) });
		expect(error?.message).toMatch(/unknown whether this video was submitted/);
		expect(error?.context?.itemIndex).toBe(1);
		expect(error?.description).toMatch(/Item 0 failed too: Segmind could not make this video.*bad/);
		const done = account.report().jobs.find(({ body }) => body.prompt === 'take 2');
		expect(error?.description).toContain(`request ${done!.requestId}: ${done!.videoUrl}`);
	});

	it('names videos of earlier attempts too, which the last one did not get to', async () => {
		const account = here.account();
		const bad = { kind: 'respond' as const, status: 422, body: { error: 'bad' } };
		// The first attempt has all but the last; then the first one in line fails at once.
		inject(account, { stage: 'submit', match: { prompt: 'take 3' }, fault: bad });
		const first = await run(account, { options: { concurrency: 1 } }, { items: TEN.slice(0, 4) });
		expect(account.report().jobs).toHaveLength(3);
		inject(account, {
			stage: 'download',
			match: { prompt: 'take 0' },
			fault: { kind: 'respond', status: 401 },
		});
		const { error } = await run(
			account,
			{ options: { concurrency: 1 } },
			{ items: TEN.slice(0, 4), resume: asRetry(first.run) },
		);
		expect(account.report().jobs).toHaveLength(3);
		for (const { requestId } of account.report().jobs)
			expect(`${error?.message} ${error?.description}`).toContain(requestId);
	});

	it('of Start names the requests that were submitted', async () => {
		const account = here.account();
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 3' },
			fault: { kind: 'respond', status: 422, body: { error: 'bad' } },
		});
		const { error } = await run(account, { operation: 'start' }, { items: TEN.slice(0, 4) });
		for (const { requestId } of account.report().jobs)
			expect(error?.description).toContain(requestId);
	});
});

describe('a result without a URL', () => {
	it('is asked for again until the URL is there', async () => {
		const account = here.account();
		inject(account, {
			stage: 'result',
			times: 2,
			fault: { kind: 'respond', status: 200, body: { status: 'COMPLETED', output: null } },
		});
		const { output } = await run(account);
		expect(output[0].json.videoUrl).toBe(account.report().jobs[0].videoUrl);
	});

	it('is asked for again by a retry', async () => {
		const account = here.account();
		inject(account, {
			stage: 'result',
			times: 0,
			fault: { kind: 'respond', status: 200, body: { status: 'COMPLETED', output: null } },
		});
		const first = await run(account, { options: { maxWait: 0.02 } });
		expect(first.error?.message).toContain(account.report().jobs[0].requestId);
		here.sandbox.clearFaults();
		const { output } = await run(account, {}, { resume: asRetry(first.run) });
		expect(output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('the synchronous call with binary data in memory', () => {
	it('a retry fetches the video by its request ID', async () => {
		await useBinaryMode('default');
		const account = here.account();
		inject(account, {
			stage: 'v1',
			match: { prompt: 'take 1' },
			fault: { kind: 'respond', status: 422, body: { error: 'bad' } },
		});
		const parameters = { options: { apiVersion: 'v1', concurrency: 1 } };
		const { output } = await run(account, parameters, { items: TEN.slice(0, 2), settings: RETRY });
		await useBinaryMode('filesystem');
		expect(output).toHaveLength(2);
		expect(account.report().jobs).toHaveLength(2);
	});
});
