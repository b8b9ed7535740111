/**
 * When a job is asked for. Pure: all state comes in, all times are milliseconds.
 *
 * A request has a price: the delay that it must be expected to end. Whoever asks whenever the expected delay is as long
 * as the price needs so many requests as the forecast's effort says, so the price follows from the requests that are left:
 * with plenty of them a job is asked for often around its expected end; when many jobs end at the same time each is
 * asked for late, when it is most likely done.
 */
import { PAUSES, statusPause } from '../policy/pauses';
import type { Forecast } from './forecast';
import { RATE } from './slots';

/** Data of the polling; the numbers come from the simulation (test/unit/schedule/polling.test.ts). */
export const POLLING = {
	/** The price of a request when there are plenty. */
	leastPrice: 200,
	/** The highest price, as a part of the window; */
	fullPrice: 0.25,
	/** and where fewer requests are left than jobs end: first this, */
	priceOfNone: 0.05,
	/**
	 * and so much more when all are gone. Some jobs are asked for early, for these requests come back in time for the
	 * last ends, and the others late, when each request sees an end.
	 */
	riseOfNone: 0.12,
	/**
	 * Up to this price, as a part of the time between two requests, a job whose length nobody knows is asked for at
	 * fixed pauses. Above it, jobs are about to end where the page says, and need all requests there are.
	 */
	priceOfUnknown: 0.2,
	/** Up to this price a new job is asked for at once. */
	priceOfFirst: 400,
	/** Of the requests that follow a job, those that see its end are so many less than one for each job. */
	perEnd: 0.4,
	/** The window is looked through in so many steps. */
	steps: 12,
	/** A job as likely done as this is asked for at any price. */
	certain: 0.94,
	/** The least pause between two requests for a job; for a young one it is shorter. */
	leastPause: 3500,
	/** From this chance on the result itself is asked for: where it is not there yet, the answer is a poll like any other. */
	likely: 0.1,
};

/** A job that is waited for. */
export interface Polled {
	/** Undefined where its submit is not known. */
	forecast?: Forecast;
	submittedAt: number;
	/** When it was last seen running; its submit before that. */
	askedAt: number;
	/** Until when it must be asked for. */
	due: number;
}

/** What an account has left, and what it needs. */
export interface Budget {
	/** Requests that wait for their turn before any job is asked for: submits, uploads. */
	others: number;
	/** Requests that a job takes when its end was seen: 1 where the result is another one. */
	perResult: number;
	/** Times of the latest window's requests, oldest first. */
	sent: number[];
	/** Requests per window. */
	limit: number;
}

export interface Market {
	/** The delay that a request must be expected to end. */
	price: number;
	/** Whether there are requests for jobs whose length nobody knows, */
	hasSpare: boolean;
	/** the least pause between two for the same job, */
	pace: number;
	/** and between any two. */
	slot: number;
}

/** Whether nobody knows when it ends. */
const isUnknown = ({ forecast, submittedAt, askedAt }: Polled) =>
	!forecast || forecast.isNew || forecast.isSurprised(askedAt - submittedAt);

/** How many of these times are at most `time`. */
function countUntil(times: number[], time: number): number {
	let low = 0;
	let high = times.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (times[middle] <= time) low = middle + 1;
		else high = middle;
	}
	return low;
}

/**
 * What a request is worth now: so much that the requests last, however far one looks ahead. None counts twice: one that
 * was sent comes back a window later.
 */
export function marketOf(jobs: Polled[], budget: Budget, now: number): Market {
	const { others, perResult, sent, limit } = budget;
	const gone = countUntil(sent, now - RATE.window);
	const left = limit - (sent.length - gone) - others;
	const slot = RATE.window / limit;
	const unknown = jobs.filter(isUnknown).length;
	const pace = (slot * Math.max(unknown, 1)) / RATE.statusShare;
	let price = POLLING.leastPrice;
	// With so many left there is nothing to be calculated.
	if (left < (jobs.length * RATE.window) / PAUSES.firstStatus) {
		const step = RATE.window / POLLING.steps;
		const ends = Array<number>(POLLING.steps).fill(0);
		const efforts = Array<number>(POLLING.steps).fill(0);
		for (const { forecast, submittedAt, askedAt } of jobs) {
			forecast?.addNeeds(askedAt - submittedAt, now - submittedAt, step, ends, efforts);
		}
		for (const [index, effort] of efforts.entries()) {
			const back = countUntil(sent, now + (index + 1) * step - RATE.window) - gone;
			const its = priceFor(effort, ends[index], left + back - perResult * ends[index]);
			if (its > price) price = its;
		}
	}
	const used = 1 - Math.max(left, 0) / limit;
	const scarce = POLLING.priceOfNone + POLLING.riseOfNone * used;
	const highest = price > RATE.window ? scarce : POLLING.fullPrice;
	const hasSpare = price <= Math.max(POLLING.priceOfUnknown * slot, POLLING.leastPrice);
	return { price: Math.min(price, highest * RATE.window), hasSpare, pace, slot };
}

/**
 * The price at which so many requests last. Each end takes one that sees it; of those that follow the jobs, a part sees
 * ends as well.
 *
 * @param effort of all jobs, as the forecast has it
 * @param ends how many jobs are expected to end
 */
function priceFor(effort: number, ends: number, slots: number): number {
	const spare = slots - ends;
	if (effort <= 0) return 0;
	if (spare <= 0) return Infinity;
	// The root of: following ** 2 = spare * (following + (1 - perEnd) * ends).
	const product = 4 * (1 - POLLING.perEnd) * ends * spare;
	const following = (spare + Math.sqrt(spare ** 2 + product)) / 2;
	return (effort / following) ** 2 / 2;
}

/** From when on a job is asked for at any price: half of the time is left then in which it must be. */
const latestOf = ({ askedAt, due }: Polled, slot: number) =>
	askedAt + Math.max((due - askedAt) / 2, slot);

/**
 * What a request for a job is worth now.
 *
 * @param until when it is asked for at any price, though it need not be
 * @returns for how long the job is expected to have been done (ms); undefined when it is not asked for yet
 */
export function worthOf(
	job: Polled,
	{ price, hasSpare, pace, slot }: Market,
	now: number,
	until = Infinity,
): number | undefined {
	const { forecast, submittedAt, askedAt } = job;
	const asked = askedAt - submittedAt;
	const age = now - submittedAt;
	const since = now - askedAt;
	const lag = forecast ? forecast.lag(asked, age) : since / 2;
	if (now >= until || now >= latestOf(job, slot)) return lag;
	// A bad body fails within a second.
	if (asked <= 0 && price <= POLLING.priceOfFirst)
		return age >= PAUSES.firstStatus ? lag : undefined;
	if (since < Math.min(POLLING.leastPause, statusPause(age))) return undefined;
	const isTime = since >= Math.max(statusPause(asked), pace);
	if (!forecast) return isTime ? lag : undefined;
	if (isTime && hasSpare && isUnknown(job)) return lag;
	return lag >= price || forecast.chance(asked, age) >= POLLING.certain ? lag : undefined;
}

/** Whether its result is asked for, and not its status: it is most likely there. */
export function isLikelyDone({ forecast, submittedAt, askedAt }: Polled, now: number): boolean {
	if (!forecast) return false;
	return forecast.chance(askedAt - submittedAt, now - submittedAt) >= POLLING.likely;
}
