/**
 * A result that is asked for when its job is likely done, on the wire: what the service may answer while it is not.
 */
import { runWorkflow } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const QUICK = 0.2;
/** So long that it is asked for more than once, on a busy machine too. */
const SLOW = 4;
const items = (count: number) => Array.from({ length: count }, (_, n) => ({ json: { n } }));

const here = useSandbox();

async function run({ credential }: TestAccount, count: number) {
	return await runWorkflow({
		credential,
		parameters: {
			imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
			prompt: '=Take {{ $json.n }}',
			duration: '3',
		},
		items: items(count),
	});
}

/** Results that were asked for before the job was done, as they were answered. */
function early({ key, report }: TestAccount) {
	const { jobs } = report();
	return here.sandbox
		.requests()
		.filter((request) => request.key === key && request.stage === 'result')
		.filter(({ at, path }) => {
			const job = jobs.find(({ requestId }) => path.includes(requestId))!;
			return at < job.completedAt!;
		})
		.map(({ status }) => status);
}

it.each([200, 202, 400, 404] as const)(
	'%i: the video comes, is paid once, and refusals end the early questions',
	async (unfinishedResult) => {
		const account = here.account();
		// Of these it learns how long a video takes; the next one takes longer.
		here.sandbox.set({ jobSeconds: QUICK, unfinishedResult });
		expect((await run(account, 5)).output).toHaveLength(5);
		const before = early(account).length;
		here.sandbox.set({ jobSeconds: SLOW });
		const { output, error } = await run(account, 1);
		expect([output.length, error]).toEqual([1, undefined]);
		const first = early(account).slice(before);
		expect(first.length).toBeGreaterThan(0);
		expect(new Set(first)).toEqual(new Set([unfinishedResult]));
		const isRefused = unfinishedResult >= 400;
		if (isRefused) expect(first).toHaveLength(1);
		const asked = early(account).length;
		expect((await run(account, 1)).output).toHaveLength(1);
		if (isRefused) expect(early(account)).toHaveLength(asked);
		expect(account.report().jobs.map(({ billed }) => billed)).toEqual(Array(7).fill(true));
	},
	60_000,
);
