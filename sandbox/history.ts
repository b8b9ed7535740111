/**
 * The account's history as rows. Its rules come from Segmind's SDK; what the SDK leaves open (the envelope,
 * the form of the times, the lag) is a setting, so that a client can be tried with each.
 */
import type { Job } from './jobs';
import { findModel, filledIn } from './models/model';
import type { Settings } from './tables';

export const HISTORY_STATUSES = ['COMPLETED', 'FAILED', 'PENDING'] as const;
export type HistoryStatus = (typeof HISTORY_STATUSES)[number];

export interface HistoryQuery {
	/** From 1. */
	page: number;
	perPage: number;
	/** Milliseconds since the epoch on the service's clock, `to` exclusive. */
	from: number;
	to: number;
	/** Substring of the model's name. */
	model?: string;
	status?: HistoryStatus;
	sortBy: SortKey;
	descending: boolean;
}

/** How the history looks at this moment. */
export interface View {
	settings: Settings;
	filesUrl: string;
	now: number;
}

/** The service's own clock, milliseconds since the epoch. */
export const serviceTime = (at: number, settings: Settings): number =>
	at + settings.historyClockOffsetSeconds * 1000;

/** The job as it stood when the history last looked; undefined while it has not seen it. */
function entryOf(job: Job, { settings, now }: View) {
	const seen = now - settings.historyLagSeconds * 1000;
	if (job.createdAt > seen) return undefined;
	const ended = job.completedAt !== undefined && job.completedAt <= seen;
	const end = job.status === 'FAILED' ? 'FAILED' : 'COMPLETED';
	const status: HistoryStatus = ended ? end : 'PENDING';
	return {
		job,
		status,
		/** On the service's clock, as `updated`. */
		created: serviceTime(job.createdAt, settings),
		updated: serviceTime(ended ? job.completedAt! : job.createdAt, settings),
		/** USD */
		cost: ended && job.billed ? job.price : 0,
	};
}
type Entry = NonNullable<ReturnType<typeof entryOf>>;

type Spelling = (at: number) => string | number | undefined;

const TIMESTAMPS: Record<Settings['historyTimestamp'], Spelling> = {
	iso: (at) => new Date(at).toISOString(),
	'iso-without-zone': (at) => new Date(at).toISOString().replace('Z', ''),
	'epoch-seconds': (at) => Math.floor(at / 1000),
	none: () => undefined,
};

/** The rows of one request: one, or one for each output. */
function rowsOf(entry: Entry, { settings, filesUrl }: View): object[] {
	const { job, status, created, updated, cost } = entry;
	const model = findModel(job.model);
	const time = TIMESTAMPS[settings.historyTimestamp];
	const row = {
		request_id: job.requestId,
		model_name: job.model,
		model_status: status,
		credits_deduction: cost,
		request_body: { ...(model && filledIn(model)), ...job.request },
		latency_ms: status === 'PENDING' ? null : job.completedAt! - job.createdAt,
		model_created: time(created),
		updated_at: time(updated),
		...(status === 'FAILED' ? { error: job.error } : {}),
	};
	const { video } = job;
	if (status !== 'COMPLETED' || !video) return [{ ...row, generation_url: null }];
	const url = filesUrl + video.path;
	return Array.from({ length: settings.historyRowsPerRequest }, (_, index) => ({
		...row,
		generation_url: index === 0 ? url : `${url}?output=${index + 1}`,
	}));
}

const SORT_VALUES = {
	model_created: ({ created }: Entry) => created,
	model_name: ({ job }: Entry) => job.model,
	credits_deduction: ({ cost }: Entry) => cost,
};
type SortKey = keyof typeof SORT_VALUES;
export const SORT_KEYS = Object.keys(SORT_VALUES) as SortKey[];

const isBefore = (one: string | number, other: string | number): number => Number(one < other);

/** One page of the rows of these jobs, and how many rows there are in all. */
export function historyPage(jobs: Job[], query: HistoryQuery, view: View) {
	const { from, to, model = '', status, descending, page, perPage } = query;
	const value = SORT_VALUES[query.sortBy];
	const sign = descending ? 1 : -1;
	const rows = jobs
		.flatMap((job) => entryOf(job, view) ?? [])
		.filter(({ created }) => created >= from && created < to)
		.filter((entry) => entry.job.model.includes(model) && entry.status === (status ?? entry.status))
		.map((entry) => ({ entry, by: value(entry) }))
		.sort((one, other) => sign * (isBefore(one.by, other.by) - isBefore(other.by, one.by)))
		.flatMap(({ entry }) => rowsOf(entry, view));
	const start = (page - 1) * perPage;
	return { rows: rows.slice(start, start + perPage), total: rows.length };
}

/** The row of one job, its first where it has several; undefined while the history has not seen it. */
export function historyRow(job: Job, view: View): object | undefined {
	const entry = entryOf(job, view);
	return entry && rowsOf(entry, view)[0];
}

type Wrapped = Record<Settings['historyEnvelope'], object>;

type Page = ReturnType<typeof historyPage>;

/** Wraps a page of rows. */
export function wrapRows({ rows, total }: Page, query: HistoryQuery, { settings }: View): object {
	const { page, perPage } = query;
	const total_pages = Math.ceil(total / perPage);
	const pagination = { page, per_page: perPage, total, total_pages };
	const wrapped: Wrapped = {
		generations: { generations: rows, pagination },
		data: { data: rows, pagination },
		rows: { rows, total },
		array: rows,
	};
	return wrapped[settings.historyEnvelope];
}

/** Wraps the row of one request. */
export function wrapRow(row: object, { settings }: View): object {
	const wrapped: Wrapped = {
		generations: row,
		data: { data: row },
		rows: { rows: [row] },
		array: [row],
	};
	return wrapped[settings.historyEnvelope];
}
