import { Type, type Static, type TObject } from '@sinclair/typebox';

import { ok, refuse, type Answer } from '../answer';
import { admit, checkQuery } from '../check';
import {
	HISTORY_STATUSES,
	historyPage,
	historyRow,
	serviceTime,
	SORT_KEYS,
	wrapRow,
	wrapRows,
	type HistoryQuery,
	type View,
} from '../history';
import type { Call, Host } from '../serve';
import type { Service } from '../service';
import { oneOf } from '../tables';

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_DAYS = 31;
const DEFAULT_DAYS = 7;
const MOST_PER_PAGE = 100;
const DEFAULT_PER_PAGE = 20;

/** Values of a query are text. A refusal says the description. */
const whole = (most: number, pattern: string) =>
	Type.Optional(Type.String({ pattern, description: `a whole number from 1 to ${most}` }));
const word = <const T extends readonly string[]>(values: T) =>
	Type.Optional(oneOf(values, { description: `one of ${values.join(', ')}` }));
/** Looked at later, if at all. */
const text = Type.Optional(Type.Unsafe<string>({}));

const PAGE = { page: whole(Infinity, '^0*[1-9]\\d*$'), model_name: text };
const REQUESTS = Type.Object({
	...PAGE,
	per_page: whole(MOST_PER_PAGE, '^0*([1-9]\\d?|100)$'),
	from_date: text,
	to_date: text,
	status: word(HISTORY_STATUSES),
	sort_by: word(SORT_KEYS),
	sort_order: word(['asc', 'desc']),
});
const GENERATIONS = Type.Object({ ...PAGE, start_date: text, end_date: text });
type Query = Static<typeof REQUESTS>;

/** The beginning of a UTC day, milliseconds since the epoch. */
function day(query: Query, field: string): number | undefined {
	const { [field]: value } = query as Record<string, string | undefined>;
	if (value === undefined) return undefined;
	const at = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(value) : NaN;
	if (Number.isNaN(at)) throw refuse(400, `${field} must be a date in the form YYYY-MM-DD`);
	return at;
}

/** The asked days, both inclusive. Throws Refusal 400. */
function period(query: Query, now: number, fromField: string, toField: string) {
	const last = day(query, toField) ?? now - (now % DAY_MS);
	const from = day(query, fromField) ?? last - (DEFAULT_DAYS - 1) * DAY_MS;
	if (from > last) throw refuse(400, `${fromField} must not be after ${toField}`);
	if (last - from >= MOST_DAYS * DAY_MS)
		throw refuse(400, `The date range must not exceed ${MOST_DAYS} days`);
	return { from, to: last + DAY_MS };
}

const viewOf = ({ settings, urls }: Service): View => ({
	...{ settings, filesUrl: urls.files, now: Date.now() },
});

/**
 * A page of the account's requests.
 * @param table what may be asked for; the fields of the first and the last day
 * @param fixed what may not
 */
const page =
	(table: TObject, from: string, to: string, fixed: Partial<HistoryQuery> = {}) =>
	(call: Call): Answer => {
		const account = admit(call);
		const view = viewOf(call.service);
		const asked: Query = checkQuery(call, table);
		const query: HistoryQuery = {
			page: Number(asked.page ?? 1),
			perPage: Number(asked.per_page ?? DEFAULT_PER_PAGE),
			...period(asked, serviceTime(view.now, view.settings), from, to),
			model: asked.model_name,
			status: asked.status,
			sortBy: asked.sort_by ?? 'model_created',
			descending: asked.sort_order !== 'asc',
			...fixed,
		};
		const jobs = call.service.jobs.all(account);
		return ok(wrapRows(historyPage(jobs, query, view), query, view));
	};

/** Outputs only: what is under way or failed is not among them. */
const OUTPUTS: Partial<HistoryQuery> = {
	perPage: DEFAULT_PER_PAGE,
	status: 'COMPLETED',
	sortBy: 'model_created',
	descending: true,
};

function single(call: Call): Answer {
	const account = admit(call);
	const view = viewOf(call.service);
	const row = call.job?.account === account ? historyRow(call.job, view) : undefined;
	if (!row) throw refuse(404, 'Request not found');
	return ok(wrapRow(row, view));
}

/** The account's past and running requests, whatever their age. */
export const HISTORY: Host = {
	routes: {
		'GET /inference-request/request-history': ['history', page(REQUESTS, 'from_date', 'to_date')],
		'GET /inference-request/request-history/:id': ['history', single],
		'GET /inference-request/generations': [
			'history',
			page(GENERATIONS, 'start_date', 'end_date', OUTPUTS),
		],
	},
	// A service whose clock is off says so in each answer.
	now: ({ settings }) => serviceTime(Date.now(), settings),
	guard({ settings }) {
		if (!settings.historyAvailable) throw refuse(404, 'Not Found');
	},
};
