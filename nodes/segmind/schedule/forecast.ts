/**
 * How long a job will take: a distribution that is learnt from the jobs that were seen, with what the model's page
 * says before. Pure: it knows no clock. All lengths are milliseconds since the submit.
 *
 * The latest lengths count most, so it follows a service that gets slower. Each length is spread over its
 * neighbourhood, so two groups (a free queue, a busy one) stay two groups. And a small part is spread over all
 * lengths there are: nothing is ever certain, so that no job is forgotten.
 */
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';

/** Data of the forecast. */
export const FORECAST = {
	/** Width of a bin of the distribution (ms). */
	bin: 2000,
	/** Lengths that are remembered. */
	memory: 40,
	/** A length counts by this much less with each newer one. */
	fading: 0.93,
	/** What was known before counts like so many lengths, and by this much less with each length. */
	prior: 2,
	priorFading: 0.75,
	/** The part of what was known before that may be wrong by far. */
	priorDoubt: 0.3,
	/** The part that is spread over all lengths, always. */
	surprise: 0.03,
	/** How far a length is spread: at least (ms), and at most this part of it. */
	leastSpread: 1500,
	mostSpread: 0.06,
	/** So many lengths are kept waiting until an older job has ended. */
	mostWaiting: 50,
	/** With fewer lengths than this nothing is known well. */
	few: 3,
};

/** What is known of a job's length before one was seen (ms). */
export interface Range {
	from: number;
	to: number;
}

interface Seen {
	length: number;
	weight: number;
}

/** Bins that are filled at least, when some are. */
const CHUNK = 32;

const BINS = Math.ceil(REQUEST_RECORD_LIFETIME / FORECAST.bin);

/** The logistic function, which stands for the normal distribution: cheap, and with wider tails. */
const below = (x: number, centre: number, spread: number) =>
	1 / (1 + Math.exp((-1.7 * (x - centre)) / spread));

const uniform = (x: number, { from, to }: Range) =>
	Math.min(Math.max((x - from) / Math.max(to - from, 1), 0), 1);

/** Each order of magnitude is as likely as the other. */
const anything = (x: number, { from, to }: Range) =>
	Math.min(Math.max(Math.log(Math.max(x, 1) / from) / Math.log(to / from), 0), 1);

const EVERYTHING: Range = { from: 2000, to: REQUEST_RECORD_LIFETIME * 1.5 };

/** A distribution, bin by bin. */
const tableOf = (part: (x: number) => number) =>
	Float32Array.from({ length: BINS + 1 }, (_, bin) => part(bin * FORECAST.bin));

const SURPRISES = tableOf((x) => anything(x, EVERYTHING));

/** What was known before, a part of it in doubt. */
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

	/** Jobs in the order of their begin; of those that have ended what was seen of it. */
	private readonly begun = new Map<string, [number, number, number?] | undefined>();

	private priorWeight = FORECAST.prior;

	private isOld = true;

	private before: Float32Array | undefined;

	/** So many bins of the tables hold what is known now, */
	private filled = 0;

	/** with the weight of the lengths that end before them, */
	private past = 0;

	/** and of all. */
	private weights = 0;

	/** By bin: the weight of lengths that certainly end before it. */
	private readonly ended = new Float64Array(BINS + 2);

	/** The part of jobs that end within so many bins, */
	private readonly done = new Float32Array(BINS + 1);

	/** and the same without the surprises, */
	private readonly expected = new Float32Array(BINS + 1);

	/** and the integral of the first (ms), */
	private readonly area = new Float32Array(BINS + 1);

	/** and of the root of the part that is running times that which ends (root of ms). */
	private readonly root = new Float32Array(BINS + 1);

	constructor(private readonly prior: Range) {}

	/** A job is waited for. */
	begin(id: string): void {
		if (!this.begun.has(id)) this.begun.set(id, undefined);
	}

	/**
	 * A job has ended. It is learnt from when those that began before it have ended, too: of a batch the shortest end
	 * first, and whoever believed them would take all for short.
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
		// One that hangs must not keep the others from being learnt.
		let free = ended - FORECAST.mostWaiting;
		for (const [id, seen] of this.begun) {
			if (!seen && free <= 0) return;
			if (!seen) continue;
			this.begun.delete(id);
			this.learn(...seen);
			free--;
		}
	}

	/** @param exact counts where it lies between the two */
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

	/** Lengths that stand for one between two ages: as the forecast has them, and evenly where it knows little. */
	private between(from: number, to: number): number[] {
		// Less than a length is spread over: one is as good as five.
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

	/** The age until which such a part of the jobs is done, where it lies between two others. */
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

	/** How far the lengths are spread to their sides (ms): the less, the more of them there are. */
	private spread(): number {
		const sum = this.seen.reduce((total, { weight }) => total + weight, 0);
		const mean = this.seen.reduce((total, { length, weight }) => total + length * weight, 0) / sum;
		const square = this.seen.reduce((total, { length, weight }) => total + weight * length ** 2, 0);
		const deviation = Math.sqrt(Math.max(square / sum - mean ** 2, 0));
		const most = Math.max(mean * FORECAST.mostSpread, FORECAST.leastSpread);
		return Math.min(Math.max(deviation * sum ** -0.2, FORECAST.leastSpread), most);
	}

	/** What the lengths that were seen say, spread; the tables themselves are filled as far as somebody asks. */
	private renew(): void {
		const { seen, expected, ended } = this;
		const spread = seen.length > 0 ? this.spread() : 1;
		expected.fill(0);
		ended.fill(0);
		for (const { length, weight } of seen) {
			// Far from the length there is nothing to be computed.
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

	/** Fills the tables so far. Many jobs may end before one is asked about, and few are asked about an hour later. */
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

	/** Called most of all, so it calculates as little as it can. */
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
	 * For how long it has been done without anybody knowing, in the mean (ms).
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
	 * Adds up what a job will need, step by step from now on: how likely it ends until then, and its effort. That is how
	 * many requests it takes to follow it, times the root of twice their price: whoever asks whenever the expected delay
	 * is as long as the price asks so often.
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

	/** Whether a job that was running at this age has outlived nearly all that was expected: nobody knows when it ends. */
	isSurprised(asked: number): boolean {
		return 1 - this.at(this.expected, asked) < FORECAST.surprise;
	}

	/** Whether it knows so little that it had better not be relied on. */
	get isNew(): boolean {
		return this.count < FORECAST.few;
	}
}

/** A length that is only known from its limits is stood for by so many. */
const PARTS = [0.1, 0.3, 0.5, 0.7, 0.9];
