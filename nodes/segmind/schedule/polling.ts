/**
 * When the node polls a job. Pure: all state comes in, all times are milliseconds.
 *
 * A poll has a price: the expected delay that it must end. If each poll is sent when the expected delay reaches the
 * price, the forecast's effort gives the number of polls. So the requests that are left decide the price. If there
 * are plenty, the node polls a job often around its expected end. If more jobs end than there are requests left, see
 * SCARCE.
 */
import { BACKOFF, pollInterval } from '../policy/backoff';
import type { Forecast } from './forecast';
import { RATE } from './slots';

/** Data of the polling; the numbers come from the simulation (test/unit/schedule/polling.test.ts). */
export const POLLING = {
	/** The price of a poll if there are plenty of requests. */
	leastPrice: 160,
	/** The same if only one job is running; */
	priceOfOne: 80,
	/** then also the price while an end would be a surprise: its polls are more useful around the expected end. */
	priceOfSurprise: 2500,
	/** The highest price, as a part of the window. */
	fullPrice: 0.2,
	/**
	 * Up to this price, as a part of the time between two requests, a job of unknown length is polled at fixed
	 * intervals. Above it, other jobs are about to end as the page says, and need all the requests.
	 */
	priceOfUnknown: 0.2,
	/** Up to this price, the node polls a new job at once. */
	priceOfFirst: 400,
	/** Of the polls that follow a job, 1 minus this many see its end, on average. */
	perEnd: 0.68,
	/** The window is computed in this many steps. */
	steps: 12,
	/** If a job is this likely to be done, the node polls it at any price. */
	certain: 0.94,
	/** The shortest time between two polls of a job. It is shorter for a young job. */
	leastPause: 3500,
	/**
	 * From this chance on, the node polls the result itself. If the result is not there yet, the answer counts as a
	 * normal poll.
	 */
	likely: 0.1,
};

/**
 * Data of the polling while more jobs end than there are requests left. The chance counts then, not the price. A poll
 * that comes too early costs a request that comes back only a window later. So the node follows some of the jobs
 * closely and sees their ends soon. It polls the others when they are nearly all done. The mean delay is the same as
 * if it treated all jobs alike, and the median is five seconds less.
 */
export const SCARCE = {
	/** Below this chance the node polls no job. */
	first: 0.25,
	/** It begins to follow jobs as long as less than this part of the window's requests is used. */
	share: 0.56,
	/** It follows a job that was this likely to be done when it was polled last. */
	followed: 0.15,
	/**
	 * When the node polls a followed job again, and when it polls the others: at this part of the chance that the job
	 * will have a little later. So it does not wait for ends that are far away.
	 */
	again: 0.68,
	others: 0.9,
	/** How much later, as a part of the window. */
	later: 0.75,
};

/** A job that somebody waits for. */
export interface Polled {
	/** Undefined if its submit is not known. */
	forecast?: Forecast;
	submittedAt: number;
	/** When it was last seen running; before that, its submit. */
	askedAt: number;
	/** The latest time to poll it. */
	due: number;
}

/** What an account has left, and what it needs. */
export interface Budget {
	/** Requests that go before any poll: submits, uploads. */
	others: number;
	/** Requests that a job needs after its end was seen: 1 if the result needs another one. */
	perResult: number;
	/** Times of the latest window's requests, oldest first. */
	sent: number[];
	/** Requests per window. */
	limit: number;
}

export interface Market {
	/** The expected delay that a poll must end. */
	price: number;
	/** Whether it is the only job, */
	isAlone: boolean;
	/** whether there are requests to spare for jobs of unknown length, */
	hasSpare: boolean;
	/** the shortest time between two polls of the same job, */
	pace: number;
	/** and between any two requests. */
	slot: number;
	/** The part of the window's requests that is used, if more jobs end than there are requests left. */
	used?: number;
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
 * What a poll is worth now. The price lets the requests last at every point of the window. No request counts twice:
 * one that was sent comes back a window later.
 */
export function marketOf(jobs: Polled[], budget: Budget, now: number): Market {
	const { others, perResult, sent, limit } = budget;
	const gone = countUntil(sent, now - RATE.window);
	const left = limit - (sent.length - gone) - others;
	const slot = RATE.window / limit;
	const unknown = jobs.filter(isUnknown).length;
	const pace = (slot * Math.max(unknown, 1)) / RATE.statusShare;
	const isAlone = jobs.length === 1;
	let price = isAlone ? POLLING.priceOfOne : POLLING.leastPrice;
	// With so many requests left there is nothing to compute.
	if (left < (jobs.length * RATE.window) / BACKOFF.firstStatus) {
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
	const isScarce = price > RATE.window;
	return {
		price: Math.min(price, POLLING.fullPrice * RATE.window),
		hasSpare: price <= Math.max(POLLING.priceOfUnknown * slot, POLLING.leastPrice),
		used: isScarce ? 1 - Math.max(left, 0) / limit : undefined,
		...{ isAlone, pace, slot },
	};
}

/**
 * The price at which this many requests last. Each end takes one request that sees it. Some of the polls that follow
 * the jobs also see ends.
 *
 * @param effort of all jobs, from the forecast
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

/**
 * From this time on, the node polls a job at any price: half of the time from its last poll to its due time is over.
 */
const latestOf = ({ askedAt, due }: Polled, slot: number) =>
	askedAt + Math.max((due - askedAt) / 2, slot);

/**
 * What a poll of a job is worth now.
 *
 * @param until from then on it is polled at any price, though it need not be
 * @returns the expected time since the job was done (ms); undefined if it is too early to poll it
 */
export function worthOf(
	job: Polled,
	{ price, isAlone, hasSpare, pace, slot, used }: Market,
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
		return age >= BACKOFF.firstStatus ? lag : undefined;
	if (since < Math.min(POLLING.leastPause, pollInterval(age))) return undefined;
	const isTime = since >= Math.max(pollInterval(asked), pace);
	if (!forecast) return isTime ? lag : undefined;
	if (isTime && hasSpare && isUnknown(job)) return lag;
	if (used !== undefined) return worthIfScarce(forecast, asked, age, used);
	const isSurprise = isAlone && !forecast.isNew && age < forecast.earliest;
	return lag >= (isSurprise ? POLLING.priceOfSurprise : price) ||
		forecast.chance(asked, age) >= POLLING.certain
		? lag
		: undefined;
}

/**
 * What a poll is worth while more jobs end than there are requests left. Followed jobs come before all others.
 *
 * @param asked the age at which the job was still running (ms)
 * @param age its age now (ms)
 * @param used the part of the window's requests that is used
 */
function worthIfScarce(
	forecast: Forecast,
	asked: number,
	age: number,
	used: number,
): number | undefined {
	const chance = forecast.chance(asked, age);
	if (chance < SCARCE.first) return undefined;
	const isFollowed = forecast.chance(0, asked) >= SCARCE.followed;
	if (isFollowed || used >= SCARCE.share) {
		const later = forecast.chance(asked, age + SCARCE.later * RATE.window);
		if (chance / later < (isFollowed ? SCARCE.again : SCARCE.others)) return undefined;
	}
	return forecast.lag(asked, age) + (isFollowed ? RATE.window : 0);
}

/** Whether to poll the result instead of the status, because it is likely there. */
export function isLikelyDone({ forecast, submittedAt, askedAt }: Polled, now: number): boolean {
	if (!forecast) return false;
	return forecast.chance(askedAt - submittedAt, now - submittedAt) >= POLLING.likely;
}
