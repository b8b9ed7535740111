/**
 * When the next request of an account may be sent, and whose turn it is. Pure: all state comes in, all
 * times are milliseconds, so that the schedule is tested with simulated time.
 */

/** Data of the schedule. */
export const RATE = {
	/** Segmind counts requests by the minute; a second more for the way that requests take. */
	window: 61_000,
	/** The share of the limit that status calls may take, so that submits find room. */
	statusShare: 0.8,
	/** A request of a lower rank that waited this much longer goes first, so that none is starved. */
	rankWorth: 20_000,
};

/** Submits and what leads to them come first; a job that is asked for late is only noticed late. */
export type Kind = 'submit' | 'upload' | 'result' | 'balance' | 'history' | 'status';

const RANK: Record<Kind, number> = {
	submit: 0,
	upload: 0,
	result: 1,
	balance: 1,
	history: 1,
	status: 2,
};

/**
 * The earliest time at which a request keeps within the limit, whichever minute the service counts by.
 *
 * @param sent times of the latest requests, oldest first; at least the last `limit` of them
 * @param limit requests per window
 * @param pausedUntil nothing is sent before, because of a 429
 */
export function nextSlot(sent: number[], limit: number, pausedUntil: number, now: number): number {
	const earliest = Math.max(now, pausedUntil);
	if (sent.length < limit) return earliest;
	return Math.max(earliest, sent[sent.length - limit] + RATE.window);
}

export interface Waiting {
	kind: Kind;
	/** Since when it has been waiting. */
	since: number;
}

/** Whose turn it is: by rank, then by age, where age makes up for rank. @returns -1 for an empty queue */
export function nextInLine(queue: Waiting[]): number {
	const place = ({ kind, since }: Waiting) => since + RANK[kind] * RATE.rankWorth;
	return queue.reduce(
		(best, waiting, index) => (best < 0 || place(waiting) < place(queue[best]) ? index : best),
		-1,
	);
}

/**
 * The least pause between two status calls for one job, so that all jobs of the account together keep
 * to the status calls' share.
 *
 * @param running jobs that are being waited for
 * @param limit requests per window
 */
export function fairPause(running: number, limit: number): number {
	return (RATE.window * Math.max(running, 1)) / (limit * RATE.statusShare);
}
