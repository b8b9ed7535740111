/** The estimated cost of a video. Pure. */
import { lengthOf, type Model, type Rate } from './model';

/** Rounds away the tiny fractions of floating-point numbers. */
export function roundUsd(usd: number): number {
	return Math.round(usd * 10_000) / 10_000;
}

/** A price in text form. Some rates have half cents. */
export const usd = (amount: number): string => `$${roundUsd(amount).toFixed(3).replace(/0$/, '')}`;

export interface Estimate {
	/** Length of the video (s); undefined if nobody knows it before the video is made. */
	seconds?: number;
	usdPerSecond: number;
	/** USD */
	usd: number;
	/** Whether the length is not known. Then `usd` is the most that the video can cost. */
	isMost: boolean;
}

/** The rate for these values of fields; the highest if none fits. */
export function rateOf({ rates }: Model, values: Record<string, unknown>): Rate {
	const highest = rates.reduce((most, rate) =>
		rate.usdPerSecond > most.usdPerSecond ? rate : most,
	);
	const fits = ({ when }: Rate) =>
		Object.entries(when).every(([name, value]) => values[name] === value);
	return rates.find(fits) ?? highest;
}

/**
 * @param values values of the model's fields, by their names in workflows
 * @param seconds length of the video, if it is known
 */
export function estimate(
	model: Model,
	values: Record<string, unknown>,
	seconds: number | undefined,
): Estimate {
	const { usdPerSecond } = rateOf(model, values);
	return {
		seconds,
		usdPerSecond,
		usd: roundUsd((seconds ?? model.longest) * usdPerSecond),
		isMost: seconds === undefined,
	};
}

/** Whether the panel can show the length before a run. */
export const isLengthInPanel = (model: Model) => lengthOf(model)?.script !== undefined;
