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
	/** Requests that a job still needs: one that comes too early, one that sees the end, and the result. */
	readsPerJob: 3,
};

/**
 * Submits and what leads to them come first; a job that is asked for late is only noticed late. A `call` is the
 * submit of a synchronous job: nobody has to ask for it later.
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
	/** When half of the time is over in which its job must be asked for. */
	halfTime?: number;
	/** Jobs that its run has under way. */
	underWay?: number;
	/** A submit for which there is no room. */
	isHeld?: boolean;
}

/**
 * Where a request stands: by rank, and behind what the jobs of its run need, so that one video has its turn between
 * fifty. Then by age, where age makes up for both. A job whose time runs out counts as waiting since its half.
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
 * @returns -1 when nobody may be sent
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
 * The least pause between two status calls for one job, so that all jobs of the account together keep
 * to the status calls' share, and none of them misses its time.
 *
 * @param running jobs that are being waited for
 * @param limit requests per window
 * @param left ms in which the job must be asked for
 */
export function fairPause(running: number, limit: number, left = Infinity): number {
	const fair = (RATE.window * Math.max(running, 1)) / (limit * RATE.statusShare);
	return Math.min(fair, Math.max(left / 2, RATE.window / limit));
}
