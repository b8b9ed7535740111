/**
 * Ways to pay twice, or to lose a paid video, that an eighth reading of November 2026 found. What counts is the
 * sandbox's account.
 */
import type { IDataObject, INode } from 'n8n-workflow';

import type { RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { beforeRound, idsOf, jobs, lostAnswer, useSandbox } from './support/useSandbox';

const here = useSandbox({ credits: 10_000, jobSeconds: 1 });
const { inject } = here;
afterEach(() => here.sandbox.set({ v1Response: 'video' }));

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

const CONTINUE: Partial<INode> = { onError: 'continueRegularOutput' };

describe('An error output that leads back to the node', () => {
	it('brings a video of API Version V1 whose address is known and whose request is not', async () => {
		const account = here.account();
		here.sandbox.set({ v1Response: 'json' });
		inject(
			account,
			{ stage: 'v1', fault: { kind: 'no-id' } },
			{ stage: 'download', fault: { kind: 'respond', status: 410 } },
		);
		const node = beforeRound(2, () => here.sandbox.clearFaults());
		const { output } = await run(
			account,
			{ downloadVideo: true, options: { apiVersion: 'v1' } },
			{ settings: CONTINUE, rounds: 2, node },
		);
		expect(output.map(({ json, binary }) => json.error ?? binary?.data.mimeType)).toEqual([
			'video/mp4',
		]);
		expect(jobs(account)).toBe(1);
	});

	it('does not repeat a submit whose answer was lost', async () => {
		const account = here.account();
		inject(account, { ...lostAnswer, times: 1 });
		const { output } = await run(account, {}, { settings: CONTINUE, rounds: 3 });
		expect(output[0].json.error).toMatch(/^It is unknown whether this video was submitted/);
		expect(jobs(account)).toBe(1);
	});

	it('repeats it with Resubmit If Unknown', async () => {
		const account = here.account();
		inject(account, { ...lostAnswer, times: 1 });
		const options = { resubmitUnknown: true };
		const { output } = await run(account, { options }, { settings: CONTINUE, rounds: 2 });
		expect(idsOf({ output })).toEqual([account.report().jobs[1].requestId]);
		expect(jobs(account)).toBe(2);
	});
});

describe('A loop with other items in each round', () => {
	it('leaves what an earlier round has paid to an execution that wants it now', async () => {
		const account = here.account({}, { history: true });
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const node = beforeRound(2, () => here.sandbox.set({ jobSeconds: 10 }));
		const prompt = '=Rain {{ $runIndex }}';
		const loop = run(account, { prompt }, { settings: CONTINUE, rounds: 2, node });
		await here.sandbox.whenJobs((all) => all.length === 2, account.key);
		const other = await run(account, { prompt: 'Rain 0' });
		expect(other.error?.message).toBeUndefined();
		expect(idsOf(other)).toEqual([account.report().jobs[0].requestId]);
		expect(idsOf(await loop)).toEqual([account.report().jobs[1].requestId]);
		expect(jobs(account)).toBe(2);
		expect(here.notes(account)).toEqual([]);
	}, 30_000);

	it('brings a video that Get had in an execution that ended with an error', async () => {
		const account = here.account();
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const node = beforeRound(2, async () => {
			const [{ requestId }] = account.report().jobs;
			const { error } = await run(
				account,
				{ operation: 'get', requestId: '={{ $json.id }}', options: { concurrency: 1 } },
				{ items: [{ json: { id: requestId } }, { json: { id: 'another-one' } }] },
			);
			expect(error).toBeDefined();
		});
		const { output } = await run(account, {}, { settings: CONTINUE, rounds: 2, node });
		expect(idsOf({ output })).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});

describe('A refused video that comes back by an error output', () => {
	const ORDER = '={{ "take " + ($runIndex === 0 ? $itemIndex : 1 - $itemIndex) }}';
	const TWO = [{ json: {} }, { json: {} }];

	it('is refused as another item, too', async () => {
		const account = here.account();
		inject(account, { ...lostAnswer, times: 1 });
		await run(account, { prompt: 'take 1' });
		expect(jobs(account)).toBe(1);
		const { output } = await run(
			account,
			{ prompt: ORDER },
			{ settings: CONTINUE, rounds: 2, items: TWO },
		);
		expect(output.map(({ json }) => json.error ?? json.status)).toEqual([
			expect.stringMatching(/^An earlier execution/),
			'COMPLETED',
		]);
		// The lost one, and one of "take 0" for each round.
		expect(jobs(account)).toBe(3);
	});
});

describe('A picture at a signed URL, another one each time the node before gives it', () => {
	it.each([
		['Cloudflare Images', 'exp=1&sig=aa', 'exp=2&sig=bb'],
		['Qiniu', 'e=1&token=ak:aa', 'e=2&token=ak:bb'],
		['Huawei OBS', 'AccessKeyId=a&Expires=1&Signature=aa', 'AccessKeyId=b&Expires=2&Signature=bb'],
		[
			'Volcengine TOS',
			'X-Tos-Date=1&X-Tos-Expires=60&X-Tos-Signature=aa',
			'X-Tos-Date=2&X-Tos-Expires=60&X-Tos-Signature=bb',
		],
		['TikTok', 'x-expires=1&x-signature=aa', 'x-expires=2&x-signature=bb'],
		['Instagram', 'stp=dst&oh=00_aa&oe=1', 'stp=dst&oh=00_bb&oe=2'],
		['ImageKit', 'tr=w-300&ik-t=1&ik-s=aa', 'tr=w-300&ik-t=2&ik-s=bb'],
		['Backblaze B2', 'Authorization=3_2026_aa', 'Authorization=3_2026_bb'],
		['Akamai', 'hdnts=exp=1~acl=/*~hmac=aa', 'hdnts=exp=2~acl=/*~hmac=bb'],
	])('of %s is the same video in the next execution', async (_name, first, second) => {
		const account = here.account({}, { history: true });
		inject(account, { stage: 'result', times: 1, fault: { kind: 'respond', status: 401 } });
		const at = (query: string) => ({
			imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg?${query}`,
		});
		const failed = await run(account, at(first));
		expect(failed.error?.message).toMatch(/refused the API key/);
		const next = await run(account, at(second));
		expect(idsOf(next)).toEqual([account.report().jobs[0].requestId]);
		expect(jobs(account)).toBe(1);
	});
});
