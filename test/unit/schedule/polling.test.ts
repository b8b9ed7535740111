/** A single job in simulated time: how often it is asked for, and how late its end is noticed. */
import { pollInterval } from '../../../nodes/segmind/policy/backoff';
import { Forecast } from '../../../nodes/segmind/schedule/forecast';
import { marketOf, worthOf } from '../../../nodes/segmind/schedule/polling';
import { random } from './support/truth';

const SECOND = 1000;
const PAGE = { from: 190 * SECOND, to: 250 * SECOND };
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const usual = (n: number) => (190 + ((n * 37) % 61)) * SECOND;

/** Asks for one job until its end is seen. */
function follow(forecast: Forecast, length: number) {
	const job = { forecast, submittedAt: 0, askedAt: 0, due: Infinity };
	const sent: number[] = [];
	for (let now = 0; ; now += 200) {
		const market = marketOf([job], { others: 0, perResult: 0, sent, limit: 50 }, now);
		if (worthOf(job, market, now) === undefined) continue;
		sent.push(now);
		if (now >= length) {
			forecast.learn(job.askedAt, now);
			return { calls: sent.length, delay: now - length };
		}
		job.askedAt = now;
	}
}

/** The same with today's pauses. */
function today(length: number): number {
	let now = 1 * SECOND;
	while (now < length) now += pollInterval(now);
	return now - length;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function series(lengths: number[], prior = PAGE) {
	const forecast = new Forecast(prior);
	return lengths.map((length) => follow(forecast, length));
}

const many = (length: (n: number) => number, count = 60) =>
	Array.from({ length: count }, (_, n) => length(n));

describe('One job', () => {
	it('is asked for at most 20 times after ten of its kind, and noticed within 2 s in the mean', () => {
		const seen = series(many(usual)).slice(10);
		expect(Math.max(...seen.map(({ calls }) => calls))).toBeLessThanOrEqual(20);
		expect(mean(seen.map(({ delay }) => delay))).toBeLessThanOrEqual(2 * SECOND);
	});

	it('also where chance has its length: at most 20 times in the mean, and within 1.9 s', () => {
		const seen = SEEDS.flatMap((seed) => {
			const chance = random(seed);
			return series(many(() => (190 + 60 * chance()) * SECOND, 30)).slice(10);
		});
		expect(mean(seen.map(({ calls }) => calls))).toBeLessThanOrEqual(15);
		// The longest ones are followed until their end: 60 s after the shortest.
		expect(Math.max(...seen.map(({ calls }) => calls))).toBeLessThanOrEqual(25);
		expect(mean(seen.map(({ delay }) => delay))).toBeLessThanOrEqual(1.9 * SECOND);
	});

	it('that is the first of its kind is noticed no later than with fixed pauses', () => {
		const firsts = many(usual).map((length) => follow(new Forecast(PAGE), length));
		expect(mean(firsts.map(({ delay }) => delay))).toBeLessThanOrEqual(
			mean(many(usual).map(today)),
		);
		expect(Math.max(...firsts.map(({ calls }) => calls))).toBeLessThanOrEqual(60);
	});

	it('that fails at once is noticed within two seconds', () => {
		expect(follow(new Forecast(PAGE), 300).delay).toBeLessThan(2 * SECOND);
	});

	it.each([
		['steady', many((n) => (220 + (n % 5)) * SECOND), PAGE],
		['drifting', many((n) => (200 + 2 * n + ((n * 7) % 11)) * SECOND), PAGE],
		['in two groups', many((n) => (n % 3 ? 215 + (n % 7) : 420 + (n % 11)) * SECOND), PAGE],
		['with a wildly wrong prior, too short', many(usual), { from: 20 * SECOND, to: 30 * SECOND }],
		['with a wildly wrong prior, too long', many(usual), { from: 900 * SECOND, to: 1200 * SECOND }],
	])(
		'of lengths that are %s is noticed as soon as with fixed pauses, within a tenth',
		(_, lengths, prior) => {
			const delays = series(lengths, prior).map(({ delay }) => delay);
			expect(mean(delays)).toBeLessThanOrEqual(1.1 * mean(lengths.map(today)));
		},
	);

	it('that takes ten times as long as all before is still asked for', () => {
		const forecast = new Forecast(PAGE);
		for (const length of many(usual, 20)) follow(forecast, length);
		expect(follow(forecast, 2200 * SECOND).delay).toBeLessThan(6 * SECOND);
	});
});
