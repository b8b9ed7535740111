/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * The promise: never pay twice, never lose a paid video. What counts is the sandbox's ledger.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INode } from 'n8n-workflow';

import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import type { FaultRule, Sandbox } from '../../sandbox';
import {
	asRetry,
	readBinary,
	removeStore,
	binaryStore,
	runWorkflow,
	storedBinary,
	type Result,
	type RunOptions,
	useBinaryMode,
} from './support/engine';
import { logLines } from './support/log';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

let sandbox: Sandbox;
let video: IDataObject;

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox();
	video = {
		imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: '={{ $json.motion ?? "Rain" }}',
		duration: '3',
		mode: 'std',
	};
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});
afterEach(() => {
	sandbox.clearFaults();
	sandbox.set({ jobSeconds: 0.2 });
});

const inject = (account: TestAccount, ...rules: Array<Omit<FaultRule, 'key'>>) =>
	sandbox.inject(...rules.map((rule) => ({ ...rule, key: account.key }) as FaultRule));

async function run(
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
): Promise<Result> {
	return await runWorkflow({
		credential: account.credential,
		parameters: { ...video, ...parameters },
		...rest,
	});
}

const requestsOf = (account: TestAccount, stage?: string) =>
	sandbox
		.requests()
		.filter((request) => request.key === account.key && (!stage || request.stage === stage));

describe('all items are checked before any money is spent', () => {
	const items = [{ json: { motion: 'Rain' } }, { json: { motion: '' } }];

	it('with an invalid item nothing is uploaded or submitted', async () => {
		const account = newAccount(sandbox);
		const { error } = await run(
			account,
			{ imageUrl: `data:image/jpeg;base64,${PICTURE.toString('base64')}` },
			{ items },
		);
		expect(error?.context?.itemIndex).toBe(1);
		expect(requestsOf(account)).toEqual([]);
	});

	it('with Continue the others run', async () => {
		const account = newAccount(sandbox);
		const { output } = await run(
			account,
			{},
			{ items, settings: { onError: 'continueRegularOutput' } },
		);
		expect(output.map(({ json }) => Object.keys(json).includes('error'))).toEqual([false, true]);
		expect(account.report().jobs).toHaveLength(1);
	});

	it('an expression that cannot be resolved is an invalid item too', async () => {
		const account = newAccount(sandbox);
		const { error } = await run(
			account,
			{ prompt: '={{ $json.motion.missing.deeper }}' },
			{ items },
		);
		expect(error).toBeDefined();
		expect(requestsOf(account)).toEqual([]);
	});
});

describe('the submit policy', () => {
	/** An address at which nothing listens. */
	async function deadAddress(): Promise<string> {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		return `http://127.0.0.1:${port}`;
	}

	it('a refused connection is repeated a few times, and then says that nothing is billed', async () => {
		const account = newAccount(sandbox);
		const baseUrl = await deadAddress();
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run({ ...account, credential: { ...account.credential, baseUrl } });
		});
		expect(result.error?.message).toMatch(/could not be reached: the connection was refused/);
		expect(lines.filter((line) => /trying again/.test(line))).toHaveLength(4);
		expect(JSON.stringify(result.nodeContext)).not.toContain('submitting');
	});

	it('a name that does not exist is repeated likewise', async () => {
		const account = newAccount(sandbox);
		const credential = { ...account.credential, baseUrl: 'https://segmind.invalid' };
		const { error } = await run({ ...account, credential });
		expect(error?.message).toMatch(/host name could not be (found|looked up)/);
	});

	it('500 is repeated only with the option on', async () => {
		const fault = { kind: 'respond' as const, status: 500, body: { error: 'oops' } };
		const careful = newAccount(sandbox);
		inject(careful, { stage: 'submit', times: 2, fault });
		expect((await run(careful)).error?.message).toMatch(/unknown/);
		expect(requestsOf(careful, 'submit')).toHaveLength(1);

		const daring = newAccount(sandbox);
		inject(daring, { stage: 'submit', times: 2, fault });
		const { output } = await run(daring, { options: { retrySubmitOnServerError: true } });
		expect(output[0].json.status).toBe('COMPLETED');
		expect(requestsOf(daring, 'submit')).toHaveLength(3);
		expect(daring.report().jobs).toHaveLength(1);
	});

	it('a lost answer is submitted again on a re-run only with Resubmit If Unknown on', async () => {
		const account = newAccount(sandbox);
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const first = await run(account);
		expect(first.error?.message).toMatch(/unknown/);
		const again = await run(account, {}, { resume: asRetry(first.run) });
		expect(again.error?.message).toMatch(/an earlier try of this execution/);
		expect(account.report().jobs).toHaveLength(1);
		const accepted = await run(
			account,
			{ options: { resubmitUnknown: true } },
			{ resume: asRetry(again.run) },
		);
		expect(accepted.output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(2);
	});
});

