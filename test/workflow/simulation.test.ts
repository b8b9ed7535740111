/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * A thousand workflows in simulated time, whose executions are killed, stopped and fail at random and are retried or
 * executed again, and whose error outputs may lead back to the node: no video is paid twice while the account's history
 * works, and no note is refused twice while it does not. What counts is the service's books. See `support/simulation`: `story.ts` plays, `books.ts` judges.
 *
 *     SIMULATION_RUNS=10000   more of them
 *     SIMULATION_FROM=20001   others: from this seed on
 *     SIMULATION_WORKERS=2    executions take turns between two workers of queue mode
 *     SIMULATION_SEED=42      this one alone, with all that happened in it
 */
import { noteTable } from './support/deduplication';
import { useBinaryMode } from './support/engine';
import { Story } from './support/simulation/story';

const RUNS = Number(process.env.SIMULATION_RUNS ?? 1000);
const FROM = Number(process.env.SIMULATION_FROM ?? 1);
const WORKERS = Number(process.env.SIMULATION_WORKERS ?? 1);
const ONE = process.env.SIMULATION_SEED;

/** Stories that belong together run as one test, so that a hanging one is not waited for until the end. */
const TOGETHER = 100;
/** On a machine of its own a story takes a fifteenth of a second. */
const PATIENCE = 300_000;

const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

const BATCHES = ONE
	? [[Number(ONE)]]
	: range(0, Math.ceil(RUNS / TOGETHER)).map((batch) =>
			range(FROM + batch * TOGETHER, Math.min(TOGETHER, RUNS - batch * TOGETHER)),
		);

beforeAll(async () => {
	await useBinaryMode('default');
	noteTable.before = async () => {};
});

/** @returns what went wrong */
async function tell(seed: number): Promise<{ story: Story; problem?: string }> {
	const story = new Story(seed, WORKERS);
	try {
		await story.tell();
		return { story };
	} catch (error) {
		const { message, stack } = error as Error;
		const details = ONE ? [stack, ...story.log] : [];
		return { story, problem: [`SIMULATION_SEED=${seed}: ${message}`, ...details].join('\n') };
	}
}

const total: Record<string, number> = {};

it.each(BATCHES.map((seeds) => ({ seeds, from: seeds[0], to: seeds.at(-1) })))(
	'stories $from to $to: nothing is paid twice, nothing is refused twice, no paid video is forgotten',
	async ({ seeds }) => {
		const problems: string[] = [];
		for (const seed of seeds) {
			const { story, problem } = await tell(seed);
			if (problem) problems.push(problem);
			for (const [name, count] of Object.entries(story.counts)) {
				total[name] = (total[name] ?? 0) + count;
			}
		}
		expect(problems.join('\n')).toBe('');
	},
	PATIENCE,
);

it('the stories were not idle', () => {
	const { kills, stops, errors, retries, refusals, takenOver, early, rounds } = total;
	const stories = ONE ? 0 : RUNS;
	expect(kills).toBeGreaterThanOrEqual(stories * 0.7);
	expect(retries).toBeGreaterThanOrEqual(stories * 0.5);
	expect(takenOver).toBeGreaterThanOrEqual(stories * 0.5);
	// Results that were asked for before they were there, as the schedule of the polls has it.
	expect(early).toBeGreaterThanOrEqual(stories);
	expect(Math.min(stops, errors, refusals)).toBeGreaterThanOrEqual(stories * 0.1);
	expect(rounds).toBeGreaterThanOrEqual(stories * 0.1);
});

it('the same seed tells the same story', async () => {
	// Names of executions go on counting.
	const of = async (seed: number) =>
		(await tell(seed)).story.log.join('\n').replace(/story\d+-/g, 'story-');
	expect(await of(4)).toBe(await of(4));
});
