/**
 * The account's requests of a period: as many pages and as many windows of 31 days as that takes, each request
 * once, the newest first. Reading only; it costs nothing and may be repeated.
 */
import { HISTORY_WINDOW } from '../policy/limits';
import { failurePause } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import {
	hasHistory,
	listHistory,
	switchedOff,
	type HistoryQuery,
	type HistoryRow,
} from './history';
import { failure, stoppedProblem, success, type Outcome, type Problem } from './problem';
import type { Session } from './session';

/** What is left out does not filter. */
export interface RequestFilter {
	/** ms since 1970, inclusive */
	from: number;
	/** ms since 1970, exclusive. Left out: until now, by the service's own clock. */
	to?: number;
	/** Part of the name. */
	model?: string;
	status?: HistoryQuery['status'];
}

/** The service takes up to this many rows a page. */
const PAGE = 100;

const DAY = 24 * 60 * 60 * 1000;
const startOfDay = (time: number) => Math.floor(time / DAY) * DAY;

/**
 * Cuts a period into windows that the service takes: whole UTC days, both ends included.
 *
 * @param from ms since 1970
 * @param to ms since 1970, inclusive
 * @returns the newest first; `from` and `to` are the beginnings of days
 */
export function windowsOf(from: number, to: number): Array<{ from: number; to: number }> {
	const windows: Array<{ from: number; to: number }> = [];
	const first = startOfDay(from);
	for (let last = startOfDay(to); last >= first; last -= HISTORY_WINDOW * DAY) {
		windows.push({ from: Math.max(first, last - (HISTORY_WINDOW - 1) * DAY), to: last });
	}
	return windows;
}

const OTHERS: Partial<Record<string, string>> = { COMPLETED: 'FAILED', FAILED: 'COMPLETED' };

/**
 * Whether a row belongs to what was asked for. The service filters by whole days; and whether it heeds each
 * filter is not documented. What a row does not say does not speak against it.
 */
export function fits(row: HistoryRow, { from, to, model, status }: RequestFilter): boolean {
	const { createdAt } = row;
	if (createdAt !== undefined && (createdAt < from || createdAt >= (to ?? Infinity))) return false;
	if (model && row.model && !row.model.toLowerCase().includes(model.toLowerCase())) return false;
	const isEnded = row.status in OTHERS;
	if (status === 'PENDING') return !isEnded;
	return !status || row.status !== OTHERS[status];
}

/** Whether the answer was a passing fault. */
function mayPass({ status }: Problem): boolean {
	if (status === undefined) return true;
	return judgeRead({ kind: 'answer', status, headers: {}, body: undefined }) === 'repeat';
}

/** One page of the history, the newest first. Faults are ridden out; Stop ends it. */
export async function readPage(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryRow[]>> {
	if (!hasHistory(session)) return failure(switchedOff());
	for (let tries = 1; ; tries++) {
		if (session.stop.pressed) return failure(stoppedProblem());
		const page = await listHistory(session, query);
		if (session.stop.pressed) return failure(stoppedProblem());
		if (page.ok || !mayPass(page.problem) || tries >= TRIES.history) return page;
		// After a 429 the account's schedule waits besides.
		await session.stop.pause(failurePause(tries, Math.random()));
	}
}

/**
 * The requests that fit, each once, the newest first.
 *
 * @param limit how many are wanted at most
 */
export async function listRequests(
	session: Session,
	filter: RequestFilter,
	limit = Infinity,
): Promise<Outcome<HistoryRow[]>> {
	const { from, to, model, status } = filter;
	const seen = new Set<string>();
	const found: HistoryRow[] = [];
	const perPage = Math.min(limit, PAGE);
	const now = Date.now();
	// The end itself is outside.
	const last = to === undefined ? now : Math.min(to - 1, now);
	for (const window of windowsOf(from, last)) {
		for (let page = 1; ; page++) {
			const rows = await readPage(session, { ...window, page, perPage, model, status });
			if (!rows.ok) return rows;
			// A page may hold fewer requests than rows were asked for, and new requests move rows to the next
			// page: only one with nothing new is behind the last.
			const fresh = rows.value.filter(({ requestId }) => !seen.has(requestId));
			if (fresh.length === 0) break;
			for (const row of fresh) {
				seen.add(row.requestId);
				if (fits(row, filter)) found.push(row);
			}
			if (found.length >= limit) return success(found.slice(0, limit));
		}
	}
	return success(found);
}
