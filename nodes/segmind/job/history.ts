/**
 * The account's list of requests, of any age, with running and failed ones. The node accepts many forms of it and
 * never depends on it. Only Segmind's SDK shows it (1.3.0). Its envelope, the names of its times and how soon a
 * request appears are not documented. A missing request proves nothing; a listed one is proof. Source:
 * `segmind/history` of that SDK.
 */
import { API, type Endpoint } from '../api';
import {
	failure,
	parameterProblem,
	sentences,
	success,
	type Outcome,
	type Problem,
} from '../outcome';
import { HISTORY } from '../policy/history';
import { TIMEOUTS } from '../policy/limits';
import { judgeRead } from '../policy/retries';
import { refused } from '../problems';
import { read } from '../schedule/send';
import { DEFAULT_URLS } from '../transport/origins';
import type { Reply } from '../transport/reply';
import { readPage, readSingle, type HistoryPage, type HistoryRow } from './historyRows';
import type { Session } from './session';

export type { HistoryPage, HistoryRow } from './historyRows';

/** Filters of a list. A missing one does not filter. */
export interface HistoryQuery {
	/** From 1. */
	page?: number;
	/** 1 to 100 */
	perPage?: number;
	/** ms since 1970. The service counts whole UTC days, both ends included, 31 at most. */
	from?: number;
	to?: number;
	/** A part of the name. */
	model?: string;
	status?: 'COMPLETED' | 'FAILED' | 'PENDING';
}

/** Whether the credential allows the history. */
export const hasHistory = ({ urls }: Session): boolean => urls.historyUrl !== '';

/** The user has switched the history off: nothing is sent to that host. */
export function switchedOff(): Problem {
	return parameterProblem(
		"The account's history is switched off, because History URL in the Segmind credential is empty",
		`Enter ${DEFAULT_URLS.historyUrl} as History URL in the Segmind credential.`,
	);
}

/** An answer may contain the key that it refuses. */
const withoutKey = (text: string) => text.replace(/\bSG_\w+/g, 'SG_…');

/** The problem says only what could not be read. Nothing depends on the history alone. */
function unreadable(reply: Reply): Problem {
	const isRefusedKey = reply.kind === 'answer' && [401, 403].includes(reply.status);
	// The service's text about a key may contain the key.
	const problem = refused(isRefusedKey ? { ...reply, body: '' } : reply, 'history');
	return {
		...problem,
		message: `The account's history could not be read: ${withoutKey(problem.message)}`,
		description: sentences(
			problem.description,
			'With an empty History URL in the credential the node works without the history',
		),
	};
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function queryOf(query: HistoryQuery): string {
	const { page = 1, perPage = HISTORY.perPage, from, to, model, status } = query;
	const fields: Array<[string, string | undefined]> = [
		['page', String(page)],
		['per_page', String(perPage)],
		['from_date', from === undefined ? undefined : day(from)],
		['to_date', to === undefined ? undefined : day(to)],
		['model_name', model],
		['status', status],
		['sort_by', 'model_created'],
		['sort_order', 'desc'],
	];
	return fields
		.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
		.join('&');
}

async function ask(session: Session, endpoint: Endpoint): Promise<Reply> {
	return await read(session, 'history', { ...endpoint, timeout: TIMEOUTS.history });
}

/** The body of a good answer. Elsewhere an error 422 is also readable, but not here. */
function bodyOf(reply: Reply): unknown {
	const isGood = reply.kind === 'answer' && reply.status >= 200 && reply.status < 300;
	return isGood ? reply.body : undefined;
}

/** Whether a retry may help. */
export const mayRecover = ({ problem }: { problem: Problem }): boolean => {
	const { status, kind } = problem;
	if (kind === 'parameter') return false;
	return (
		status === undefined || judgeRead({ kind: 'answer', status, headers: {}, body: '' }) !== 'final'
	);
};

/** One page of the account's requests, newest first. It sends one request, in the account's turn. */
export async function listPage(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryPage>> {
	if (!hasHistory(session)) return failure(switchedOff());
	const reply = await ask(session, API.history(queryOf(query)));
	const { page = 1, perPage = HISTORY.perPage } = query;
	const found = readPage(bodyOf(reply), page, perPage);
	if (!found) return failure(unreadable(reply));
	return success({ ...found, clockAhead: clockAhead(reply, Date.now()) });
}

/** @param now ms since 1970 */
function clockAhead(reply: Reply, now: number): number | undefined {
	const date = reply.kind === 'answer' ? Date.parse(String(reply.headers.date ?? '')) : NaN;
	if (Number.isNaN(date)) return undefined;
	const ahead = date - now;
	return Math.abs(ahead) < HISTORY.clockNoise ? 0 : ahead;
}

/** The rows of one page, see {@link listPage}. */
export async function listHistory(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryRow[]>> {
	const page = await listPage(session, query);
	return page.ok ? success(page.value.rows) : page;
}

/**
 * One request of any age. It makes one call, in the account's turn.
 *
 * @returns undefined in the outcome if the history does not have it
 */
export async function findRequest(
	session: Session,
	requestId: string,
): Promise<Outcome<HistoryRow | undefined>> {
	if (!hasHistory(session)) return failure(switchedOff());
	const reply = await ask(session, API.historyOf(requestId));
	if (reply.kind === 'answer' && reply.status === 404) return success(undefined);
	const row = readSingle(bodyOf(reply), requestId);
	return row ? success(row) : failure(unreadable(reply));
}
