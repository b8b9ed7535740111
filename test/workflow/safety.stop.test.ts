/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Stop ends what waits, and loses nothing that is paid. What counts is the sandbox's account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { TIMEOUTS } from '../../nodes/segmind/policy/limits';
import { logLines } from './support/log';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const RETRY: Partial<INode> = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const TEN = Array.from({ length: 10 }, (_, n) => ({ json: { motion: `take ${n}` } }));

const here = useSandbox();
const { inject, requestsOf, run } = here;

describe('Stop', () => {
	it('ends all waiting at once', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 1 });
		let stop!: () => void;
		const running = run(
			account,
			{},
			{ items: TEN.slice(0, 3), onStart: (execution) => (stop = execution.stop) },
		);
		await here.sandbox.whenRequests(
			(all) =>
				all.filter(({ key, stage }) => key === account.key && stage === 'status').length >= 3,
		);
		stop();
		// What had left before has arrived when a later request is answered.
		await run(here.account(), { resource: 'account', operation: 'getCredits' });
		const arrived = requestsOf(account).length;
		await running.catch(() => undefined);
		// Once another account's job, submitted later, is through, these would have been asked for again.
		await here.sandbox.whenJobs(
			(jobs) => jobs.length === 3 && jobs.every(({ status }) => status === 'COMPLETED'),
			account.key,
		);
		await run(here.account());
		expect(requestsOf(account)).toHaveLength(arrived);
	});

	it('lets a submit in flight name its request ID, which is logged', async () => {
		const account = here.account();
		inject(account, { stage: 'submit', fault: { kind: 'delay', ms: 500 } });
		const lines = await logLines(async () => {
			let stop!: () => void;
			const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
			await here.sandbox.whenRequests((all) =>
				all.some(({ key, stage }) => key === account.key && stage === 'submit'),
			);
			stop();
			await running.catch(() => undefined);
			await here.sandbox.whenJobs(
				(jobs) => jobs.some(({ status }) => status === 'COMPLETED'),
				account.key,
			);
			await run(here.account());
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
		const account = here.account();
		inject(account, { stage: 'submit', fault: { kind: 'hang' } });
		let stop!: () => void;
		const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
		await here.sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'submit'),
		);
		stop();
		await running.catch(() => undefined);
		await here.sandbox.whenRequests((all) =>
			all.some(
				({ key, stage, endedAt }) =>
					key === account.key && stage === 'submit' && endedAt !== undefined,
			),
		);
		TIMEOUTS.submitAfterStop = patience;
		expect(requestsOf(account, 'submit')).toHaveLength(1);
	});

	it('is honoured again when Retry On Fail calls the node after it', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 30 });
		let stop!: () => void;
		const running = run(
			account,
			{},
			{ items: TEN.slice(0, 2), settings: RETRY, onStart: (execution) => (stop = execution.stop) },
		);
		await here.sandbox.whenRequests(
			(all) =>
				all.filter(({ key, stage }) => key === account.key && stage === 'status').length >= 2,
		);
		stop();
		await running.catch(() => undefined);
		here.sandbox.set({ jobSeconds: 0.2 });
		for (let others = 0; others < 2; others++) await run(here.account());
		expect(requestsOf(account, 'submit')).toHaveLength(2);
	});

	it('before the first submit nothing is sent', async () => {
		const account = here.account();
		const imageUrl = `data:image/jpeg;base64,${PICTURE.toString('base64')}`;
		inject(account, { stage: 'upload', fault: { kind: 'delay', ms: 300 } });
		let stop!: () => void;
		const running = run(account, { imageUrl }, { onStart: (execution) => (stop = execution.stop) });
		await here.sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'upload'),
		);
		stop();
		await running.catch(() => undefined);
		await run(here.account());
		expect(requestsOf(account, 'submit')).toEqual([]);
	});

	it('says it in words that do not take the Retry button away', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 30 });
		let stop!: () => void;
		const running = run(account, {}, { onStart: (execution) => (stop = execution.stop) });
		await here.sandbox.whenRequests((all) =>
			all.some(({ key, stage }) => key === account.key && stage === 'status'),
		);
		stop();
		const result = await running.catch(() => undefined);
		expect(JSON.stringify(result?.run.data.resultData.runData.Kling ?? [])).not.toMatch(/canceled/);
	});
});
