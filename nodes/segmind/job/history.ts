/**
 * The account's own list of requests: of any age, in-flight and failed ones included. Read liberally and
 * never needed: only Segmind's SDK shows it (1.3.0), its envelope and the names of its times are not
 * documented, and how soon a request appears is not either. What is missing there proves nothing; what is
 * there is proof. Source: `segmind/history` of that SDK.
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
import { judgeRead } from '../policy/repeats';
import { refused } from '../problems';
import { read } from '../schedule/send';
import { DEFAULT_URLS } from '../wire/origins';
import type { Reply } from '../wire/reply';
import { readPage, readSingle, type HistoryPage, type HistoryRow } from './historyRows';
import type { Session } from './session';

export type { HistoryPage, HistoryRow } from './historyRows';

/** Filters of a list; what is left out does not filter. */
export interface HistoryQuery {
	/** From 1. */
	page?: number;
	/** 1 to 100 */
	perPage?: number;
	/** ms since 1970; the service counts whole UTC days, both ends included, 31 at most. */
	from?: number;
	to?: number;
	/** Part of the name. */
	model?: string;
	status?: 'COMPLETED' | 'FAILED' | 'PENDING';
}

/** Whether the credential lets the node ask at all. */
export const hasHistory = ({ urls }: Session): boolean => urls.historyUrl !== '';

/** The user has switched it off: nothing is sent to that host. */
export function switchedOff(): Problem {
	return parameterProblem(
		"The account's history is switched off, because History URL in the Segmind credential is empty",
		`Enter ${DEFAULT_URLS.historyUrl} as History URL in the Segmind credential.`,
	);
}

/** An answer may repeat the key that it refuses. */
const withoutKey = (text: string) => text.replace(/\bSG_\w+/g, 'SG_…');

/** It says only what was asked in vain; nothing depends on the history alone. */
function unreadable(reply: Reply): Problem {
	const isRefusedKey = reply.kind === 'answer' && [401, 403].includes(reply.status);
	// What the service says of a key may be the key.
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

/** The body of a good answer. Of the errors only 422 is something to read elsewhere, never here. */
function bodyOf(reply: Reply): unknown {
	const isGood = reply.kind === 'answer' && reply.status >= 200 && reply.status < 300;
	return isGood ? reply.body : undefined;
}

/** Whether asking again later may help. */
export const mayRecover = ({ problem }: { problem: Problem }): boolean => {
	const { status, kind } = problem;
	if (kind === 'parameter') return false;
	return (
		status === undefined || judgeRead({ kind: 'answer', status, headers: {}, body: '' }) !== 'final'
	);
};

/** One page of the account's requests, the newest first. One request, sent in the account's turn. */
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
 * One request of any age. One call, sent in the account's turn.
 *
 * @returns undefined in the outcome where the history does not have it
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
