/**
 * When a job is asked for. Pure: all state comes in, all times are milliseconds.
 *
 * A request has a price: the delay (ms) that it must be expected to end. With requests to spare it is low, and a job is
 * asked for often around its expected end; when many jobs end at the same time it is high, and each is asked for
 * late, when it is most likely done.
 */
import { statusPause } from '../policy/pauses';
import type { Forecast } from './forecast';
import { RATE } from './slots';

/** Data of the polling; the numbers come from the simulation. */
export const POLLING = {
	/** The price of a request when there are plenty. */
	leastPrice: 200,
	/** The price when all requests of the horizon are needed, as a part of the window, */
	fullPrice: 0.4,
	/** and how it falls with the part that is needed. */
	power: 1.5,
	/** What is looked ahead to, in windows. */
	horizon: 1.5,
	/** A job as likely done as this is asked for at any price. */
	certain: 0.95,
	/** The least pause between two requests for a job. */
	leastPause: 3700,
	/** From this chance on the result itself is asked for. */
	likely: 0.5,
};

/** A job that is waited for. */
export interface Watched {
	forecast: Forecast;
	submittedAt: number;
	/** When it was last seen running; its submit before that. */
	askedAt: number;
}

/**
 * What a request costs.
 *
 * @param others requests that wait for their turn: submits, uploads
 * @param sent times of the latest window's requests
 * @param limit requests per window
 */
export function priceOf(
	jobs: Watched[],
	others: number,
	sent: number[],
	limit: number,
	now: number,
): number {
	const end = now + POLLING.horizon * RATE.window;
	const ends = ({ forecast, submittedAt, askedAt }: Watched) =>
		forecast.chance(askedAt - submittedAt, end - submittedAt);
	const wanted = jobs.reduce((sum, job) => sum + ends(job), others);
	const back = sent.filter((at) => at > now - RATE.window && at + RATE.window < end).length;
	const free = limit - sent.filter((at) => at > now - RATE.window).length;
	const slots = free * POLLING.horizon + back;
	const need = Math.min(wanted / Math.max(slots, 1), 1);
	return Math.max(POLLING.leastPrice, POLLING.fullPrice * RATE.window * need ** POLLING.power);
}

/** Whether it is worth its price to ask for a job now. */
export function isWorthIt({ forecast, submittedAt, askedAt }: Watched, price: number, now: number) {
	const asked = askedAt - submittedAt;
	const age = now - submittedAt;
	const hasTime = price <= 2 * POLLING.leastPrice;
	const isFirst = asked === 0;
	// A bad body fails within a second.
	if (isFirst && hasTime) return age >= statusPause(0);
	if (now - askedAt < POLLING.leastPause) return false;
	const isUnknown = forecast.isNew || forecast.isSurprised(asked);
	if (isUnknown && hasTime && now - askedAt >= statusPause(asked)) return true;
	return forecast.chance(asked, age) >= POLLING.certain || forecast.lag(asked, age) >= price;
}
