/**
 * Whole batches in simulated time: how late the ends of jobs are noticed, and when the last video is there. Compared
 * with the best schedule of those that know the true distribution of the ends (not the ends themselves), and with the
 * fixed pauses that the node had before.
 */
import { Forecast, type Range } from '../../../nodes/segmind/schedule/forecast';
import { nextInLine } from '../../../nodes/segmind/schedule/slots';
import { atPrice, busiestMinute, byPauses, byPrice, mean, play, type Batch } from './support/batch';
import { random, Truth } from './support/truth';

const SECOND = 1000;
const PAGE: Range = { from: 190 * SECOND, to: 250 * SECOND };

type Chance = () => number;
/** A length of the nth batch. */
type Draw = (chance: Chance, batch: number) => number;

const between = (from: number, to: number, chance: Chance) =>
	(from + (to - from) * chance()) * SECOND;
const steady: Draw = (chance) => between(190, 250, chance);
const drifting: Draw = (chance, batch) => between(190 + 12 * batch, 250 + 12 * batch, chance);
const bimodal: Draw = (chance) =>
	chance() < 0.7 ? between(190, 250, chance) : between(400, 460, chance);

const SCENARIOS: Array<[string, Draw, Range]> = [
	['steady', steady, PAGE],
	['drifting', drifting, PAGE],
	['bimodal, for the queue is busy', bimodal, PAGE],
	['steady, but the page says far less', steady, { from: 20 * SECOND, to: 30 * SECOND }],
	['steady, but the page says far more', steady, { from: 900 * SECOND, to: 1200 * SECOND }],
];
const SIZES: Array<[count: number, limit: number]> = [
	[10, 50],
	[50, 50],
	[10, 5],
];
const BATCHES = 5;
/** After so many batches the ends are known as well as they will be. */
const LEARNT = 2;
const SEEDS = [1, 2, 3];
/** ms; below the least pause and above the largest delay there is nothing to be found. */
const PRICES = [700, 1400, 4000, 8000, 16_000, 24_000, 60_000];

const lengthsOf = (draw: Draw, count: number, seed: number, batch: number) => {
	const chance = random(seed * 7919 + batch * 31 + count);
	return Array.from({ length: count }, () => draw(chance, batch));
};

interface Played extends Batch {
	batch: number;
}

/** Batches one after the other; what is learnt stays. */
function series(
	draw: Draw,
	[count, limit]: [number, number],
	way: (seed: number) => Pick<Parameters<typeof play>[0], 'forecast' | 'polling' | 'hasResults'>,
	truths?: Truth[],
): Played[] {
	return SEEDS.flatMap((seed) => {
		const own = way(seed);
		return Array.from({ length: BATCHES }, (_, batch) => ({
			batch,
			...play({
				...{ lengths: lengthsOf(draw, count, seed, batch), limit, ...own },
				forecast: truths?.[batch] ?? own.forecast,
			}),
		}));
	});
}

const learnt = (played: Played[]) => played.filter(({ batch }) => batch >= LEARNT);
const first = (played: Played[]) => played.filter(({ batch }) => batch === 0);
const delayOf = (played: Played[]) => mean(played.map((batch) => batch.mean));
const timeOf = (played: Played[]) => mean(played.map(({ time }) => time));

const found = new Map<string, Played[]>();

/** The schedule of the least mean delay among those that know the truth. */
function best(draw: Draw, size: [number, number]): Played[] {
	const name = `${draw.name} ${size.join()}`;
	const known = found.get(name) ?? search(draw, size);
	found.set(name, known);
	return known;
}

function search(draw: Draw, size: [number, number]): Played[] {
	const truths = Array.from(
		{ length: BATCHES },
		(_, batch) => new Truth((chance) => draw(chance, batch)),
	);
	const ways = [...PRICES.map(atPrice), byPrice];
	return ways
		.map((polling) => learnt(series(draw, size, () => ({ polling }), truths)))
		.reduce((least, other) => (delayOf(other) < delayOf(least) ? other : least));
}

describe.each(SCENARIOS)('Jobs whose lengths are %s', (_name, draw, page) => {
	describe.each(SIZES)('%s videos at %s requests a minute', (count, limit) => {
		const size: [number, number] = [count, limit];
		let ours: Played[];
		let before: Played[];
		beforeAll(() => {
			ours = series(draw, size, () => ({ forecast: new Forecast(page), polling: byPrice }));
			before = series(draw, size, () => ({ polling: byPauses, hasResults: true }));
		});

		it('are noticed nearly as soon as the best schedule notices them, when some were seen', () => {
			const least = best(draw, size);
			expect(delayOf(learnt(ours)) / delayOf(least)).toBeLessThanOrEqual(1.3);
			expect(timeOf(learnt(ours)) / timeOf(least)).toBeLessThanOrEqual(1.1);
		});

		it('are noticed no later than with fixed pauses, the first ones included', () => {
			for (const some of [first, learnt]) {
				expect(delayOf(some(ours)) / delayOf(some(before))).toBeLessThanOrEqual(1.1);
				expect(timeOf(some(ours)) / timeOf(some(before))).toBeLessThanOrEqual(1.1);
			}
		});

		it('never take more requests in a minute than the plan has', () => {
			for (const { requests } of ours) expect(busiestMinute(requests)).toBeLessThanOrEqual(limit);
		});
	});
});

it.each(SIZES)(
	'A job that takes six times as long as the others is noticed soon: %s at %s a minute',
	(count, limit) => {
		const forecast = new Forecast(PAGE);
		const usual = lengthsOf(steady, count, 1, 0);
		play({ lengths: usual, limit, forecast, polling: byPrice });
		const lengths = [1500 * SECOND, ...usual.slice(1)];
		const { requests, time } = play({ lengths, limit, forecast, polling: byPrice });
		// The others are gone: a minute's limit is more than one job needs.
		expect(time - lengths[0]).toBeLessThanOrEqual(30 * SECOND);
		expect(requests.filter(({ kind }) => kind === 'status').length).toBeLessThan(25 * limit);
	},
);

describe('Whose turn it is', () => {
	const rank = (...kinds: string[]): typeof nextInLine => {
		return (line) => {
			const places = line.map(({ kind }) => kinds.indexOf(kind));
			return places.indexOf(Math.min(...places));
		};
	};
	const ORDERS = [
		rank('submit', 'status', 'result'),
		rank('status', 'result', 'submit'),
		rank('result', 'status', 'submit'),
		rank('result', 'submit', 'status'),
	];

	it.each([
		[70, 50],
		[20, 5],
	])('ends %s videos at %s requests a minute as soon as any other order', (count, limit) => {
		const timeWith = (order: typeof nextInLine) =>
			mean(
				SEEDS.map((seed) => {
					const lengths = lengthsOf(steady, count, seed, 0);
					const polling = (view: Parameters<typeof byPrice>[0]) => byPrice(view, true);
					const forecast = new Forecast(PAGE);
					return play({ lengths, limit, forecast, polling, hasResults: true, order }).time;
				}),
			);
		const others = ORDERS.map(timeWith);
		expect(timeWith(nextInLine) / Math.min(...others)).toBeLessThanOrEqual(1.02);
	});
});
