/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Ways to pay twice, or to say something false about money, that a fourth reading of November 2026 found. What counts
 * is the sandbox's account.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INode } from 'n8n-workflow';

import { UPLOAD_REUSE } from '../../nodes/segmind/policy/limits';
import { asRetry, storedBinary, type RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { jobs, lostAnswer, useSandbox } from './support/useSandbox';

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };

const here = useSandbox({ credits: 10_000 });
const { inject, notes } = here;
afterEach(() => {
	jest.useRealTimers();
	jest.restoreAllMocks();
});

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

/** An account with a video that is paid, whose answer was lost, and whose history is switched off. */
async function withLostVideo(): Promise<TestAccount> {
	const account = here.account();
	inject(account, lostAnswer);
	const first = await run(account);
	expect(first.error?.message).toMatch(/unknown whether/);
	expect(jobs(account)).toBe(1);
	here.sandbox.clearFaults();
	return account;
}

const tooDear = { maxCostPerRun: 0.01 };

describe('Submit Again After Unknown Outcome, and a spending limit refuses the run', () => {
	it('what may be paid is still remembered, and nothing claims that a new video is paid', async () => {
		const account = await withLostVideo();
		const options = { resubmitUnknown: true, ...tooDear };
		const second = await run(account, { options }, { settings: CONTINUE });
		expect(JSON.stringify(second.output)).toMatch(/Max Cost Per Run/);
		expect(JSON.stringify(second.run)).not.toMatch(/a new video is paid/);
		// Somebody reads that, and turns the option off.
		const third = await run(account);
		expect(third.error?.message).toMatch(/may be paid already/);
		expect(jobs(account)).toBe(1);
	});
});

describe('A clock that was hours ahead, and is put right after a kill', () => {
	it('the video is refused once, not bought without a word', async () => {
		const account = here.account();
		const real = Date.now.bind(Date);
		const ahead = jest.spyOn(Date, 'now').mockImplementation(() => real() + 3 * 3_600_000);
		inject(account, lostAnswer);
		await run(account);
		ahead.mockRestore();
		here.sandbox.clearFaults();
		expect(jobs(account)).toBe(1);
		expect(notes(account).length).toBeGreaterThan(0);
		const second = await run(account);
		expect(second.error?.message).toMatch(/may be paid already/);
		expect(jobs(account)).toBe(1);
	});
});

describe('A body that says FAILED and names what was charged', () => {
	const billedFailure = { status: 'FAILED', error: 'worker lost', metrics: { cost: 0.63 } };

	it('is not called free, and its video is not bought again', async () => {
		const account = here.account();
		const always = {
			times: 0,
			fault: { kind: 'respond', status: 422, body: billedFailure },
		} as const;
		inject(account, { stage: 'status', ...always }, { stage: 'result', ...always });
		const first = await run(account, {}, { settings: CONTINUE });
		expect(first.output[0].json.details).toMatchObject({ billed: 'possibly' });
		await run(account);
		expect(jobs(account)).toBe(1);
	});
});

describe('A video whose answer was lost, submitted again a day later', () => {
	it('may be billed, also where its file cannot be uploaded once more', async () => {
		const account = here.account();
		const picture = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
		const data = await storedBinary(picture, 'a.jpg', 'image/jpeg');
		const items = [{ json: {}, binary: { data } }];
		inject(account, lostAnswer);
		const fromFile = { imageSource: 'binary' };
		const first = await run(account, fromFile, { items });
		expect(jobs(account)).toBe(1);
		here.sandbox.clearFaults();
		inject(account, {
			...{ stage: 'upload', times: 0 },
			fault: { kind: 'respond', status: 400, body: { error: 'no room' } },
		});
		const real = Date.now.bind(Date);
		jest.spyOn(Date, 'now').mockImplementation(() => real() + 2 * UPLOAD_REUSE);
		const parameters = { ...fromFile, options: { resubmitUnknown: true } };
		const second = await run(account, parameters, { items, resume: asRetry(first.run) });
		expect(second.error?.message).toMatch(/no room/);
		expect(second.error?.message).toMatch(/unknown whether/);
		expect(second.error?.context?.data ?? second.saved).not.toMatch(/"billed":"no"/);
	});
});
