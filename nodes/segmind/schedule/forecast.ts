/**
 * How long a job will take. This is a distribution, learned from the jobs that were seen; the model's page gives the
 * start. Pure: it knows no clock. All lengths are milliseconds since the submit.
 *
 * The latest lengths count most, so it follows a service that gets slower. Each length is spread over its
 * neighborhood, so two groups (a free queue, a busy one) stay two groups. A small part is spread over all lengths. So
 * nothing is ever certain, and no job is forgotten.
 */
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';

/** Data of the forecast. */
export const FORECAST = {
	/** Width of a bin of the distribution (ms). */
	bin: 2000,
	/** How many lengths it remembers. */
	memory: 40,
	/** Each newer length multiplies the weight of a length by this. */
	fading: 0.93,
	/** The prior counts as much as this many lengths. Each length multiplies its weight by the fading. */
	prior: 2,
	priorFading: 0.75,
	/** The part of the prior that may be very wrong. */
	priorDoubt: 0.3,
	/** The part that is always spread over all lengths. */
	surprise: 0.03,
	/** An end up to this many spreads before the shortest length is no surprise. */
	slack: 0.3,
	/** How far a length is spread: at least this (ms), and at most this part of it. */
	leastSpread: 1500,
	mostSpread: 0.06,
	/** At most this many lengths wait for an older job to end. */
	mostWaiting: 50,
	/** With fewer lengths than this, it knows little. */
	few: 3,
};

/** What is known about a job's length before any job was seen (ms). */
export interface Range {
	from: number;
	to: number;
}

interface Seen {
	length: number;
	weight: number;
}

/** How many bins are filled at once, at least. */
const CHUNK = 32;

const BINS = Math.ceil(REQUEST_RECORD_LIFETIME / FORECAST.bin);

/** The logistic function, used for the normal distribution: cheap, and with wider tails. */
const below = (x: number, centre: number, spread: number) =>
	1 / (1 + Math.exp((-1.7 * (x - centre)) / spread));

const uniform = (x: number, { from, to }: Range) =>
	Math.min(Math.max((x - from) / Math.max(to - from, 1), 0), 1);

/** All orders of magnitude are equally likely. */
const anything = (x: number, { from, to }: Range) =>
	Math.min(Math.max(Math.log(Math.max(x, 1) / from) / Math.log(to / from), 0), 1);

const EVERYTHING: Range = { from: 2000, to: REQUEST_RECORD_LIFETIME * 1.5 };

/** A distribution, bin by bin. */
const tableOf = (part: (x: number) => number) =>
	Float32Array.from({ length: BINS + 1 }, (_, bin) => part(bin * FORECAST.bin));

const SURPRISES = tableOf((x) => anything(x, EVERYTHING));

/** The prior, a part of it in doubt. */
function priorTable(prior: Range): Float32Array {
	const doubtful = { from: prior.from / 3, to: prior.to * 3 };
	return tableOf(
		(x) =>
			(1 - FORECAST.priorDoubt) * uniform(x, prior) + FORECAST.priorDoubt * anything(x, doubtful),
	);
}

export class Forecast {
	/** How many lengths were seen. */
	count = 0;

	private seen: Seen[] = [];

	/** Jobs in the order in which they began. For a job that has ended: what was seen of its end. */
	private readonly begun = new Map<string, [number, number, number?] | undefined>();

	private priorWeight = FORECAST.prior;

	private isOld = true;

	private before: Float32Array | undefined;

	/** How many bins of the tables hold the latest knowledge, */
	private filled = 0;

	/** the weight of the lengths that end before them, */
	private past = 0;

	/** and the weight of all lengths. */
	private weights = 0;

	/** By bin: the weight of the lengths that certainly end before it. */
	private readonly ended = new Float64Array(BINS + 2);

	/** The part of the jobs that end within this many bins, */
	private readonly done = new Float32Array(BINS + 1);

	/** the same without the surprises, */
	private readonly expected = new Float32Array(BINS + 1);

	/** the integral of the first (ms), */
	private readonly area = new Float32Array(BINS + 1);

	/** and the integral of the root of the running part times the ending part (root of ms). */
	private readonly root = new Float32Array(BINS + 1);

	constructor(private readonly prior: Range) {}

