/**
 * Ways to pay twice, or to lose a paid video, that a seventh reading of November 2026 found. What counts is the
 * sandbox's account.
 */
import type { IDataObject, INode } from 'n8n-workflow';

import { KlingO3 } from '../../nodes/KlingO3/KlingO3.node';
import type { RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { beforeRound, idsOf, jobs, lostAnswer, useSandbox } from './support/useSandbox';

const here = useSandbox({ credits: 10_000, jobSeconds: 1 });
const { inject } = here;
afterEach(() => {
	jest.restoreAllMocks();
	here.sandbox.set({ historyLagSeconds: 0, historyAvailable: true });
});

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };

describe('A sub-workflow whose time is over while the video is made', () => {
	it('n8n drops the video before the next node, so the next execution takes it over', async () => {
		const account = here.account({}, { history: true });
		const late = { rounds: 1, timeOutAt: Date.now() + 500 };
		const first = await run(account, {}, late);
		expect(first.run.status).toBe('error');
		const next = await run(account);
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('An error output that leads back to the node', () => {
	it('brings the video that is paid already', async () => {
		const account = here.account();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const { run: ended, output } = await run(account, {}, { settings: CONTINUE, rounds: 2 });
		expect(ended.status).toBe('success');
		expect(idsOf({ output })).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
		expect(here.notes(account)).toEqual([]);
	});

	it('waits once more for a video that was not ready within Max Wait', async () => {
		const account = here.account();
		here.sandbox.set({ jobSeconds: 3 });
		const { output } = await run(
			account,
			{ options: { maxWait: 2 / 60 } },
			{ settings: CONTINUE, rounds: 2 },
		);
		expect(idsOf({ output })).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});

	it('brings each of two equal videos once', async () => {
		const account = here.account();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const twins = [{ json: {} }, { json: {} }];
		const { run: ended } = await run(
			account,
			{ options: { concurrency: 1 } },
			{ settings: CONTINUE, rounds: 2, items: twins },
		);
		const rounds = ended.data.resultData.runData.Kling.map(({ data }) =>
			idsOf({ output: data?.main[0] ?? [] }),
		);
		const ids = account.report().jobs.map(({ requestId }) => requestId);
		expect(rounds).toEqual([[ids[1]], [ids[0], ids[2]]]);
		expect(ids).toHaveLength(3);
	});

	it('brings another one, if Get has brought the first one before', async () => {
		const account = here.account();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const fetched: unknown[] = [];
		const node = beforeRound(2, async () => {
			const [{ requestId }] = account.report().jobs;
			const { output } = await run(account, { operation: 'get', requestId });
			fetched.push(...idsOf({ output }));
		});
		const { output } = await run(account, {}, { settings: CONTINUE, rounds: 2, node });
		const [first, second] = account.report().jobs.map(({ requestId }) => requestId);
		expect(fetched).toEqual([first]);
		expect(idsOf({ output })).toEqual([second]);
		expect(jobs(account)).toBe(2);
	});

	it('looks for a lost answer before it submits again', async () => {
		const account = here.account({}, { history: true });
		// Whoever looks in the first round finds nothing; in the second one, the history has it.
		here.sandbox.set({ historyLagSeconds: 3600 });
		inject(account, lostAnswer);
		const node = beforeRound(2, () => here.sandbox.set({ historyLagSeconds: 0 }));
		const { output } = await run(account, {}, { settings: CONTINUE, rounds: 2, node });
		expect(idsOf({ output })).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('A picture at a signed URL, another one each time the node before gives it', () => {
	it.each([
		['Discord', 'ex=6a1&is=6a0&hm=aa', 'ex=6b1&is=6b0&hm=bb'],
		['OneDrive', 'UniqueId=1&tempauth=aa', 'UniqueId=1&tempauth=bb'],
		[
			'Alibaba OSS',
			'OSSAccessKeyId=a&Expires=1&Signature=aa&security-token=a',
			'OSSAccessKeyId=b&Expires=2&Signature=bb&security-token=b',
		],
		[
			'Amazon S3, Version 2 with a temporary key',
			'AWSAccessKeyId=a&Signature=aa&x-amz-security-token=a&Expires=1',
			'AWSAccessKeyId=b&Signature=bb&x-amz-security-token=b&Expires=2',
		],
		['Tencent COS', 'q-ak=a&q-sign-time=1&q-signature=aa', 'q-ak=a&q-sign-time=2&q-signature=bb'],
	])('of %s is the same video in the next execution', async (_name, before, after) => {
		const account = here.account({}, { history: true });
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const at = (query: string) => ({
			imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg?${query}`,
		});
		const first = await run(account, at(before));
		expect(first.error?.message).toMatch(/refused the API key/);
		const next = await run(account, at(after));
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('A parameter that cannot be read in the last attempt of Retry On Fail', () => {
	it('does not hide what an earlier attempt has paid', async () => {
		const account = here.account();
		const items = ['take 0', 'take 1'].map((motion) => ({ json: { motion } }));
		inject(account, {
			...{ stage: 'submit', match: { prompt: 'take 1' } },
			fault: { kind: 'respond', status: 400, body: { error: 'not allowed' } },
		});
		const node = new KlingO3();
		const { execute } = node;
		let attempt = 0;
		node.execute = async function () {
			if (++attempt === 2) {
				const read = this.getNodeParameter.bind(this) as (...of: unknown[]) => unknown;
				this.getNodeParameter = ((name: string, ...rest: unknown[]) => {
					if (name === 'prompt') throw new Error('The node before gave nothing');
					return read(name, ...rest);
				}) as never;
			}
			return await execute.call(this);
		};
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
		const { error } = await run(
			account,
			{ options: { concurrency: 1 } },
			{ items, settings, node },
		);
		expect(attempt).toBe(2);
		expect(error?.message).toBe('The node before gave nothing');
		const [paid] = account.report().jobs;
		expect(error?.description).toContain(paid.requestId);
		expect(jobs(account)).toBe(1);
	});
});
