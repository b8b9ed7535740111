/**
 * What a user waits for: the node's own code in simulated time, at the plans' limits, with default options. No job of
 * its kind was seen before, and each takes 190 to 250 s, as the model's page says.
 */
import { execute } from './support/execution';
import { SimulatedService } from './support/service';
import { finished, simulateTime } from './support/time';
import { random } from './support/truth';

const SECOND = 1000;
const SEEDS = [1, 2, 3, 4];

beforeEach(simulateTime);
afterEach(() => jest.useRealTimers());

interface Run {
	/** s */
	time: number;
	median: number;
	longest: number;
	refusals: number;
}

async function run(seed: number, count: number, limit: number): Promise<Run> {
	const chance = random(seed * 100 + count);
	const jobTime = () => (190 + 60 * chance()) * SECOND;
	const service = new SimulatedService({ limit, jobTime, now: () => performance.now() });
	const begun = performance.now();
	const { ended } = execute({ service, key: `goal ${seed} ${count} ${limit}`, limit, count });
	expect(await finished(ended)).toHaveLength(count);
	const delays = service.jobs
		.map(({ fetchedAt, doneAt }) => (fetchedAt! - doneAt) / SECOND)
		.sort((a, b) => a - b);
	return {
		time: (performance.now() - begun) / SECOND,
		median: delays[(count - 1) >> 1],
		longest: delays.at(-1)!,
		refusals: service.refusals.length,
	};
}

describe.each([
	{ count: 10, limit: 50, time: 256, median: 3.5, longest: 9 },
	// With as many ends as requests in a minute, each poll that comes too early costs a window.
	{ count: 50, limit: 50, time: 295, median: 30, longest: 65 },
	{ count: 10, limit: 5, time: 400, median: 60, longest: 110 },
])('$count videos at $limit requests a minute', ({ count, limit, time, median, longest }) => {
	it(`are there after ${time} s, the middle one ${median} s after its end`, async () => {
		const runs: Run[] = [];
		for (const seed of SEEDS) runs.push(await run(seed, count, limit));
		const meanOf = (value: (one: Run) => number) =>
			runs.reduce((sum, one) => sum + value(one), 0) / runs.length;
		expect(Math.max(...runs.map((one) => one.time))).toBeLessThanOrEqual(time);
		expect(meanOf((one) => one.median)).toBeLessThanOrEqual(median);
		expect(meanOf((one) => one.longest)).toBeLessThanOrEqual(longest);
		expect(runs.map(({ refusals }) => refusals)).toEqual(runs.map(() => 0));
	});
});
