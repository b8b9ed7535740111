/** The fields that choose which requests of the account's history Get Many lists. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { RequestFilter } from '../../segmind/job/requests';
import { success, type Outcome } from '../../segmind/outcome';
import { isTool } from '../../segmind/run/tool';
import { invalid, parameter, type Source } from './field';
import { DEFAULT_FIELDS, outputProperties, shapeOf, type Shape } from './options/output';
import { ROW_KEYS } from './options/outputKeys';
import { simplify } from './options/simplify';
import { shownFor } from './show';
import { isTrue } from './text';
import { isEmpty, readEnd } from './time';

/** The names of all Kling O3 models contain this. */
export const MODEL_FAMILY = 'kling-o3';

const CREATED_AFTER = 'Created After';
const CREATED_BEFORE = 'Created Before';
const STATUS = 'Status';
const LIMIT = 'Limit';

const filters: INodeProperties[] = [
	{
		displayName: CREATED_AFTER,
		name: 'createdAfter',
		type: 'dateTime',
		default: '',
		description:
			"Only videos that were started at this time or later. Without this filter, those of the last 7 days, also with Return All. A time without a timezone is in the workflow's timezone.",
	},
	{
		displayName: CREATED_BEFORE,
		name: 'createdBefore',
		type: 'dateTime',
		default: '',
		description: 'Only videos that were started before this time',
	},
	{
		displayName: 'Model',
		name: 'model',
		type: 'string',
		default: MODEL_FAMILY,
		placeholder: `e.g. ${MODEL_FAMILY}-image2video`,
		description:
			'Only requests to models with this text in their name. Without this filter, all Kling O3 models. Empty for every model of the account.',
	},
	{
		displayName: STATUS,
		name: 'status',
		type: 'options',
		options: [
			{ name: 'Completed', value: 'COMPLETED', description: 'The video is done' },
			{ name: 'Failed', value: 'FAILED', description: 'No video, and nothing was charged' },
			{ name: 'Pending', value: 'PENDING', description: 'The video is being made' },
		],
		default: 'COMPLETED',
		description: 'Only videos with this status',
	},
];

const properties: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: LIMIT,
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		description: 'Without filters: the Kling O3 videos of the last 7 days',
		options: filters,
	},
	simplify.property,
	...outputProperties(ROW_KEYS),
];

export const listingFields = properties.map((property) =>
	shownFor({ resource: ['video'], operation: ['getMany'] }, property),
);

const DAY = 24 * 60 * 60 * 1000;

/** The period of Get Many without Created After (days): the default of Segmind's history. */
export const DEFAULT_DAYS = 7;

const STATUSES = ['COMPLETED', 'FAILED', 'PENDING'] as const;

/** What Get Many returns. */
export interface WantedRequests {
	filter: RequestFilter;
	limit: number;
	shape: Shape;
}

function readStatus(value: unknown): Outcome<RequestFilter['status']> {
	if (isEmpty(value)) return success(undefined);
	const word = String(value).trim().toUpperCase();
	const status = STATUSES.find((candidate) => candidate === word);
	return status
		? success(status)
		: invalid(`${STATUS} must be one of ${STATUSES.join(', ')}, not "${String(value)}"`);
}

function readLimit(source: Source): Outcome<number> {
	if (isTrue(parameter(source, 'returnAll', false))) return success(Infinity);
	const limit = Number(parameter(source, 'limit', 50));
	return limit >= 1
		? success(Math.floor(limit))
		: invalid(`${LIMIT} must be a whole number from 1`);
}

/** For Get Many they are in the panel itself, not under Options. */
const readShape = (source: Source): Shape =>
	shapeOf(
		{
			simplify: parameter(source, 'simplify', true) as boolean,
			output: parameter(source, 'output', 'simplified') as string,
			outputFields: parameter(source, 'outputFields', DEFAULT_FIELDS) as string[],
		},
		isTool(source.context.getNode()),
	);

/** @param now ms since 1970 */
export function readWantedRequests(source: Source, now: number): Outcome<WantedRequests> {
	const limit = readLimit(source);
	if (!limit.ok) return limit;
	const zone = source.context.getTimezone();
	const filters = parameter(source, 'filters', {}) as IDataObject;
	const status = readStatus(filters.status);
	if (!status.ok) return status;
	const after = readEnd(CREATED_AFTER, filters.createdAfter, zone);
	if (!after.ok) return after;
	const before = readEnd(CREATED_BEFORE, filters.createdBefore, zone);
	if (!before.ok) return before;
	const to = before.value;
	const from = after.value ?? Math.min(to ?? now, now) - DEFAULT_DAYS * DAY;
	if (to !== undefined && from >= to) {
		return invalid(`${CREATED_AFTER} must be earlier than ${CREATED_BEFORE}`);
	}
	const model = String(filters.model ?? MODEL_FAMILY).trim() || undefined;
	return success({
		filter: { from, to, model, status: status.value },
		limit: limit.value,
		shape: readShape(source),
	});
}
