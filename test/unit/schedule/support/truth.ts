/** The true distribution of jobs' lengths, in the words of a forecast: what nobody has but the simulation. */

const BIN = 500;
const SAMPLES = 5000;

/** Random numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export class Truth {
	readonly isNew = false;

	readonly earliest = 0;

	private readonly done: Float64Array;

	private readonly area: Float64Array;

	private readonly root: Float64Array;

	/** @param draw a length (ms) */
	constructor(draw: (random: () => number) => number) {
		const chance = random(1);
		const lengths = Array.from({ length: SAMPLES }, () => draw(chance)).sort((a, b) => a - b);
		const bins = Math.ceil(lengths.at(-1)! / BIN) + 1;
		this.done = new Float64Array(bins + 1);
		this.area = new Float64Array(bins + 1);
		this.root = new Float64Array(bins + 1);
		let ended = 0;
		for (let bin = 0; bin <= bins; bin++) {
			while (ended < SAMPLES && lengths[ended] <= bin * BIN) ended++;
			this.done[bin] = ended / SAMPLES;
			if (bin === 0) continue;
			const middle = (this.done[bin - 1] + this.done[bin]) / 2;
			const ends = this.done[bin] - this.done[bin - 1];
			this.area[bin] = this.area[bin - 1] + middle * BIN;
			this.root[bin] = this.root[bin - 1] + Math.sqrt((1 - middle) * ends * BIN);
		}
	}

	/** Without `Math`, which is slow in jest. */
	private at(table: Float64Array, age: number): number {
		const last = table.length - 1;
		const place = age / BIN;
		if (place <= 0) return table[0];
		if (place >= last) return table[last] + (table === this.area ? age - last * BIN : 0);
		const bin = place | 0;
		return table[bin] + (table[bin + 1] - table[bin]) * (place - bin);
	}

	chance(asked: number, age: number): number {
		const before = this.at(this.done, asked);
		return before >= 1 ? 1 : (this.at(this.done, age) - before) / (1 - before);
	}

	lag(asked: number, age: number): number {
		const before = this.at(this.done, asked);
		if (before >= 1) return age - asked;
		const area = this.at(this.area, age) - this.at(this.area, asked) - before * (age - asked);
		return Math.max(area, 0) / (1 - before);
	}

	addNeeds(asked: number, age: number, step: number, ends: number[], efforts: number[]): void {
		const before = this.at(this.done, asked);
		const running = Math.max(1 - before, 1e-9);
		for (const index of ends.keys()) {
			const then = age + (index + 1) * step;
			ends[index] += (this.at(this.done, then) - before) / running;
			efforts[index] += (this.at(this.root, then) - this.at(this.root, age)) / running;
		}
	}

	isSurprised(): boolean {
		return false;
	}

	begin(): void {}

	end(): void {}
}
