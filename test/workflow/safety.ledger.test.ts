/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** What was paid is remembered: by a retry, when Max Wait is over, in doubt. What counts is the sandbox's account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { asRetry, runWorkflow } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

const here = useSandbox();
const { inject, requestsOf, run } = here;

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
			const account = here.account();
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
		const account = here.account();
		// It fails while the other two are being made.
		inject(account, {
			stage: 'submit',
			match: { prompt: 'take 0' },
			fault: { kind: 'fail-job', error: 'bad' },
		});
		here.sandbox.set({ jobSeconds: 1 });
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
		const account = here.account();
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 404, body: '' },
		});
		const first = await run(account, { imageUrl }, { items: TEN.slice(0, 2) });
		expect(first.error?.message).toMatch(/could not be downloaded/);
		here.sandbox.clearFaults();
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
		const account = here.account();
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 503, body: '' },
		});
		const first = await run(account, { options: { maxWait: 0.02 } });
		expect(first.error?.message).toMatch(/could not be downloaded/);
		here.sandbox.clearFaults();
		here.sandbox.expire(account.report().jobs[0].requestId);
		const { output } = await run(
			account,
			{ options: { maxWait: 0.02 } },
			{ resume: asRetry(first.run) },
		);
		expect(output[0].json).toMatchObject({ status: 'COMPLETED', cost: 0.63 });
		expect(account.report().jobs).toHaveLength(1);
	});

	it('a request that Segmind no longer knows is never a reason for a new job', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 60 });
		const first = await run(account, { options: { maxWait: 0.01 } });
		const [{ requestId }] = account.report().jobs;
		here.sandbox.expire(requestId);
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
		const account = here.account();
		inject(account, {
			stage: 'download',
			times: 0,
			fault: { kind: 'respond', status: 404, body: '' },
		});
		const first = await run(account);
		here.sandbox.clearFaults();
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
		const account = here.account();
		const { output } = await run(
			account,
			{ prompt: 'Rain' },
			{ items: [{ json: {} }, { json: {} }] },
		);
		expect(new Set(output.map(({ json }) => json.requestId)).size).toBe(2);
	});

	it('holds no binary data and no key, and nothing of it comes out', async () => {
		const account = here.account();
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
		const account = here.account();
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
		const account = here.account();
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
		const account = here.account();
		here.sandbox.set({ jobSeconds: 2 });
		const { error } = await run(account, { options: { maxWait: 0.01 } });
		const [{ requestId }] = account.report().jobs;
		expect(error?.message).toContain(`use the Get operation with request ID ${requestId} before`);
		await here.sandbox.whenJobs(([job]) => job.status === 'COMPLETED', account.key);
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: { operation: 'get', requestId },
		});
		expect(output[0].binary!.data.fileType).toBe('video');
		expect(account.report().jobs).toHaveLength(1);
	});

	it('the synchronous call ends after Max Wait and says that it may be billed', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 2 });
		const { error } = await run(account, { options: { apiVersion: 'v1', maxWait: 0.01 } });
		expect(error?.message).toMatch(/no answer came in time.*may be billed/);
		expect(error?.description).toMatch(/v1 has no request ID/);
	});
});

describe('a doubt is not forgotten', () => {
	it('when a tolerated 500 is followed by another one', async () => {
		const account = here.account();
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
		const account = here.account();
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
		expect(third.error?.message).toMatch(/an earlier attempt of this execution/);
		expect(account.report().jobs).toHaveLength(1);
	});
});