describe('the ledger', () => {
	const failOnce = (account: TestAccount, prompt: string) =>
		inject(account, {
			stage: 'submit',
			match: { prompt },
			fault: { kind: 'fail-job', error: 'no face found' },
		});

	it.each([1, 5, 50])(
		'ten items of which one fails cost ten submits and one more, %d at once',
		async (concurrency) => {
			const account = newAccount(sandbox);
			failOnce(account, 'take 3');
			const { output, nodeContext } = await run(
				account,
				{ options: { concurrency } },
				{ items: TEN, settings: RETRY },
			);
			expect(output.map(({ pairedItem }) => pairedItem)).toEqual(TEN.map((_, item) => ({ item })));
			expect(account.report().jobs).toHaveLength(11);
			expect(nodeContext).toEqual({});
		},
	);

	it('a failed item stops new submits, and what was submitted is waited for', async () => {
		const account = newAccount(sandbox);
		// It fails while the other two are being made.
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 0' },
			fault: { kind: 'fail-job', error: 'bad' },
		});
		sandbox.set({ jobSeconds: 1 });
		const { error, nodeContext } = await run(
			account,
			{ options: { concurrency: 3 } },
			{ items: TEN },
		);
		const jobs = account.report().jobs.filter(({ status }) => status === 'COMPLETED');
		expect(jobs).toHaveLength(2);
		for (const { requestId, videoUrl, cost } of jobs) {
			expect(error?.description).toContain(`request ${requestId}: ${videoUrl}, $${cost}`);
			expect(JSON.stringify(nodeContext)).toContain(requestId);
		}
		expect(requestsOf(account, 'submit')).toHaveLength(3);
	});

	it('a retry downloads what was finished, waits for what is running, uses uploads again', async () => {
		const account = newAccount(sandbox);
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 404, body: '' },
		});
		const first = await run(account, { imageUrl }, { items: TEN.slice(0, 2) });
		expect(first.error?.message).toMatch(/could not be downloaded/);
		sandbox.clearFaults();
		const { output } = await run(
			account,
			{ imageUrl },
			{ items: TEN.slice(0, 2), resume: asRetry(first.run) },
		);
		expect(output.map(({ binary }) => binary!.data.mimeType)).toEqual(['video/mp4', 'video/mp4']);
		expect(account.report().jobs).toHaveLength(2);
		expect(account.report().uploads).toHaveLength(1);
	});

	it('a finished job is returned after the hour in which its request can be asked for', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 503, body: '' },
		});
		const first = await run(account, { options: { maxWait: 0.02 } });
		expect(first.error?.message).toMatch(/could not be downloaded/);
		sandbox.clearFaults();
		sandbox.expire(account.report().jobs[0].requestId);
		const { output } = await run(
			account,
			{ options: { maxWait: 0.02 } },
			{ resume: asRetry(first.run) },
		);
		expect(output[0].json).toMatchObject({ status: 'COMPLETED', cost: 0.63 });
		expect(account.report().jobs).toHaveLength(1);
	});

	it('a request that Segmind no longer knows is never a reason for a new job', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 60 });
		const first = await run(account, { options: { maxWait: 0.01 } });
		const [{ requestId }] = account.report().jobs;
		sandbox.expire(requestId);
		const entries = (
			first.run.data.executionData!.contextData['node:Kling'].segmindJobs as {
				jobs: Array<{ submittedAt: number }>;
			}
		).jobs;
		entries[0].submittedAt -= 2 * 60 * 60_000;
		const { error } = await run(account, {}, { resume: asRetry(first.run) });
		expect(error?.message).toContain(requestId);
		expect(error?.message).toMatch(/do not generate it again/);
		expect(account.report().jobs).toHaveLength(1);
	});

	it('a changed body is a new job only when the user says so: the paid one is not forgotten', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 404, body: '' },
		});
		const first = await run(account);
		sandbox.clearFaults();
		const changed = { prompt: 'Something else' };
		const refused = await run(account, changed, { resume: asRetry(first.run) });
		expect(refused.error?.message).toContain(account.report().jobs[0].requestId);
		expect(account.report().jobs).toHaveLength(1);

		const { output } = await run(
			account,
			{ ...changed, options: { reuseUndelivered: false } },
			{ resume: asRetry(first.run) },
		);
		expect(output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs.map(({ body }) => body.prompt)).toEqual([
			'Rain',
			'Something else',
		]);
	});

	it('two items with the same body are two jobs', async () => {
		const account = newAccount(sandbox);
		const { output } = await run(
			account,
			{ prompt: 'Rain' },
			{ items: [{ json: {} }, { json: {} }] },
		);
		expect(new Set(output.map(({ json }) => json.requestId)).size).toBe(2);
	});

	it('holds no binary data and no key, and nothing of it comes out', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 404, body: '' },
		});
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		const { nodeContext } = await run(account, { imageUrl }, { items: TEN.slice(0, 2) });
		const text = JSON.stringify(nodeContext);
		expect(text).not.toContain(account.key);
		expect(text).not.toContain(PICTURE.toString('base64').slice(0, 60));
		expect(text.length).toBeLessThan(5000);
	});

	it('a synchronous call that is done is returned from the binary store, for no further money', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'v1',
			match: { prompt: 'take 1' },
			skip: 0,
			fault: { kind: 'fail-job', error: 'no face found' },
		});
		const { output } = await run(
			account,
			{ options: { apiVersion: 'v1', concurrency: 1 } },
			{ items: TEN.slice(0, 2), settings: RETRY },
		);
		expect(output.map(({ binary }) => binary!.data.fileType)).toEqual(['video', 'video']);
		expect(
			account
				.report()
				.jobs.map(({ status }) => status)
				.sort(),
		).toEqual(['COMPLETED', 'COMPLETED', 'FAILED']);
	});

	it('start is not repeated by Retry On Fail', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 2' },
			fault: { kind: 'respond', status: 422, body: { error: 'bad' } },
		});
		const { output } = await run(
			account,
			{ operation: 'start' },
			{ items: TEN.slice(0, 3), settings: RETRY },
		);
		expect(output).toHaveLength(3);
		expect(account.report().jobs).toHaveLength(3);
	});
});

