/**
 * When the next request of an account may be sent, and whose turn it is. Pure: all state comes in, all times are
 * milliseconds. So tests can simulate time.
 */

/** Data of the schedule. */
export const RATE = {
	/** Segmind counts requests per minute. One more second allows for the time that requests travel. */
	window: 61_000,
	/** The share of the limit that polls may take. It leaves room for submits. */
	statusShare: 0.8,
	/** A request of a lower rank that has waited this much longer goes first, so every request gets its turn. */
	rankWorth: 20_000,
	/** Requests that a job still needs: a poll that is too early, one that sees the end, and the result. */
	readsPerJob: 3,
};

/**
 * Submits, and uploads before them, come first. A late poll only means that the node sees an end late. A `call` is
 * the submit of a synchronous job: it needs no polls.
 */
export type Kind = 'submit' | 'call' | 'upload' | 'result' | 'balance' | 'history' | 'status';

const RANK: Record<Kind, number> = {
	submit: 0,
	call: 0,
	upload: 0,
	result: 1,
	balance: 1,
	history: 1,
	status: 2,
};

/**
 * The earliest time at which a request stays within the limit, whichever minute the service counts.
 *
 * @param sent times of the latest requests, oldest first; at least the last `limit` of them
 * @param limit requests per window
 * @param pausedUntil nothing is sent before this, because of a 429
 */
export function nextSlot(sent: number[], limit: number, pausedUntil: number, now: number): number {
	const earliest = Math.max(now, pausedUntil);
	if (sent.length < limit) return earliest;
	return Math.max(earliest, sent[sent.length - limit] + RATE.window);
}

export interface Waiting {
	kind: Kind;
	/** When it began to wait. */
	since: number;
	/** When half of the time to poll its job is over. */
	halfTime?: number;
	/** How many jobs of its run are not finished. */
	underWay?: number;
	/** A submit that has no room. */
	isHeld?: boolean;
}

/**
 * A request's place in line. Its rank counts, and what the jobs of its run still need, so one video gets its turn
 * among fifty. Age makes up for both. A job whose time runs out counts as waiting since half of its time was over.
 *
 * @param slot ms between two requests
 */
function place(waiting: Waiting, slot: number): number {
	const { kind, since, halfTime = Infinity, underWay = 0 } = waiting;
	const ahead = underWay * RATE.readsPerJob * slot;
	return Math.min(since + RANK[kind] * RATE.rankWorth + ahead, halfTime);
}

/**
 * Whose turn it is.
 *
 * @param limit requests per window
 * @returns -1 if nobody may send
 */
export function nextInLine(queue: Waiting[], limit: number): number {
	const slot = RATE.window / limit;
	let best = -1;
	let least = Infinity;
	for (const [index, waiting] of queue.entries()) {
		const its = waiting.isHeld ? Infinity : place(waiting, slot);
		if (its < least) [best, least] = [index, its];
	}
	return best;
}

/**
 * The shortest time between two polls of one job. All jobs of the account together then stay within the polls' share,
 * and no job misses its time.
 *
 * @param running jobs that somebody waits for
 * @param limit requests per window
 * @param left ms left to poll the job
 */
export function fairInterval(running: number, limit: number, left = Infinity): number {
	const fair = (RATE.window * Math.max(running, 1)) / (limit * RATE.statusShare);
	return Math.min(fair, Math.max(left / 2, RATE.window / limit));
}
