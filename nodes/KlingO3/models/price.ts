/** What a video is estimated to cost. Pure. */
import { lengthOf, type Model, type Rate } from './model';

/** Fractions of a cent that floating point brings must not show. */
export function roundUsd(usd: number): number {
	return Math.round(usd * 10_000) / 10_000;
}

/** A price as the user reads it; some rates have half cents. */
export const usd = (amount: number): string => `$${roundUsd(amount).toFixed(3).replace(/0$/, '')}`;

export interface Estimate {
	/** Length of the video (s); undefined when nobody knows before it is made. */
	seconds?: number;
	usdPerSecond: number;
	/** USD */
	usd: number;
	/** The length is not known: it is the most that the video can cost. */
	isMost: boolean;
}

/** The rate that applies to these values of fields; the highest where none does. */
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
 * @param seconds length of the video, where it is known
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

/** Whether the panel can say the length before a run. */
export const isLengthInPanel = (model: Model) => lengthOf(model)?.script !== undefined;
