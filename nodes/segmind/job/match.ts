/**
 * Finds the wanted jobs among the requests of the account's history. Pure.
 *
 * The service does not store an ID of ours, so a job is identified by its model, by every field that was sent, and by
 * its time. Equal jobs (twins) are matched one to one, the nearest in time first. If a request could be one of
 * several different videos, it is not taken: the wrong video is worse than none.
 */
import { HISTORY } from '../policy/history';
import { stateOf, type HistoryRow } from './historyRows';

/**
 * Stands in a wanted body for a file that an earlier run uploaded. Nobody knows its address now, but a given address
 * can be checked, see {@link addressesOf}.
 */
export const ANY: unique symbol = Symbol('any value');

/**
 * Stands in a wanted body for a field that was not sent. The history may show nothing there, something empty, or the
 * service's default.
 */
class Unsent {
	constructor(readonly byDefault?: unknown) {}
}

/** @param byDefault the service's default */
export const unsent = (byDefault?: unknown): unknown => new Unsent(byDefault);

export interface Wanted {
	/** Its name in the result; unique in one call. */
	key: string;
	/** What makes it the same job, images by their content. Only twins have the same hash. */
	hash: string;
	model: string;
	/** As sent, with {@link ANY} for what is unknown and {@link unsent} for what was not sent. */
	body: Readonly<Record<string, unknown>>;
	/** ms since 1970; it was created between these two. */
	from: number;
	to: number;
	/** ms since 1970, the most likely time of its creation. */
	near: number;
	/** Requests that the caller found possible. If the body has {@link ANY}, no other request is. */
	confirmed?: { has(requestId: string): boolean };
}

export interface Matches {
	/** By key. FAILED requests are included; the caller decides what that means. */
	found: Map<string, HistoryRow>;
	/** By key: several possible requests. None of them was taken. */
	ambiguous: Map<string, HistoryRow[]>;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is empty, as defaults are. */
function isEmpty(value: unknown): boolean {
	if (value === undefined || value === null || value === '') return true;
	if (Array.isArray(value)) return value.length === 0;
	return isObject(value) && Object.keys(value).length === 0;
}

/** Lists and objects may come as JSON text. */
function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}