describe('deadlines', () => {
	it('Max Wait counts from the submit, and the error says how to fetch the video', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 2 });
		const { error } = await run(account, { options: { maxWait: 0.01 } });
		const [{ requestId }] = account.report().jobs;
		expect(error?.message).toContain(`use the Get operation with request ID ${requestId} before`);
		await sandbox.whenJobs(([job]) => job.status === 'COMPLETED', account.key);
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: { operation: 'get', requestId },
		});
		expect(output[0].binary!.data.fileType).toBe('video');
		expect(account.report().jobs).toHaveLength(1);
	});

	it('the synchronous call ends after Max Wait and says that it may be billed', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 2 });
		const { error } = await run(account, { options: { apiVersion: 'v1', maxWait: 0.01 } });
		expect(error?.message).toMatch(/no answer came in time.*may be billed/);
		expect(error?.description).toMatch(/v1 has no request ID/);
	});
});

describe('Stop', () => {
	it('ends all waiting at once', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 1 });
		let stop!: () => void;
		const running = run(
			account,
			{},
			{ items: TEN.slice(0, 3), onStart: (execution) => (stop = execution.stop) },
		);
		await sandbox.whenRequests(
			(all) =>
				all.filter(({ key, stage }) => key === account.key && stage === 'status').length >= 3,
		);
		stop();
		const stoppedAt = Date.now();
		await running.catch(() => undefined);
		// Once another account's job, submitted later, is through, these would have been asked for again.
		await sandbox.whenJobs(
			(jobs) => jobs.length === 3 && jobs.every(({ status }) => status === 'COMPLETED'),
			account.key,
		);
		await run(newAccount(sandbox));
		const later = requestsOf(account).filter(({ at }) => at > stoppedAt + 50);
		expect(later).toEqual([]);
	});

	it('lets a submit in flight name its request ID, which is logged', async () => {
		const account = newAccount(sandbox);
		inject(account, { stage: 'submit', fault: { kind: 'delay', ms: 500 } });
		const lines = await logLines(async () => {
			let stop!: () => void;
			const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
			await sandbox.whenRequests((all) =>
				all.some(({ key, stage }) => key === account.key && stage === 'submit'),
			);
			stop();
			await running.catch(() => undefined);
			await sandbox.whenJobs(
				(jobs) => jobs.some(({ status }) => status === 'COMPLETED'),
				account.key,
			);
			await run(newAccount(sandbox));
		});
		const [{ requestId }] = account.report().jobs;
		expect(lines.join('\n')).toContain(requestId);
		expect(lines.join('\n')).not.toContain(account.key);
		expect(account.report().jobs).toHaveLength(1);
		expect(requestsOf(account, 'status')).toEqual([]);
	});

	it('gives up a submit in flight that does not answer', async () => {
		const patience = TIMEOUTS.submitAfterStop;
		TIMEOUTS.submitAfterStop = 200;
		const account = newAccount(sandbox);
		inject(account, { stage: 'submit', fault: { kind: 'hang' } });
		let stop!: () => void;
		const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
		await sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'submit'),
		);
		stop();
		await running.catch(() => undefined);
		await sandbox.whenRequests((all) =>
			all.some(
				({ key, stage, endedAt }) =>
					key === account.key && stage === 'submit' && endedAt !== undefined,
			),
		);
		TIMEOUTS.submitAfterStop = patience;
		expect(requestsOf(account, 'submit')).toHaveLength(1);
	});

	it('is honoured again when Retry On Fail calls the node after it', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 30 });
		let stop!: () => void;
		const running = run(
			account,
			{},
			{ items: TEN.slice(0, 2), settings: RETRY, onStart: (execution) => (stop = execution.stop) },
		);
		await sandbox.whenRequests(
			(all) =>
				all.filter(({ key, stage }) => key === account.key && stage === 'status').length >= 2,
		);
		stop();
		await running.catch(() => undefined);
		sandbox.set({ jobSeconds: 0.2 });
		for (let others = 0; others < 2; others++) await run(newAccount(sandbox));
		expect(requestsOf(account, 'submit')).toHaveLength(2);
	});

	it('before the first submit nothing is sent', async () => {
		const account = newAccount(sandbox);
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		inject(account, { stage: 'upload', fault: { kind: 'delay', ms: 300 } });
		let stop!: () => void;
		const running = run(account, { imageUrl }, { onStart: (execution) => (stop = execution.stop) });
		await sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'upload'),
		);
		stop();
		await running.catch(() => undefined);
		await run(newAccount(sandbox));
		expect(requestsOf(account, 'submit')).toEqual([]);
	});

	it('says it in words that do not take the Retry button away', async () => {
		const account = newAccount(sandbox);
		sandbox.set({ jobSeconds: 30 });
		let stop!: () => void;
		const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
		await sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'status'),
		);
		stop();
		const result = await running.catch(() => undefined);
		expect(JSON.stringify(result?.run.data.resultData.runData.Kling ?? [])).not.toMatch(/canceled/);
	});
});

