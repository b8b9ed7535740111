/** Small mathematics of procedural pictures: interpolation and value noise. Everything is a pure function. */

/** Red, green, blue, from 0 to about 1. */
export type Colour = [number, number, number];

export function clamp(value: number, low = 0, high = 1): number {
	return Math.min(high, Math.max(low, value));
}

export function mix(from: number, to: number, part: number): number {
	return from + (to - from) * part;
}

export function mix3(from: Colour, to: Colour, part: number): Colour {
	return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part)];
}

/** 0 at `from`, 1 at `to`, smooth between; `from` may be the greater one. */
export function smooth(from: number, to: number, value: number): number {
	const part = clamp((value - from) / (to - from));
	return part * part * (3 - 2 * part);
}

/** A number from 0 to 1 that looks random and is always the same for the same arguments. */
export function hash(x: number, y: number, seed: number): number {
	let h =
		Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 2147483647 - 1274126177);
	h = Math.imul(h ^ (h >>> 13), 1274126177);
	h = Math.imul(h ^ (h >>> 16), 2246822519);
	return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** Value noise in two dimensions, 0 to 1. */
function noise(x: number, y: number, seed: number): number {
	const [i, j] = [Math.floor(x), Math.floor(y)];
	const [s, t] = [smooth(0, 1, x - i), smooth(0, 1, y - j)];
	const upper = mix(hash(i, j, seed), hash(i + 1, j, seed), s);
	const lower = mix(hash(i, j + 1, seed), hash(i + 1, j + 1, seed), s);
	return mix(upper, lower, t);
}

/** Octaves of noise, each twice as fine and half as strong, turned against each other to hide the grid. 0 to 1. */
export function fbm(x: number, y: number, seed: number, octaves: number): number {
	let [sum, weight, amount] = [0, 0, 1];
	for (let octave = 0; octave < octaves; octave++) {
		sum += amount * noise(x, y, seed + octave);
		weight += amount;
		amount *= 0.5;
		[x, y] = [1.62 * x - 1.18 * y + 3.7, 1.18 * x + 1.62 * y + 1.3];
	}
	return sum / weight;
}

/** One-dimensional noise with sharp crests, as mountain ridges have. 0 to 1. */
export function ridged(x: number, seed: number, octaves: number, roughness: number): number {
	let [sum, weight, amount] = [0, 0, 1];
	for (let octave = 0; octave < octaves; octave++) {
		const crest = 1 - Math.abs(2 * noise(x, seed * 13.7, seed + octave) - 1);
		sum += amount * (octave === 0 ? crest : crest * crest);
		weight += amount;
		amount *= roughness;
		x = x * 2.07 + 5.3;
	}
	return sum / weight;
}
