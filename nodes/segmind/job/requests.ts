/**
 * The account's requests of a period, each once, newest first. It reads as many pages and windows of 31 days as
 * needed. It only reads, so it costs nothing and may be retried.
 */
import { failure, success, type Outcome } from '../outcome';
import { HISTORY } from '../policy/history';
import { HISTORY_WINDOW } from '../policy/limits';
import { failureBackoff } from '../policy/backoff';
import { ATTEMPTS } from '../policy/retries';
import { stoppedProblem } from '../problems';
import {
	listPage,
	mayRecover,
	type HistoryPage,
	type HistoryQuery,
	type HistoryRow,
} from './history';
import { stateOf } from './historyRows';
import type { Session } from './session';

/** A missing filter does not filter. */
export interface RequestFilter {
	/** ms since 1970, inclusive */
	from: number;
	/** ms since 1970, exclusive. Without it: until now, by the service's own clock. */
	to?: number;
	/** A part of the name. */
	model?: string;
	status?: HistoryQuery['status'];
}

const DAY = 24 * 60 * 60 * 1000;
const startOfDay = (time: number) => Math.floor(time / DAY) * DAY;

/**
 * Splits a period into windows that the service accepts: whole UTC days, both ends included.
 *
 * @param from ms since 1970
 * @param to ms since 1970, inclusive
 * @returns newest first; `from` and `to` are the beginnings of days
 */
export function windowsOf(from: number, to: number): Array<{ from: number; to: number }> {
	const windows: Array<{ from: number; to: number }> = [];
	const first = startOfDay(from);
	for (let last = startOfDay(to); last >= first; last -= HISTORY_WINDOW * DAY) {
		windows.push({ from: Math.max(first, last - (HISTORY_WINDOW - 1) * DAY), to: last });
	}
	return windows;
}

/** States that contradict a status. Any other state may be another word for it. */
const CONTRADICTIONS = {
	COMPLETED: ['failed'],
	FAILED: ['completed'],
	PENDING: ['completed', 'failed'],
};

/**
 * Whether a row passes the filter. The service filters by whole days, and does not document whether it obeys each
 * filter. A missing value in a row does not exclude the row.
 */
export function fits(row: HistoryRow, { from, to, model, status }: RequestFilter): boolean {
	const { createdAt } = row;
	if (createdAt !== undefined && (createdAt < from || createdAt >= (to ?? Infinity))) return false;
	if (model && row.model && !row.model.toLowerCase().includes(model.toLowerCase())) return false;
	return !status || !CONTRADICTIONS[status].includes(stateOf(row));
}

/** One page of the history, newest first. It retries after faults. Stop ends it. */
export async function readPage(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryPage>> {
	for (let attempts = 1; ; attempts++) {
		if (session.stop.pressed) return failure(stoppedProblem());
		const page = await listPage(session, query);
		if (session.stop.pressed) return failure(stoppedProblem());
		if (page.ok || !mayRecover(page) || attempts >= ATTEMPTS.history) return page;
		// After a 429, the account's schedule also waits.
		await session.stop.pause(failureBackoff(attempts, Math.random()));
	}
}

/**
 * The requests that pass the filter, each once, newest first.
 *
 * @param limit how many at most
 */
export async function listRequests(
	session: Session,
	filter: RequestFilter,
	limit = Infinity,
): Promise<Outcome<HistoryRow[]>> {
	const { from, to, model, status } = filter;
	const seen = new Set<string>();
	const found: HistoryRow[] = [];
	const perPage = Math.min(limit, HISTORY.perPage);
	const now = Date.now();
	// The end itself is excluded.
	const last = to === undefined ? now : Math.min(to - 1, now);
	for (const window of windowsOf(from, last)) {
		for (let page = 1; ; page++) {
			const answer = await readPage(session, { ...window, page, perPage, model, status });
			if (!answer.ok) return answer;
			const { rows, isLast } = answer.value;
			// New requests move rows to the next page. So do several outputs of one request.
			const fresh = rows.filter(({ requestId }) => !seen.has(requestId));
			for (const row of fresh) {
				seen.add(row.requestId);
				if (fits(row, filter)) found.push(row);
			}
			if (found.length >= limit) return success(found.slice(0, limit));
			// If nothing is new, the service may give the same page forever.
			if (isLast || fresh.length === 0) break;
		}
	}
	return success(found);
}
