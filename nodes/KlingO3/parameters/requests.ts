/**
 * Reads which requests of the account's history are wanted. n8n resolves expressions here, item by item.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { failure, parameterProblem, success, type Outcome } from '../../segmind/job/problem';
import type { RequestFilter } from '../../segmind/job/requests';
import { LABELS } from '../descriptions/labels';
import { MODEL_FAMILY } from '../model';
import { isTrue } from './read';
import { readTime, startOfMonth } from './time';

const invalid = (message: string) => failure(parameterProblem(message));

const DAY = 24 * 60 * 60 * 1000;

/** Days of Get Many without Created After, as Segmind's history has it. */
export const DEFAULT_DAYS = 7;

const STATUSES = ['COMPLETED', 'FAILED', 'PENDING'] as const;

/** Nothing entered: expressions and language models give it in several ways. */
const isEmpty = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** @returns undefined in the outcome for an empty field */
function readEnd(
	label: string,
	value: unknown,
	zone: string,
	nextDay = false,
): Outcome<number | undefined> {
	if (isEmpty(value)) return success(undefined);
	const time = readTime(value, zone, nextDay);
	return time === undefined
		? invalid(`${label} is not a date: "${String(value).slice(0, 100)}"`)
		: success(time);
}

/** Which videos Get Many returns. */
export interface WantedRequests {
	filter: RequestFilter;
	limit: number;
	simplify: boolean;
}

function readStatus(value: unknown): Outcome<RequestFilter['status']> {
	if (isEmpty(value)) return success(undefined);
	const word = String(value).trim().toUpperCase();
	const status = STATUSES.find((candidate) => candidate === word);
	return status
		? success(status)
		: invalid(`${LABELS.status} must be one of ${STATUSES.join(', ')}, not "${String(value)}"`);
}

function readLimit(context: IExecuteFunctions, item: number): Outcome<number> {
	if (isTrue(context.getNodeParameter('returnAll', item, false))) return success(Infinity);
	const limit = Number(context.getNodeParameter('limit', item, 50));
	return limit >= 1
		? success(Math.floor(limit))
		: invalid(`${LABELS.limit} must be a whole number from 1`);
}

/** @param now ms since 1970 */
export function readWantedRequests(
	context: IExecuteFunctions,
	item: number,
	now: number,
): Outcome<WantedRequests> {
	const limit = readLimit(context, item);
	if (!limit.ok) return limit;
	const zone = context.getTimezone();
	const filters = context.getNodeParameter('filters', item, {}) as IDataObject;
	const status = readStatus(filters.status);
	if (!status.ok) return status;
	const after = readEnd(LABELS.createdAfter, filters.createdAfter, zone);
	if (!after.ok) return after;
	const before = readEnd(LABELS.createdBefore, filters.createdBefore, zone);
	if (!before.ok) return before;
	const to = before.value;
	const from = after.value ?? Math.min(to ?? now, now) - DEFAULT_DAYS * DAY;
	if (to !== undefined && from >= to) {
		return invalid(`${LABELS.createdAfter} must be earlier than ${LABELS.createdBefore}`);
	}
	const model = String(filters.model ?? MODEL_FAMILY).trim() || undefined;
	return success({
		filter: { from, to, model, status: status.value },
		limit: limit.value,
		simplify: isTrue(context.getNodeParameter('simplify', item, true)),
	});
}

/** A period in the workflow's timezone. */
export interface Period {
	/** ms since 1970, inclusive */
	from: number;
	/** ms since 1970, exclusive; undefined for "until now" */
	to?: number;
	zone: string;
}

/** @param now ms since 1970 */
export function readPeriod(context: IExecuteFunctions, item: number, now: number): Outcome<Period> {
	const zone = context.getTimezone();
	const start = readEnd(LABELS.from, context.getNodeParameter('from', item, ''), zone);
	if (!start.ok) return start;
	const end = readEnd(LABELS.to, context.getNodeParameter('to', item, ''), zone, true);
	if (!end.ok) return end;
	const to = end.value;
	// The end is outside: midnight of the first belongs to the month before.
	const from = start.value ?? startOfMonth(zone, to === undefined ? now : to - 1);
	if (to !== undefined && from >= to)
		return invalid(`${LABELS.from} must be earlier than ${LABELS.to}`);
	return success({ from, to, zone });
}
