/**
 * Ways to pay twice, or to lose a paid video, that a seventh reading of November 2026 found. What counts is the
 * sandbox's account.
 */
import type { IDataObject } from 'n8n-workflow';

import type { RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { idsOf, jobs, useSandbox } from './support/useSandbox';

const here = useSandbox({ credits: 10_000, jobSeconds: 1 });
afterEach(() => {
	jest.restoreAllMocks();
	here.sandbox.set({ historyLagSeconds: 0, historyAvailable: true });
});

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

describe('A sub-workflow whose time is over while the video is made', () => {
	it('n8n drops the video before the next node, so the next execution takes it over', async () => {
		const account = here.account({}, { history: true });
		const late = { rounds: 1, timeOutAt: Date.now() + 500 };
		const first = await run(account, {}, late);
		expect(first.run.status).toBe('canceled');
		const next = await run(account);
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});
