/**
 * A thousand stories with random kills in simulated time: no video is paid twice while the history works, and no
 * note is refused twice while it does not. A story that fails prints its seed; `SIMULATION_SEED=<seed>` tells that
 * one alone, `SIMULATION_RUNS=<number>` more or fewer of them.
 */
import { noteTable } from './support/deduplication';
import { useBinaryMode } from './support/engine';
import { Story } from './support/simulation/story';

const RUNS = Number(process.env.SIMULATION_RUNS ?? 1000);
const ONE = process.env.SIMULATION_SEED;

beforeAll(async () => {
	await useBinaryMode('default');
	noteTable.before = async () => {};
});

it(
	'a thousand runs with random kills',
	async () => {
		const seeds = ONE ? [Number(ONE)] : Array.from({ length: RUNS }, (_, n) => n + 1);
		const failed: string[] = [];
		const total: Record<string, number> = {};
		for (const seed of seeds) {
			const story = new Story(seed);
			try {
				await story.tell();
			} catch (error) {
				failed.push(`seed ${seed}: ${(error as Error).message}`);
				if (ONE) failed.push((error as Error).stack ?? '', ...story.log);
			}
			for (const [name, n] of Object.entries(story.counts)) total[name] = (total[name] ?? 0) + n;
		}
		console.log(total);
		expect(failed).toEqual([]);
	},
	600_000,
);