	/** A run starts to wait for a job. */
	begin(id: string): void {
		if (!this.begun.has(id)) this.begun.set(id, undefined);
	}

	/**
	 * A job has ended. The forecast learns from it when all jobs that began before it have also ended. The shortest
	 * jobs of a batch end first. If the forecast learned from them alone, it would expect all jobs to be short.
	 *
	 * @param from the age at which it was still running
	 * @param to the age at which it was done
	 * @param exact its length, if the service has told it
	 */
	end(id: string, from: number, to: number, exact?: number): void {
		if (!this.begun.has(id)) return;
		this.begun.set(id, [from, to, exact]);
		this.learnInOrder();
	}

	/** Nobody waits for a job any more. */
	giveUp(id: string): void {
		if (!this.begun.has(id) || this.begun.get(id)) return;
		this.begun.delete(id);
		this.learnInOrder();
	}

	private learnInOrder(): void {
		const ended = [...this.begun.values()].filter((seen) => seen).length;
		// A job that hangs must not block the other lengths.
		let free = ended - FORECAST.mostWaiting;
		for (const [id, seen] of this.begun) {
			if (!seen && free <= 0) return;
			if (!seen) continue;
			this.begun.delete(id);
			this.learn(...seen);
			free--;
		}
	}

	/** @param exact counts if it is between the two */
	learn(from: number, to: number, exact?: number): void {
		const isExact = exact !== undefined && exact > 0 && exact >= from && exact <= to;
		const lengths = isExact ? [exact] : this.between(from, to);
		for (const known of this.seen) known.weight *= FORECAST.fading;
		this.priorWeight *= FORECAST.priorFading;
		this.seen.push(...lengths.map((length) => ({ length, weight: 1 / lengths.length })));
		this.seen = this.seen.slice(-FORECAST.memory * PARTS.length);
		this.count++;
		this.isOld = true;
	}

	/** Lengths that stand for one between two ages. They follow the forecast, and are even if it knows little. */
	private between(from: number, to: number): number[] {
		// The range is less than the spread, so one length is as good as five.
		if (to - from <= FORECAST.leastSpread) return [(from + to) / 2];
		const low = this.at(this.done, from);
		const high = this.at(this.done, to);
		return PARTS.map((part) => {
			const evenly = from + (to - from) * part;
			if (high - low < FORECAST.surprise) return evenly;
			const foreseen = this.quantile(low + (high - low) * part, from, to);
			return Math.min(Math.max((evenly + foreseen) / 2, from), to);
		});
	}

