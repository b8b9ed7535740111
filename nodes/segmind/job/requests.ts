/**
 * The account's requests of a period: as many pages and as many windows of 31 days as that takes, each request
 * once, the newest first. Reading only; it costs nothing and may be repeated.
 */
import { failure, success, type Outcome } from '../outcome';
import { HISTORY } from '../policy/history';
import { HISTORY_WINDOW } from '../policy/limits';
import { failurePause } from '../policy/pauses';
import { TRIES } from '../policy/repeats';
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

/** States that contradict a status; any other one may be another word for it. */
const CONTRADICTIONS = {
	COMPLETED: ['failed'],
	FAILED: ['completed'],
	PENDING: ['completed', 'failed'],
};

/**
 * Whether a row belongs to what was asked for. The service filters by whole days; and whether it heeds each
 * filter is not documented. What a row does not say does not speak against it.
 */
export function fits(row: HistoryRow, { from, to, model, status }: RequestFilter): boolean {
	const { createdAt } = row;
	if (createdAt !== undefined && (createdAt < from || createdAt >= (to ?? Infinity))) return false;
	if (model && row.model && !row.model.toLowerCase().includes(model.toLowerCase())) return false;
	return !status || !CONTRADICTIONS[status].includes(stateOf(row));
}

/** One page of the history, the newest first. Faults are ridden out; Stop ends it. */
export async function readPage(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryPage>> {
	for (let tries = 1; ; tries++) {
		if (session.stop.pressed) return failure(stoppedProblem());
		const page = await listPage(session, query);
		if (session.stop.pressed) return failure(stoppedProblem());
		if (page.ok || !mayRecover(page) || tries >= TRIES.history) return page;
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
	const perPage = Math.min(limit, HISTORY.perPage);
	const now = Date.now();
	// The end itself is outside.
	const last = to === undefined ? now : Math.min(to - 1, now);
	for (const window of windowsOf(from, last)) {
		for (let page = 1; ; page++) {
			const answer = await readPage(session, { ...window, page, perPage, model, status });
			if (!answer.ok) return answer;
			const { rows, isLast } = answer.value;
			// New requests move rows to the next page, and so do several outputs of one request.
			const fresh = rows.filter(({ requestId }) => !seen.has(requestId));
			for (const row of fresh) {
				seen.add(row.requestId);
				if (fits(row, filter)) found.push(row);
			}
			if (found.length >= limit) return success(found.slice(0, limit));
			// Without anything new, the service may give the same page for ever.
			if (isLast || fresh.length === 0) break;
		}
	}
	return success(found);
}
