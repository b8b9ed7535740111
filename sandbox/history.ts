/**
 * The account's history as rows. Its rules come from Segmind's SDK; what the SDK leaves open (the envelope,
 * the form of the times, the lag) is a setting, so that a client can be tried with each.
 */
import type { Job } from './jobs';
import { findModel } from './models';
import { filledIn } from './models/model';
import type { HistoryTimestamp, Settings } from './types';

export const HISTORY_STATUSES = ['COMPLETED', 'FAILED', 'PENDING'] as const;
export type HistoryStatus = (typeof HISTORY_STATUSES)[number];

export const SORT_KEYS = ['model_created', 'model_name', 'credits_deduction'] as const;

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
	sortBy: (typeof SORT_KEYS)[number];
	descending: boolean;
}

/** A job as the history knows it. */
interface Entry {
	job: Job;
	status: HistoryStatus;
	/** On the service's clock, milliseconds since the epoch. */
	created: number;
	updated: number;
	/** USD */
	cost: number;
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
function entryOf(job: Job, { settings, now }: View): Entry | undefined {
	const seen = now - settings.historyLagSeconds * 1000;
	if (job.createdAt > seen) return undefined;
	const ended = job.completedAt !== undefined && job.completedAt <= seen;
	return {
		job,
		status: ended ? (job.status === 'FAILED' ? 'FAILED' : 'COMPLETED') : 'PENDING',
		created: serviceTime(job.createdAt, settings),
		updated: serviceTime(ended ? job.completedAt! : job.createdAt, settings),
		cost: ended && job.billed ? job.price : 0,
	};
}

const TIMESTAMPS: Record<HistoryTimestamp, (at: number) => string | number | undefined> = {
	iso: (at) => new Date(at).toISOString(),
	'iso-without-zone': (at) => new Date(at).toISOString().replace('Z', ''),
	'epoch-seconds': (at) => Math.floor(at / 1000),
	none: () => undefined,
};

/** The rows of one request: one, or one for each output. */
function rowsOf(
	{ job, status, created, updated, cost }: Entry,
	{ settings, filesUrl }: View,
): object[] {
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

const SORT_VALUES: Record<HistoryQuery['sortBy'], (entry: Entry) => string | number> = {
	model_created: ({ created }) => created,
	model_name: ({ job }) => job.model,
	credits_deduction: ({ cost }) => cost,
};

function compare(one: string | number, other: string | number): number {
	if (one === other) return 0;
	return one < other ? -1 : 1;
}

/** One page of the rows of these jobs, and how many rows there are in all. */
export function historyPage(
	jobs: Job[],
	query: HistoryQuery,
	view: View,
): { rows: object[]; total: number } {
	const value = SORT_VALUES[query.sortBy];
	const sign = query.descending ? -1 : 1;
	const rows = jobs
		.flatMap((job) => entryOf(job, view) ?? [])
		.filter(
			({ job, status, created }) =>
				created >= query.from &&
				created < query.to &&
				job.model.includes(query.model ?? '') &&
				status === (query.status ?? status),
		)
		.sort((one, other) => sign * compare(value(one), value(other)))
		.flatMap((entry) => rowsOf(entry, view));
	const start = (query.page - 1) * query.perPage;
	return { rows: rows.slice(start, start + query.perPage), total: rows.length };
}

/** The row of one job, its first where it has several; undefined while the history has not seen it. */
export function historyRow(job: Job, view: View): object | undefined {
	const entry = entryOf(job, view);
	return entry && rowsOf(entry, view)[0];
}

/** Wraps a page of rows. */
export function wrapRows(
	{ rows, total }: { rows: object[]; total: number },
	{ page, perPage }: HistoryQuery,
	{ settings }: View,
): object {
	const pagination = {
		page,
		per_page: perPage,
		total,
		total_pages: Math.ceil(total / perPage),
	};
	switch (settings.historyEnvelope) {
		case 'generations':
			return { generations: rows, pagination };
		case 'data':
			return { data: rows, pagination };
		case 'rows':
			return { rows, total };
		case 'array':
			return rows;
	}
}

/** Wraps the row of one request. */
export function wrapRow(row: object, { settings }: View): object {
	switch (settings.historyEnvelope) {
		case 'generations':
			return row;
		case 'data':
			return { data: row };
		case 'rows':
			return { rows: [row] };
		case 'array':
			return [row];
	}
}
