/**
 * Reads the answers of the account's history. It accepts many forms: the envelope is not documented, and not all
 * names are. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import { HISTORY } from '../policy/history';
import { errorText } from '../transport/errorText';
import { findUrl } from './result';

/** One request of the account. */
export interface HistoryRow {
	requestId: string;
	/** The service's name for it. Empty if there is none. */
	model: string;
	/** `COMPLETED`, `FAILED`, `PENDING`, or another word of the service, in capitals. */
	status: string;
	/** USD */
	cost?: number;
	/** The inputs as sent. There may be fields that were not sent (defaults, nulls). */
	body?: IDataObject;
	/** It works for 7 days. */
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

export interface HistoryPage {
	/** One for each request. */
	rows: HistoryRow[];
	/** Whether this is certainly the last page. */
	isLast: boolean;
	/** How far the service's clock is ahead of this machine's (ms). Undefined if the answer does not tell. */
	clockAhead?: number;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
	typeof value === 'string' && value.trim() ? value.trim() : undefined;

function number(value: unknown): number | undefined {
	if (typeof value !== 'number' && text(value) === undefined) return undefined;
	const parsed = Number(value);
	return Number.isFinite(parsed) ? parsed : undefined;
}

const id = (value: unknown): string | undefined =>
	typeof value === 'number' ? String(value) : text(value);

/**
 * Possible names for the time of a row's submit, the likeliest first. The time of a change is not used, because it is
 * minutes late. No time is better than a wrong time.
 */
const TIMES = [
	'model_created',
	'created_at',
	'createdAt',
	'created',
	'submitted_at',
	'requested_at',
	'inserted_at',
	'timestamp',
	'date',
];

/** Microseconds, milliseconds or seconds since 1970; the size tells which. A small number is no time. */
function fromEpoch(count: number): number | undefined {
	if (count > 1e14) return count / 1000;
	if (count > 1e11) return count;
	return count > 1e8 ? count * 1000 : undefined;
}

/** A time as ISO text (UTC if it names no zone), or as a number since 1970. A day without an hour is no time. */
function timeOf(value: unknown): number | undefined {
	const count = number(value);
	if (count !== undefined) return fromEpoch(count);
	const written = text(value);
	if (written === undefined || !/\d:\d\d/.test(written)) return undefined;
	const iso = written.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
	const isZoned = /(z|[+-]\d\d(:?\d\d)?|gmt|utc)$/i.test(iso);
	const parsed = Date.parse(isZoned ? iso : `${iso}Z`);
	return Number.isNaN(parsed) ? undefined : parsed;
}

/** The inputs may be JSON text. */
function inputsOf(value: unknown): IDataObject | undefined {
	if (isObject(value)) return value as IDataObject;
	try {
		const parsed: unknown = JSON.parse(text(value) ?? '');
		return isObject(parsed) ? (parsed as IDataObject) : undefined;
	} catch {
		return undefined;
	}
}

/** Fields that separate a row from other objects with an `id`. */
const ROW_FIELDS = ['model_name', 'model_status', 'request_body', 'generation_url'];
const looksLikeRow = (row: Json) => ROW_FIELDS.some((field) => field in row);

const URL_KEYS = ['url', 'video', 'video_url', 'output', 'output_url'];

function rowOf(row: Json, requestId: string): HistoryRow {
	const milliseconds = number(row.latency_ms);
	return {
		requestId,
		model: text(row.model_name) ?? text(row.model) ?? '',
		status: (text(row.model_status) ?? text(row.status) ?? '').toUpperCase(),
		cost: number(row.credits_deduction),
		body: inputsOf(row.request_body),
		videoUrl: findUrl(row.generation_url, URL_KEYS) ?? findUrl(row.output_url, URL_KEYS),
		createdAt: TIMES.map((name) => timeOf(row[name])).find((time) => time !== undefined),
		duration: milliseconds === undefined ? undefined : milliseconds / 1000,
		error: errorText(isObject(row.error) ? row.error : { error: row.error }) || undefined,
		raw: row as IDataObject,
	};
}

/** @returns undefined if it is not a row with a request ID */
export function readRow(row: unknown): HistoryRow | undefined {
	if (!isObject(row)) return undefined;
	const requestId =
		id(row.request_id) ?? id(row.requestId) ?? (looksLikeRow(row) ? id(row.id) : undefined);
	return requestId === undefined ? undefined : rowOf(row, requestId);
}

/** Envelopes can be inside envelopes. The search goes no deeper than this. */
const DEPTH = 3;

/** Lists under such names are errors, not rows. */
const TROUBLE = /error|detail|warning/i;

/** The arrays in an answer, outermost first. The answer itself may be an array. */
function listsIn(value: unknown, depth = DEPTH): unknown[][] {
	if (Array.isArray(value)) return [value as unknown[]];
	if (!isObject(value) || depth === 0) return [];
	const inner = Object.entries(value).flatMap(([name, entry]) =>
		TROUBLE.test(name) ? [] : [entry],
	);
	const lists = inner.filter((entry): entry is unknown[] => Array.isArray(entry));
	return [...lists, ...inner.filter(isObject).flatMap((entry) => listsIn(entry, depth - 1))];
}

/** The first list with rows in it, or an empty one. */
function listOf(body: unknown): unknown[] | undefined {
	const lists = listsIn(body);
	return lists.find((list) => list.some(readRow)) ?? lists.find((list) => list.length === 0);
}

/** For each field, the first row that has it counts. */
const completed = (first: HistoryRow, second: HistoryRow): HistoryRow => ({
	...second,
	...Object.fromEntries(Object.entries(first).filter(([, value]) => value !== undefined)),
	raw: first.raw,
});

/** Several outputs come as several rows, and a page may repeat rows of the previous page. */
export function oneByRequest(rows: HistoryRow[]): HistoryRow[] {
	const known = new Map<string, HistoryRow>();
	for (const row of rows) {
		const first = known.get(row.requestId);
		known.set(row.requestId, first ? completed(first, row) : row);
	}
	return [...known.values()];
}

/**
 * The rows of a list, one for each request.
 *
 * @returns undefined if the answer has no list of rows
 */
export function readRows(body: unknown): HistoryRow[] | undefined {
	const list = listOf(body);
	return list && oneByRequest(list.flatMap((row) => readRow(row) ?? []));
}

/** @param count rows on the page; several rows of one request all count */
function isLastPage(body: unknown, count: number, page: number, perPage: number): boolean {
	if (count === 0) return true;
	const envelope = isObject(body) ? body : {};
	const told = { ...envelope, ...(isObject(envelope.pagination) ? envelope.pagination : {}) };
	const more = told.has_next ?? told.has_more;
	if (typeof more === 'boolean') return !more;
	const pages = number(told.total_pages);
	if (pages !== undefined) return page >= pages;
	const total = number(told.total);
	if (total !== undefined) return page * (number(told.per_page) ?? perPage) >= total;
	// The service may give fewer rows than requested.
	return count < Math.min(perPage, HISTORY.perPageDefault);
}

/** @returns undefined if the answer has no list of rows */
export function readPage(body: unknown, page: number, perPage: number): HistoryPage | undefined {
	const list = listOf(body);
	const rows = readRows(body);
	return list && rows && { rows, isLast: isLastPage(body, list.length, page, perPage) };
}

/**
 * The row of one request, bare or in an envelope.
 *
 * @returns undefined if the answer has no row of this request
 */
export function readSingle(body: unknown, requestId: string): HistoryRow | undefined {
	const rowIn = (value: unknown, depth = DEPTH): HistoryRow | undefined => {
		if (!isObject(value) || depth === 0) return undefined;
		const row = readRow(value);
		if (row) return row.requestId === requestId ? row : undefined;
		// The call named the request ID, so the answer need not repeat it.
		if (looksLikeRow(value)) return rowOf(value, requestId);
		for (const inner of Object.values(value)) {
			const found = rowIn(inner, depth - 1);
			if (found) return found;
		}
		return undefined;
	};
	return rowIn(body) ?? readRows(body)?.find((row) => row.requestId === requestId);
}

/** Whether the job certainly did not fail for free, whatever the service says about it later. */
export function isPaid(row: HistoryRow): boolean {
	const state = stateOf(row);
	return state === 'completed' || (state === 'failed' && (row.cost ?? 0) > 0);
}

/**
 * What a row says about its job. Only the word FAILED means that it failed. An unknown word means that it is running.
 */
export function stateOf({ status, videoUrl }: HistoryRow): 'completed' | 'failed' | 'running' {
	if (status === 'FAILED') return 'failed';
	if (/^(COMPLETED?|SUCC(ESS|EEDED)|DONE|FINISHED)$/.test(status)) return 'completed';
	return videoUrl && !status ? 'completed' : 'running';
}