/** Text, numbers and booleans in one form: "5", "5.0" and 5 are equal. So are true and "True". */
function plain(value: unknown): string {
	const text = String(value).replace(/\r\n/g, '\n').trim();
	// A longer one would lose digits as a number.
	if (text.length < 16 && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return String(Number(text));
	return /^(true|false)$/i.test(text) ? text.toLowerCase() : text;
}

/** Whether the history shows what was sent. It may show more fields. */
function isEqual(sent: unknown, shown: unknown): boolean {
	if (sent === ANY) return !isEmpty(shown);
	if (sent instanceof Unsent) {
		const { byDefault } = sent;
		return isEmpty(parsed(shown)) || (byDefault !== undefined && isEqual(byDefault, shown));
	}
	if (isEmpty(sent)) return isEmpty(parsed(shown));
	if (Array.isArray(sent)) {
		const list = parsed(shown);
		return (
			Array.isArray(list) &&
			list.length === sent.length &&
			sent.every((entry, index) => isEqual(entry, list[index]))
		);
	}
	if (isObject(sent)) {
		const fields = parsed(shown);
		return isObject(fields) && hasFields(sent, fields);
	}
	return !isEmpty(shown) && typeof shown !== 'object' && plain(sent) === plain(shown);
}

const hasFields = (sent: Json, shown: Json): boolean =>
	Object.entries(sent).every(([name, value]) => value === undefined || isEqual(value, shown[name]));

/** A model's name in small letters, without the path before it. */
const nameOf = (model: string) =>
	model
		.trim()
		.toLowerCase()
		.replace(/[?#].*$/, '')
		.replace(/\/+$/, '')
		.replace(/^.*\//, '')
		.replace(/[\s_]+/g, '-');

/** Whether a request of the history may be what was sent, by its model and fields. */
export function isSame(
	{ model, body }: { model: string; body: Readonly<Record<string, unknown>> },
	row: HistoryRow,
): boolean {
	const name = nameOf(row.model);
	return (
		name !== '' && name === nameOf(model) && row.body !== undefined && hasFields(body, row.body)
	);
}

/** The values in a body at the places that are unknown. */
function unknownValues(sent: unknown, shown: unknown): string[] {
	if (sent === ANY) return [plain(shown)];
	if (!hasUnknown(sent)) return [];
	const inside = parsed(shown);
	if (Array.isArray(sent)) {
		const list = Array.isArray(inside) ? (inside as unknown[]) : [];
		return sent.flatMap((entry, index) => unknownValues(entry, list[index]));
	}
	const fields = isObject(inside) ? inside : {};
	return Object.entries(sent as Json).flatMap(([name, value]) =>
		unknownValues(value, fields[name]),
	);
}

/**
 * The addresses in a body at the places of {@link ANY} in the wanted one.
 *
 * @param body as sent, or as the history shows it
 * @returns as one text; undefined if there is no such place
 */
export function addressesOf(
	wanted: Readonly<Record<string, unknown>>,
	body: Readonly<Record<string, unknown>> = {},
): string | undefined {
	return hasUnknown(wanted) ? JSON.stringify(unknownValues(wanted, body)) : undefined;
}

const hasUnknown = (value: unknown): boolean =>
	value === ANY ||
	(Array.isArray(value) && value.some(hasUnknown)) ||
	(isObject(value) && Object.values(value).some(hasUnknown));

interface Pair {
	wanted: Wanted;
	row: HistoryRow;
}

/** How many fields have a value but were not sent. If two requests fit, the one with fewer is more likely. */
const surplus = ({ wanted, row }: Pair) =>
	Object.entries(row.body ?? {}).filter(
		([name, value]) => !(name in wanted.body) && value !== false && !isEmpty(value),
	).length;

const distance = ({ wanted, row }: Pair) =>
	row.createdAt === undefined ? 0 : Math.abs(row.createdAt - wanted.near);

/** A request that failed before the job was submitted is another one. */
const isTooEarly = ({ wanted: { near }, row }: Pair) =>
	stateOf(row) === 'failed' &&
	row.createdAt !== undefined &&
	row.createdAt < near - HISTORY.failedSlack;

/** A failed twin is taken last. If a paid video counted as failed, it would be bought again. */
const isFailed = ({ row }: Pair) => (stateOf(row) === 'failed' ? 1 : 0);

function byLikelihood(pairs: Pair[]): Pair[] {
	const rank = (pair: Pair) => [isFailed(pair), surplus(pair), distance(pair)];
	return pairs
		.map((pair) => ({ pair, rank: rank(pair) }))
		.sort((one, other) => {
			const differing = one.rank.findIndex((value, index) => value !== other.rank[index]);
			return differing < 0 ? 0 : one.rank[differing] - other.rank[differing];
		})
		.map(({ pair }) => pair);
}

/** One to one, the likeliest first. Then some move, so that as many as possible get a row. */
function assign(pairs: Pair[]): Map<Wanted, HistoryRow> {
	const sorted = byLikelihood(pairs);
	const rowOf = new Map<Wanted, HistoryRow>();
	const wantedOf = new Map<HistoryRow, Wanted>();
	const join = ({ wanted, row }: Pair) => {
		rowOf.set(wanted, row);
		wantedOf.set(row, wanted);
	};
	for (const pair of sorted) {
		if (!rowOf.has(pair.wanted) && !wantedOf.has(pair.row)) join(pair);
	}
	/** Finds a row. Another job may have to move to another row. */
	const place = (wanted: Wanted, seen: Set<HistoryRow>): boolean =>
		sorted.some((pair) => {
			if (pair.wanted !== wanted || seen.has(pair.row)) return false;
			seen.add(pair.row);
			const holder = wantedOf.get(pair.row);
			if (holder && !place(holder, seen)) return false;
			join(pair);
			return true;
		});
	for (const wanted of new Set(sorted.map((pair) => pair.wanted))) {
		if (!rowOf.has(wanted)) place(wanted, new Set());
	}
	return rowOf;
}

/** The rows for each wanted job. */
function candidatesOf(pairs: Pair[]): Map<Wanted, HistoryRow[]> {
	const candidates = new Map<Wanted, HistoryRow[]>();
	for (const { wanted, row } of pairs) {
		candidates.set(wanted, [...(candidates.get(wanted) ?? []), row]);
	}
	return candidates;
}

/** Without times, and with more rows than equal jobs, nobody can tell which row is an earlier video. */
function withUnclearTime(pairs: Pair[]): Set<Wanted> {
	const candidates = candidatesOf(pairs);
	const twins = ({ hash }: Wanted) =>
		[...candidates.keys()].filter((wanted) => wanted.hash === hash).length;
	return new Set(
		[...candidates].flatMap(([wanted, rows]) => (rows.length > twins(wanted) ? [wanted] : [])),
	);
}

/**
 * Finds the wanted jobs among the rows.
 *
 * @param taken IDs of requests that belong to other jobs
 */
export function match(
	wanted: Wanted[],
	rows: HistoryRow[],
	taken: { has(requestId: string): boolean },
): Matches {
	const matches: Matches = { found: new Map(), ambiguous: new Map() };
	const used = new Set<HistoryRow>();
	const isOpen = ({ key }: Wanted) => !matches.found.has(key) && !matches.ambiguous.has(key);

	const isConfirmed = ({ body, confirmed }: Wanted, { requestId }: HistoryRow) =>
		confirmed ? confirmed.has(requestId) : !hasUnknown(body);
	const round = (
		fits: (pair: Pair) => boolean,
		rule: (pairs: Pair[]) => Set<Wanted> = () => new Set(),
	): void => {
		const pairs = wanted.filter(isOpen).flatMap((one) =>
			rows
				.filter((row) => !used.has(row) && !taken.has(row.requestId))
				.filter((row) => isConfirmed(one, row) && isSame(one, row))
				.map((row) => ({ wanted: one, row }))
				.filter((pair) => fits(pair) && !isTooEarly(pair)),
		);
		const unclear = rule(pairs);
		for (const [one, candidates] of candidatesOf(pairs)) {
			if (unclear.has(one)) matches.ambiguous.set(one.key, candidates);
		}
		for (const [one, row] of assign(pairs.filter((pair) => !unclear.has(pair.wanted)))) {
			matches.found.set(one.key, row);
			used.add(row);
		}
	};
	const isTimely = ({ wanted: { from, to }, row: { createdAt } }: Pair) =>
		createdAt !== undefined && createdAt >= from && createdAt <= to;
	const isTimeless = ({ row: { createdAt } }: Pair) => createdAt === undefined;

	round(isTimely);
	round(isTimeless, withUnclearTime);
	return matches;
}
