import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';

import { METHOD_NOT_ALLOWED, refuse, Refusal, type Answer } from '../answer';
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
import { acceptAnyBody, serve, type Call } from '../serve';
import type { Service } from '../service';
import { admit } from './access';

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_DAYS = 31;
const DEFAULT_DAYS = 7;
const MOST_PER_PAGE = 100;
const DEFAULT_PER_PAGE = 20;

const OTHER_METHODS: HTTPMethods[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

type Query = Record<string, string | undefined>;
const queryOf = (request: FastifyRequest): Query => request.query as Query;

const invalid = (field: string, msg: string): Refusal =>
	new Refusal({
		status: 422,
		body: { detail: [{ loc: ['query', field], msg, type: 'value_error' }] },
	});

function whole(query: Query, field: string, fallback: number, most = Infinity): number {
	const text = query[field];
	if (text === undefined) return fallback;
	const value = Number(text);
	if (!/^\d+$/.test(text) || value < 1 || value > most)
		throw invalid(field, `Input should be a whole number from 1 to ${most}`);
	return value;
}

function oneOf<T extends string>(
	query: Query,
	field: string,
	allowed: readonly T[],
): T | undefined {
	const text = query[field];
	if (text === undefined) return undefined;
	const value = allowed.find((option) => option === text);
	if (value === undefined) throw invalid(field, `Input should be one of ${allowed.join(', ')}`);
	return value;
}

/** The beginning of a UTC day, milliseconds since the epoch. */
function day(query: Query, field: string): number | undefined {
	const text = query[field];
	if (text === undefined) return undefined;
	const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
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

/** One page of the account's requests. Throws Refusal for a query that the service refuses. */
function page(service: Service, call: Call, queryAt: (serviceNow: number) => HistoryQuery): Answer {
	const account = admit(service, call);
	const view = viewOf(service);
	const query = queryAt(serviceTime(view.now, view.settings));
	const jobs = service.jobs.all().filter((job) => job.account === account);
	return { status: 200, body: wrapRows(historyPage(jobs, query, view), query, view) };
}

const viewOf = (service: Service): View => ({
	settings: service.settings,
	filesUrl: service.urls.files,
	now: Date.now(),
});

const requests = (query: Query, now: number): HistoryQuery => ({
	page: whole(query, 'page', 1),
	perPage: whole(query, 'per_page', DEFAULT_PER_PAGE, MOST_PER_PAGE),
	...period(query, now, 'from_date', 'to_date'),
	model: query.model_name,
	status: oneOf(query, 'status', HISTORY_STATUSES),
	sortBy: oneOf(query, 'sort_by', SORT_KEYS) ?? 'model_created',
	descending: (oneOf(query, 'sort_order', ['asc', 'desc']) ?? 'desc') === 'desc',
});

/** Outputs only: what is under way or failed is not among them. */
const generations = (query: Query, now: number): HistoryQuery => ({
	page: whole(query, 'page', 1),
	perPage: DEFAULT_PER_PAGE,
	...period(query, now, 'start_date', 'end_date'),
	model: query.model_name,
	status: 'COMPLETED',
	sortBy: 'model_created',
	descending: true,
});

function single(service: Service, call: Call): Answer {
	const account = admit(service, call);
	const view = viewOf(service);
	const row = call.job?.account === account ? historyRow(call.job, view) : undefined;
	if (!row) throw refuse(404, 'Request not found');
	return { status: 200, body: wrapRow(row, view) };
}

/** The account's past and running requests, whatever their age. */
export function historyRoutes(app: FastifyInstance, service: Service): void {
	acceptAnyBody(app);
	// A service whose clock is off says so in each answer.
	app.addHook('onSend', (_request, reply, _payload, done) => {
		const time = serviceTime(Date.now(), service.settings);
		reply.header('date', new Date(time).toUTCString());
		done();
	});
	const notFound = () => refuse(404, 'Not Found');
	const jobOf = (request: FastifyRequest) =>
		service.jobs.find((request.params as { id?: string }).id ?? '');
	const route = (path: string, handler: (call: Call) => Answer) => {
		const url = `/inference-request${path}`;
		const whereAvailable = (answer: (call: Call) => Answer) => (call: Call) => {
			if (!service.settings.historyAvailable) throw notFound();
			return answer(call);
		};
		app.get(url, serve(service, 'history', 'history', whereAvailable(handler), jobOf));
		const refused = serve(
			service,
			'history',
			'other',
			whereAvailable(() => METHOD_NOT_ALLOWED),
		);
		app.route({ method: OTHER_METHODS, url, handler: refused });
	};
	route('/request-history', (call) =>
		page(service, call, (now) => requests(queryOf(call.request), now)),
	);
	route('/request-history/:id', (call) => single(service, call));
	route('/generations', (call) =>
		page(service, call, (now) => generations(queryOf(call.request), now)),
	);
	app.setNotFoundHandler(
		serve(service, 'history', 'other', () => {
			throw notFound();
		}),
	);
}
