/**
 * The account's own list of requests: of any age, in-flight and failed ones included. Read liberally and
 * never needed: only Segmind's SDK shows it (1.3.0), its envelope and the names of its times are not
 * documented, and how soon a request appears is not either. What is missing there proves nothing; what is
 * there is proof. Source: `segmind/history` of that SDK.
 */
import type { IDataObject } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import { judgeRead } from '../policy/repeats';
import { failure, refused, success, type Outcome } from './problem';
import { read, type Session } from './session';

/** One request of the account. */
export interface HistoryRow {
	requestId: string;
	/** As the service names it; empty where it does not. */
	model: string;
	/** `COMPLETED`, `FAILED`, `PENDING`, or what else the service says, in capitals. */
	status: string;
	/** USD */
	cost?: number;
	/** The inputs as sent, perhaps with fields that were not sent (defaults, nulls). */
	body?: IDataObject;
	/** Lives 7 days. */
	videoUrl?: string;
	/** ms since 1970 */
	createdAt?: number;
	/** s */
	duration?: number;
	/** Why it failed. */
	error?: string;
	/** The service's own row. */
	raw: IDataObject;
}

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

const LIST = '/inference-request/request-history';

/** Whether the credential lets the node ask at all. */
export const hasHistory = ({ urls }: Session): boolean => urls.historyUrl !== '';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
	typeof value === 'string' && value.trim() ? value.trim() : undefined;

function number(value: unknown): number | undefined {
	if (value === null || value === undefined || value === '') return undefined;
	const parsed = Number(value);
	return Number.isFinite(parsed) ? parsed : undefined;
}

/** Names that a row's time of submit may have, the likeliest first. */
const TIMES = ['model_created', 'created_at', 'createdAt', 'created', 'timestamp', 'date'];

/** A time as ISO text (UTC where it names no zone), or as seconds or milliseconds since 1970. */
function timeOf(value: unknown): number | undefined {
	const count = number(value);
	if (count !== undefined) return count > 1e11 ? count : count * 1000;
	const iso = text(value);
	if (iso === undefined) return undefined;
	const zoned = /(z|[+-]\d\d:?\d\d|gmt|utc)$/i.test(iso) ? iso : `${iso.replace(' ', 'T')}Z`;
	const parsed = Date.parse(zoned);
	return Number.isNaN(parsed) ? undefined : parsed;
}

/** The inputs may be JSON text. */
function bodyOf(value: unknown): IDataObject | undefined {
	if (isObject(value)) return value as IDataObject;
	try {
		const parsed: unknown = JSON.parse(text(value) ?? '');
		return isObject(parsed) ? (parsed as IDataObject) : undefined;
	} catch {
		return undefined;
	}
}

/** @returns undefined for what has no request ID */
export function readRow(row: unknown): HistoryRow | undefined {
	if (!isObject(row)) return undefined;
	const requestId = text(row.request_id) ?? text(row.requestId) ?? text(row.id);
	if (!requestId) return undefined;
	const milliseconds = number(row.latency_ms);
	return {
		requestId,
		model: text(row.model_name) ?? text(row.model) ?? '',
		status: (text(row.model_status) ?? text(row.status) ?? '').toUpperCase(),
		cost: number(row.credits_deduction),
		body: bodyOf(row.request_body),
		videoUrl: [row.generation_url, row.output_url]
			.map(text)
			.find((url) => url && /^https?:/.test(url)),
		createdAt: TIMES.map((name) => timeOf(row[name])).find((time) => time !== undefined),
		duration: milliseconds === undefined ? undefined : milliseconds / 1000,
		error: text(row.error),
		raw: row as IDataObject,
	};
}

/** The first array of objects in an answer, which is the answer itself or stands below some name. */
function rowsOf(body: unknown): unknown[] | undefined {
	if (Array.isArray(body)) return body;
	if (!isObject(body)) return undefined;
	const arrays = Object.values(body).filter((value): value is unknown[] => Array.isArray(value));
	return arrays.find((list) => list.some(isObject)) ?? arrays[0] ?? rowsOf(body.data);
}

/**
 * The rows of a list, one for each request: several outputs come as several rows.
 *
 * @returns undefined when the answer has no list in it
 */
export function readRows(body: unknown): HistoryRow[] | undefined {
	const rows = rowsOf(body)?.flatMap((row) => readRow(row) ?? []);
	return rows && [...new Map(rows.map((row) => [row.requestId, row] as const)).values()];
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function queryOf({ page = 1, perPage = 100, from, to, model, status }: HistoryQuery): string {
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

/** One page of the account's requests, the newest first. One request, sent in the account's turn. */
export async function listHistory(
	session: Session,
	query: HistoryQuery,
): Promise<Outcome<HistoryRow[]>> {
	const reply = await read(session, 'history', {
		method: 'GET',
		service: 'history',
		path: `${LIST}?${queryOf(query)}`,
		timeout: TIMEOUTS.history,
	});
	const rows =
		judgeRead(reply) === 'answer' && reply.kind === 'answer' ? readRows(reply.body) : undefined;
	return rows ? success(rows) : failure(refused(reply, 'history'));
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
	const reply = await read(session, 'history', {
		method: 'GET',
		service: 'history',
		path: `${LIST}/${encodeURIComponent(requestId)}`,
		timeout: TIMEOUTS.history,
	});
	if (reply.kind === 'answer' && reply.status === 404) return success(undefined);
	if (judgeRead(reply) !== 'answer' || reply.kind !== 'answer') {
		return failure(refused(reply, 'history'));
	}
	const body = reply.body;
	const row = readRow(body) ?? readRows(body)?.find((found) => found.requestId === requestId);
	const inner = isObject(body) ? Object.values(body).map(readRow).find(Boolean) : undefined;
	const found = row ?? inner;
	return found ? success(found) : failure(refused(reply, 'history'));
}