describe('spending limits', () => {
	it('a video over Max Cost Per Video is refused before any request', async () => {
		const account = newAccount(sandbox);
		const { error } = await run(account, { options: { maxCostPerVideo: 0.5 } });
		expect(error).toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringMatching(/about \$0\.63.*Max Cost Per Video \(\$0\.50\)/),
		});
		expect(requestsOf(account)).toEqual([]);
	});

	it('a run over Max Cost Per Run is refused before any request', async () => {
		const account = newAccount(sandbox);
		const { error } = await run(account, { options: { maxCostPerRun: 6.2 } }, { items: TEN });
		expect(error?.message).toMatch(/about \$6\.30 for 10 videos.*Max Cost Per Run \(\$6\.20\)/);
		expect(requestsOf(account)).toEqual([]);
	});

	it('a run that costs just the limit is made', async () => {
		const account = newAccount(sandbox);
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1.89 } },
			{ items: TEN.slice(0, 3) },
		);
		expect(output).toHaveLength(3);
	});

	it('with Continue the run limit gives error items and spends nothing', async () => {
		const account = newAccount(sandbox);
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1 } },
			{ items: TEN, settings: { onError: 'continueRegularOutput' } },
		);
		expect(output).toHaveLength(10);
		expect(output[9].json.error).toMatch(/Max Cost Per Run/);
		expect(account.report().jobs).toEqual([]);
	});

	it('jobs that are paid already do not count again', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 2' },
			fault: { kind: 'fail-job', error: 'no face found' },
		});
		const { output } = await run(
			account,
			{ options: { maxCostPerRun: 1.89 } },
			{ items: TEN.slice(0, 3), settings: RETRY },
		);
		expect(output).toHaveLength(3);
	});

	it('Check Balance First refuses what the balance cannot cover, naming both sums', async () => {
		const account = newAccount(sandbox, { credits: 1 });
		const { error } = await run(
			account,
			{ options: { checkBalance: true } },
			{ items: TEN.slice(0, 2) },
		);
		expect(error?.message).toMatch(/balance of \$1\.00.*about \$1\.26/);
		expect(requestsOf(account).map(({ stage }) => stage)).toEqual(['balance']);
	});

	it('a balance that cannot be read is a warning, no failure', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'balance',
			times: 0,
			fault: { kind: 'respond', status: 503, body: '' },
		});
		let result!: Result;
		const lines = await logLines(async () => {
			result = await run(account, { options: { checkBalance: true } });
		});
		expect(result.output[0].json.status).toBe('COMPLETED');
		expect(lines.join('\n')).toMatch(/warn The Segmind balance could not be checked/);
		const hints = result.run.data.resultData.runData.Kling[0].hints ?? [];
		expect(JSON.stringify(hints)).toMatch(/could not be checked/);
	});
});

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
		const account = newAccount(sandbox);
		const items = await pictures();
		const spy = breakStore('getAsBuffer', 8);
		const { output } = await run(account, { imageSource: 'binary' }, { items, settings: RETRY });
		spy.mockRestore();
		expect(output).toHaveLength(6);
		expect(account.report().jobs).toHaveLength(6);
	});

	it('with Continue it is one error item, and the others have their videos', async () => {
		const account = newAccount(sandbox);
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
		const account = newAccount(sandbox);
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
		const account = newAccount(sandbox);
		const { output } = await run(account);
		spy.mockRestore();
		TIMEOUTS.downloadStall = stall;
		expect(output[0].binary!.data.fileType).toBe('video');
		expect(requestsOf(account, 'download')).toHaveLength(0);
		const downloads = sandbox
			.requests()
			.filter(
				({ stage, path }) => stage === 'download' && String(output[0].json.videoUrl).endsWith(path),
			);
		expect(downloads).toHaveLength(1);
	});
});

