/**
 * The facts of the model kling-o3-image2video: names, limits, prices. Data only.
 */

/** The model's name in the API's paths. */
export const MODEL = 'kling-o3-image2video';

/** What the names of all Kling O3 models have in common. */
export const MODEL_FAMILY = 'kling-o3';

export type Mode = 'pro' | 'std';

/** Limits. Source: the model page on Segmind (durations) and Kling's API documentation (the rest). */
export const LIMITS = {
	/** characters */
	prompt: 2500,
	/** characters */
	segmentPrompt: 512,
	segments: 6,
	/** s, of the whole video */
	shortest: 3,
	/** s, of the whole video */
	longest: 15,
	/** bytes */
	imageSize: 10 * 1024 * 1024,
	/** px, each side */
	imageSide: 300,
	/** longer side to shorter side */
	imageRatio: 2.5,
};

/** Rates that were inferred are marked, for whatever is computed from them is an estimate. */
interface Rate {
	mode: Mode;
	audio: boolean;
	/** USD per second of video */
	usdPerSecond: number;
	source: 'model page' | 'inferred';
}

/**
 * Prices. The model page says $0.630 – $5.25 per generation: exactly 3 s at $0.21 and 15 s at $0.35,
 * the lowest and the highest rate. The two in between are inferred from other vendors' published rates
 * for the same model. Read in October 2026.
 */
export const RATES: Rate[] = [
	{ mode: 'std', audio: false, usdPerSecond: 0.21, source: 'model page' },
	{ mode: 'std', audio: true, usdPerSecond: 0.28, source: 'inferred' },
	{ mode: 'pro', audio: false, usdPerSecond: 0.28, source: 'inferred' },
	{ mode: 'pro', audio: true, usdPerSecond: 0.35, source: 'model page' },
];

/** @returns USD per second of video */
export function rateFor(mode: Mode, audio: boolean): number {
	const rate = RATES.find((candidate) => candidate.mode === mode && candidate.audio === audio);
	return rate?.usdPerSecond ?? Math.max(...RATES.map(({ usdPerSecond }) => usdPerSecond));
}

/** Cents are the smallest unit of a price, and floating point must not show. */
export function roundUsd(usd: number): number {
	return Math.round(usd * 10_000) / 10_000;
}

/**
 * @param seconds length of the whole video
 * @returns estimated price in USD
 */
export function estimateCost(seconds: number, mode: Mode, audio: boolean): number {
	return roundUsd(seconds * rateFor(mode, audio));
}