	/** The age at which this part of the jobs is done, if it is between the two ages. */
	private quantile(part: number, from: number, to: number): number {
		let low = Math.min(Math.floor(from / FORECAST.bin), BINS - 1);
		let high = Math.min(Math.ceil(to / FORECAST.bin), BINS);
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (this.done[middle] < part) low = middle;
			else high = middle;
		}
		const step = this.done[high] - this.done[low];
		return (low + (step > 0 ? (part - this.done[low]) / step : 0)) * FORECAST.bin;
	}

	/** How far a length is spread to each side (ms). More lengths make it smaller. */
	private spread(): number {
		const sum = this.seen.reduce((total, { weight }) => total + weight, 0);
		const mean = this.seen.reduce((total, { length, weight }) => total + length * weight, 0) / sum;
		const square = this.seen.reduce((total, { length, weight }) => total + weight * length ** 2, 0);
		const deviation = Math.sqrt(Math.max(square / sum - mean ** 2, 0));
		const most = Math.max(mean * FORECAST.mostSpread, FORECAST.leastSpread);
		return Math.min(Math.max(deviation * sum ** -0.2, FORECAST.leastSpread), most);
	}

	/** Spreads the lengths that were seen. The tables themselves are filled only as far as needed. */
	private renew(): void {
		const { seen, expected, ended } = this;
		const spread = seen.length > 0 ? this.spread() : 1;
		expected.fill(0);
		ended.fill(0);
		for (const { length, weight } of seen) {
			// Far from the length there is nothing to compute.
			const first = Math.max(Math.floor((length - 6 * spread) / FORECAST.bin), 0);
			const last = Math.min(Math.ceil((length + 6 * spread) / FORECAST.bin), BINS);
			for (let bin = first; bin <= last; bin++) {
				expected[bin] += weight * below(bin * FORECAST.bin, length, spread);
			}
			ended[last + 1] += weight;
		}
		this.weights = seen.reduce((total, { weight }) => total + weight, this.priorWeight);
		this.past = 0;
		this.filled = 0;
		this.isOld = false;
	}

	/**
	 * Fills the tables up to this bin. Many jobs may end before the next question, and few questions are about old
	 * jobs.
	 */
	private fill(until: number): void {
		if (this.isOld) this.renew();
		const { priorWeight, weights, expected, ended, done, area, root } = this;
		const before = (this.before ??= priorTable(this.prior));
		const next = Math.min(Math.max(until, this.filled + CHUNK), BINS + 1);
		for (let bin = this.filled; bin < next; bin++) {
			this.past += ended[bin];
			expected[bin] = (expected[bin] + this.past + priorWeight * before[bin]) / weights;
			done[bin] = (1 - FORECAST.surprise) * expected[bin] + FORECAST.surprise * SURPRISES[bin];
			if (bin === 0) continue;
			const mean = (done[bin - 1] + done[bin]) / 2;
			area[bin] = area[bin - 1] + mean * FORECAST.bin;
			const ends = (1 - mean) * (done[bin] - done[bin - 1]) * FORECAST.bin;
			root[bin] = root[bin - 1] + Math.sqrt(Math.max(ends, 0));
		}
		this.filled = next;
	}

	/** This runs most often, so it computes as little as possible. */
	private at(table: Float32Array, age: number): number {
		const place = age > 0 ? age / FORECAST.bin : 0;
		const bin = place < BINS ? place | 0 : BINS - 1;
		if (this.isOld || bin + 2 > this.filled) this.fill(bin + 2);
		if (place >= BINS) return table[BINS];
		return table[bin] + (table[bin + 1] - table[bin]) * (place - bin);
	}

	/**
	 * How likely a job is done.
	 *
	 * @param asked the age at which it was still running
	 * @param age its age now
	 * @returns 0 to 1
	 */
	chance(asked: number, age: number): number {
		const before = this.at(this.done, asked);
		return (this.at(this.done, age) - before) / Math.max(1 - before, 1e-9);
	}

	/**
	 * How long it has been done without anybody knowing, on average (ms).
	 *
	 * @param asked the age at which it was still running
	 * @param age its age now
	 */
	lag(asked: number, age: number): number {
		const before = this.at(this.done, asked);
		const area = this.at(this.area, age) - this.at(this.area, asked) - before * (age - asked);
		return Math.max(area, 0) / Math.max(1 - before, 1e-9);
	}

	/**
	 * Adds what a job will need from now on, step by step: the chance that it ends by then, and its effort. The effort
	 * is the number of polls that follow the job, times the root of twice their price. This is true if each poll is
	 * sent when the expected delay reaches the price.
	 *
	 * @param asked the age at which it was still running
	 * @param age its age now
	 * @param step ms
	 */
	addNeeds(asked: number, age: number, step: number, ends: number[], efforts: number[]): void {
		const before = this.at(this.done, asked);
		const running = 1 - before > 1e-9 ? 1 - before : 1e-9;
		const from = this.at(this.root, age);
		for (let index = 0; index < ends.length; index++) {
			const then = age + (index + 1) * step;
			ends[index] += (this.at(this.done, then) - before) / running;
			efforts[index] += (this.at(this.root, then) - from) / running;
		}
	}

	/** Before this age, an end would be a surprise (ms). It is a little less than the shortest length that was seen. */
	get earliest(): number {
		if (this.seen.length === 0) return 0;
		const shortest = Math.min(...this.seen.map(({ length }) => length));
		return shortest - this.spread() * FORECAST.slack;
	}

	/** Whether a job that ran at this age has lived longer than nearly all expected ones. Nobody knows when it ends. */
	isSurprised(asked: number): boolean {
		return 1 - this.at(this.expected, asked) < FORECAST.surprise;
	}

	/** Whether it knows too little to rely on. */
	get isNew(): boolean {
		return this.count < FORECAST.few;
	}
}

/** If only the limits of a length are known, these parts between them stand for it. */
const PARTS = [0.1, 0.3, 0.5, 0.7, 0.9];