describe('an error that ends the run', () => {
	it('is the most urgent one, and names what happened to the others', async () => {
		const account = newAccount(sandbox);
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

	it('names videos of earlier tries too, which the last one did not get to', async () => {
		const account = newAccount(sandbox);
		const bad = { kind: 'respond' as const, status: 422, body: { error: 'bad' } };
		// The first try has all but the last; then the first one in line fails at once.
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
		const account = newAccount(sandbox);
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
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'result',
			times: 2,
			fault: { kind: 'respond', status: 200, body: { status: 'COMPLETED', output: null } },
		});
		const { output } = await run(account);
		expect(output[0].json.videoUrl).toBe(account.report().jobs[0].videoUrl);
	});

	it('is asked for again by a retry', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'result',
			times: 0,
			fault: { kind: 'respond', status: 200, body: { status: 'COMPLETED', output: null } },
		});
		const first = await run(account, { options: { maxWait: 0.02 } });
		expect(first.error?.message).toContain(account.report().jobs[0].requestId);
		sandbox.clearFaults();
		const { output } = await run(account, {}, { resume: asRetry(first.run) });
		expect(output[0].json.status).toBe('COMPLETED');
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('the synchronous call with binary data in memory', () => {
	it('a retry fetches the video by its request ID', async () => {
		await useBinaryMode('default');
		const account = newAccount(sandbox);
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

describe('limits that cannot be read are no way around them', () => {
	it.each([
		[
			'a limit with a comma',
			{ maxCostPerVideo: '0,50' },
			/Max Cost Per Video.*number of US dollars/,
		],
		[
			'a limit with a currency',
			{ maxCostPerRun: '$0.50' },
			/Max Cost Per Run.*number of US dollars/,
		],
		['a negative limit', { maxCostPerRun: -1 }, /Max Cost Per Run.*number of US dollars/],
		[
			'extra body fields that change the price',
			{ maxCostPerVideo: 0.7, extraBody: '{"duration":"15"}' },
			/sets "duration"/,
		],
	])('%s', async (_name, options, message) => {
		const account = newAccount(sandbox);
		const { error } = await run(account, { options });
		expect(error?.message).toMatch(message);
		expect(requestsOf(account)).toEqual([]);
	});

	it('the balance is checked for the text "true" too', async () => {
		const account = newAccount(sandbox, { credits: 0.2 });
		const { error } = await run(account, { options: { checkBalance: '={{ "true" }}' } });
		expect(error?.message).toMatch(/does not cover/);
	});
});

describe('a doubt is not forgotten', () => {
	it('when a tolerated 500 is followed by another one', async () => {
		const account = newAccount(sandbox);
		inject(account, {
			stage: 'submit',
			times: 0,
			fault: { kind: 'respond', status: 500, body: { error: 'oops' } },
		});
		const { error, nodeContext } = await run(account, {
			options: { retrySubmitOnServerError: true },
		});
		expect(error?.message).toMatch(/may be billed/);
		expect(JSON.stringify(nodeContext)).toContain('unknown');
	});

	it('when the resubmit that the user allowed does not come about', async () => {
		const account = newAccount(sandbox);
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		inject(account, { stage: 'submit', fault: { kind: 'reset', when: 'after' } });
		const first = await run(account, { imageUrl });
		const context = first.run.data.executionData!.contextData['node:Kling'];
		(context.segmindJobs as { uploads: object }).uploads = {};
		inject(account, {
			stage: 'upload',
			times: 1,
			fault: { kind: 'respond', status: 401, body: { error: 'no' } },
		});
		const second = await run(
			account,
			{ imageUrl, options: { resubmitUnknown: true } },
			{ resume: asRetry(first.run) },
		);
		expect(second.error?.message).toMatch(/could not be uploaded/);
		const third = await run(account, { imageUrl }, { resume: asRetry(second.run) });
		expect(third.error?.message).toMatch(/an earlier try of this execution/);
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('options that cannot be resolved', () => {
	it('make an error item each, not an error of the run, when the user chose to continue', async () => {
		const account = newAccount(sandbox);
		const { output } = await run(
			account,
			{ options: { fileName: '={{ $("Nowhere").item.json.name }}' } },
			{ items: TEN.slice(0, 2), settings: { onError: 'continueRegularOutput' } },
		);
		expect(output.map(({ json }) => typeof json.error)).toEqual(['string', 'string']);
		expect(requestsOf(account)).toEqual([]);
	});
});
