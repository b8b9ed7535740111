/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Segmind in the simulation's time and without a network: jobs, bills, the history with its lag, the rate limit,
 * and faults. Its books are what the stories are judged by. The history's rows are the sandbox's own.
 */
import { Readable } from 'node:stream';

import { historyPage, historyRow, wrapRow, wrapRows, type View } from '../../../../sandbox/history';
import type { Job } from '../../../../sandbox/jobs';
import type { Clock } from './clock';
import type { Random } from './random';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const RECORD_LIFETIME = 60 * MINUTE;
const FILES = 'https://files.example';

/** How the account's history is. */
export type HistoryState =
	| 'works'
	/** Its rows are those of another account. */
	| 'empty'
	| 'not found'
	| 'page'
	| 'refused'
	| 'broken';

/** What the result says of a job that runs. */
export type EarlyState =
	| 'running'
	| 'not found'
	/** Of whatever it speaks, the status knows better. */
	| 'failed'
	/** An object without a status. */
	| 'nothing';

export interface SimulatedJob {
	id: string;
	prompt: string;
	model: string;
	/** As it was sent. */
	body: Record<string, unknown>;
	createdAt: number;
	doneAt: number;
	/** Fails, and costs nothing. */
	isDoomed: boolean;
	/** Lineage of the execution that submitted it. */
	buyer: string;
	/** Lineages of executions whose n8n has got its video, or with Start its request ID. */
	deliveredTo: Set<string>;
}

export type Stage = 'upload' | 'submit' | 'call' | 'status' | 'result' | 'file' | 'history';

export interface Call {
	stage: Stage;
	method: string;
	url: URL;
	body: Record<string, unknown>;
}

export interface Answer {
	statusCode: number;
	headers: Record<string, string>;
	body: unknown;
}

/** What becomes of a request. `answer: undefined`: none comes, for an hour. */
export interface Outcome {
	/** ms after the request has arrived. */
	after: number;
	answer?: Answer;
	/** Instead of an answer. */
	error?: { code: string; message: string };
}

export interface ServiceOptions {
	clock: Clock;
	chance: Random;
	history: HistoryState;
	early: EarlyState;
	/** ms */
	historyLag: number;
	/** Requests per minute; 0: no limit. */
	limit: number;
	/** ms */
	jobTime: () => number;
	/** Told of a job before it is in the books. */
	onJob: (job: SimulatedJob) => void;
}

const json = (statusCode: number, body: unknown, headers = {}): Answer => ({
	statusCode,
	headers: { 'content-type': 'application/json', ...headers },
	body,
});
const PAGE: Answer = {
	statusCode: 200,
	headers: { 'content-type': 'text/html' },
	body: '<html><body>Just a moment</body></html>',
};
const reset = { code: 'ECONNRESET', message: 'socket hang up' };
const refusedConnection = { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443' };

function box(type: string, size: number): Buffer {
	const bytes = Buffer.alloc(8 + size, type);
	bytes.writeUInt32BE(bytes.length, 0);
	bytes.write(type, 4, 'latin1');
	return bytes;
}
const VIDEO = Buffer.concat([box('ftyp', 16), box('moov', 24), box('mdat', 64)]);
const VIDEO_TYPE = { 'content-type': 'video/mp4', 'content-length': String(VIDEO.length) };

export function stageOf(method: string, { hostname, pathname }: URL): Stage {
	if (hostname === 'files.example') return 'file';
	if (hostname === 'history.example') return 'history';
	if (pathname.endsWith('/upload-asset')) return 'upload';
	if (method === 'POST') return pathname.startsWith('/v1/') ? 'call' : 'submit';
	return pathname.endsWith('/status') ? 'status' : 'result';
}

export class SimulatedService {
	readonly jobs: SimulatedJob[] = [];

	/** Chance of a fault, by request. */
	trouble = 0;

	/** Results that were asked for too early. */
	early = 0;

	private uploads = 0;

	private window = { endsAt: 0, used: 0 };

	/** Faults of the history in a row: it works again before the node's patience ends. */
	private historyFaults = 0;

	constructor(private readonly options: ServiceOptions) {}

	private get now(): number {
		return this.options.clock.now;
	}

	/** Whether the account's history shows a job by now. */
	shows(job: SimulatedJob): boolean {
		const { history, historyLag } = this.options;
		return history === 'works' && job.createdAt <= this.now - historyLag;
	}

	/** A request has arrived. */
	take(call: Call): Outcome {
		const outcome = this.outcomeOf(call);
		const isText =
			typeof outcome.answer?.body === 'string' || Buffer.isBuffer(outcome.answer?.body);
		const wantsStream = call.stage === 'file' || call.stage === 'call';
		if (outcome.answer && wantsStream && !(outcome.answer.body instanceof Readable)) {
			const { body } = outcome.answer;
			const bytes = isText ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body));
			outcome.answer.body = Readable.from([bytes]);
		}
		return outcome;
	}

	private outcomeOf(call: Call): Outcome {
		const { chance } = this.options;
		const after = chance.between(5, call.stage === 'submit' ? 2500 : 400);
		if (call.stage !== 'file' && this.isOverLimit()) {
			const left = (this.window.endsAt - this.now) / SECOND;
			const headers = { 'retry-after': String(Math.ceil(left)) };
			return { after, answer: json(429, { error: 'rate limit' }, headers) };
		}
		const isTroubled = chance.chance(this.trouble);
		switch (call.stage) {
			case 'submit':
				return this.submitted(call, after, isTroubled);
			case 'call':
				return this.called(call, after, isTroubled);
			case 'history':
				return this.asked(call, after, isTroubled);
			case 'file':
				return { after, ...(isTroubled ? this.brokenFile() : { answer: this.file() }) };
			default: {
				const fault = isTroubled ? this.brokenRead(after) : undefined;
				return fault ?? { after, answer: this.read(call) };
			}
		}
	}

	private isOverLimit(): boolean {
		const { limit } = this.options;
		if (this.now >= this.window.endsAt) this.window = { endsAt: this.now + MINUTE, used: 0 };
		return limit > 0 && ++this.window.used > limit;
	}

	private create({ url, body }: Call): SimulatedJob {
		const job: SimulatedJob = {
			id: `job-${String(this.jobs.length + 1).padStart(4, '0')}`,
			prompt: String(body.prompt),
			model: url.pathname.split('/').pop()!,
			body,
			createdAt: this.now,
			doneAt: this.now + this.options.jobTime(),
			isDoomed: this.options.chance.chance(this.trouble / 2),
			buyer: '',
			deliveredTo: new Set(),
		};
		this.options.onJob(job);
		this.jobs.push(job);
		return job;
	}

	/** The one request that costs money. */
	private submitted(call: Call, after: number, isTroubled: boolean): Outcome {
		const { chance } = this.options;
		const accepted = () => {
			const { id } = this.create(call);
			return json(200, { request_id: id, status: 'QUEUED' });
		};
		if (!isTroubled) return { after, answer: accepted() };
		const isAccepted = chance.chance(0.6);
		const create = () => (isAccepted ? this.create(call) : undefined);
		const faults: Array<() => Outcome> = [
			() => (create(), { after, error: reset }),
			() => (create(), { after, error: reset }),
			() => (create(), { after: 60 * MINUTE }),
			() => (create(), { after, answer: json(chance.pick([500, 502, 503, 504]), {}) }),
			() => (create(), { after, answer: json(chance.pick([408, 409, 499, 520]), {}) }),
			() => (this.create(call), { after, answer: json(200, {}) }),
			() => (this.create(call), { after, answer: PAGE }),
			() => ({ after: 95 * SECOND, answer: accepted() }),
			() => ({ after, error: refusedConnection }),
			() => ({ after, answer: json(429, { error: 'rate limit' }, { 'retry-after': '3' }) }),
			() => ({ after, answer: json(chance.pick([400, 401, 406, 422]), { error: 'refused' }) }),
		];
		return chance.pick(faults)();
	}

	/** v1: the answer comes when the video is made. */
	private called(call: Call, after: number, isTroubled: boolean): Outcome {
		const { chance } = this.options;
		const isAccepted = !isTroubled || chance.chance(0.7);
		if (!isAccepted) {
			const status = chance.pick([401, 422, 500, 503]);
			return chance.chance(0.5)
				? { after, error: reset }
				: { after, answer: json(status, { error: 'refused' }) };
		}
		const job = this.create(call);
		const made = job.doneAt - this.now + after;
		const headers = { ...VIDEO_TYPE, 'x-request-id': job.id, 'x-cost': '0.63' };
		if (job.isDoomed) return { after: made, answer: json(422, this.failed(job)) };
		const answer = { statusCode: 200, headers, body: VIDEO };
		if (!isTroubled) return { after: made, answer };
		const cut: Answer = { ...answer, body: brokenStream() };
		const faults: Outcome[] = [
			{ after: chance.between(0, made), error: reset },
			{ after: made, answer: cut },
			{ after: made, answer: json(504, {}) },
		];
		return chance.pick(faults);
	}

	private failed({ id }: SimulatedJob): object {
		return { status: 'FAILED', request_id: id, output: null, error: 'no face found' };
	}

	private read({ stage, url }: Call): Answer {
		if (stage === 'upload') return json(200, { urls: [`${FILES}/upload-${++this.uploads}.png`] });
		const id = /\/requests\/([^/]+)/.exec(url.pathname)?.[1];
		const job = this.jobs.find((one) => one.id === id);
		if (!job || this.now - job.createdAt > RECORD_LIFETIME) {
			return json(404, { error: 'Request not found' });
		}
		if (this.now < job.doneAt) {
			if (stage === 'result') return this.tooEarly(job);
			return json(200, { status: 'PROCESSING', request_id: id });
		}
		if (job.isDoomed) return json(422, this.failed(job));
		if (stage === 'status') return json(200, { status: 'COMPLETED', request_id: id });
		return json(200, {
			status: 'COMPLETED',
			request_id: id,
			video: {
				url: `${FILES}/${id}.mp4`,
				content_type: 'video/mp4',
				file_size: VIDEO.length,
			},
			metrics: { cost: 0.63 },
		});
	}

	private tooEarly(job: SimulatedJob): Answer {
		this.early++;
		switch (this.options.early) {
			case 'running':
				return json(200, { status: 'PROCESSING', request_id: job.id });
			case 'not found':
				return json(404, { error: 'Request not found' });
			case 'failed':
				return json(422, this.failed(job));
			case 'nothing':
				return json(200, { request_id: job.id });
		}
	}

	private brokenRead(after: number): Outcome {
		const { chance } = this.options;
		return chance.pick<Outcome>([
			{ after, error: reset },
			{ after, answer: json(chance.pick([500, 502, 503, 404]), {}) },
			{ after, answer: json(429, {}, { 'retry-after': '2' }) },
			{ after, answer: PAGE },
			{ after: 60 * MINUTE },
		]);
	}

	private file = (): Answer => ({ statusCode: 200, headers: VIDEO_TYPE, body: VIDEO });

	private brokenFile(): Partial<Outcome> {
		const { chance } = this.options;
		return chance.pick<Partial<Outcome>>([
			{ error: reset },
			{ answer: json(chance.pick([500, 503, 404, 403]), {}) },
			{ answer: { ...this.file(), body: VIDEO.subarray(0, 40) } },
			{ answer: { ...this.file(), body: brokenStream() } },
			// The address is lost: the video can be had by hand only.
			...(chance.chance(0.3) ? [{ answer: json(401, {}) }] : []),
		]);
	}

	private asked({ url }: Call, after: number, isTroubled: boolean): Outcome {
		const { chance, history } = this.options;
		switch (history) {
			case 'not found':
				return { after, answer: json(404, { detail: 'Not Found' }) };
			case 'page':
				return { after, answer: PAGE };
			case 'refused':
				return { after, answer: json(401, { error: 'no' }) };
			case 'broken':
				return { after, answer: json(503, {}) };
			default:
		}
		this.historyFaults = isTroubled ? this.historyFaults + 1 : 0;
		if (isTroubled && this.historyFaults < 3) {
			const answer = json(chance.pick([500, 503]), {});
			return chance.pick<Outcome>([
				{ after, error: reset },
				{ after, answer },
			]);
		}
		return { after, answer: this.rows(url) };
	}

	private rows({ pathname, searchParams }: URL): Answer {
		const settings = {
			historyLagSeconds: this.options.historyLag / SECOND,
			historyClockOffsetSeconds: 0,
			historyTimestamp: 'iso',
			historyEnvelope: 'generations',
			historyRowsPerRequest: 1,
		} as View['settings'];
		const view: View = { settings, filesUrl: FILES, now: this.now };
		const known = this.options.history === 'empty' ? [] : this.jobs;
		const jobs = known.map((job) => this.asSandboxJob(job));
		const id = /request-history\/([^/]+)/.exec(pathname)?.[1];
		if (id) {
			const job = jobs.find(({ requestId }) => requestId === id);
			const row = job && historyRow(job, view);
			return row ? json(200, wrapRow(row, view)) : json(404, { detail: 'Request not found' });
		}
		const query = {
			page: Number(searchParams.get('page')),
			perPage: Number(searchParams.get('per_page')),
			from: Date.parse(searchParams.get('from_date')!),
			to: this.now + DAY,
			model: searchParams.get('model_name') ?? undefined,
			sortBy: 'model_created' as const,
			descending: true,
		};
		return json(200, wrapRows(historyPage(jobs, query, view), query, view));
	}

	private asSandboxJob(job: SimulatedJob): Job {
		const hasEnded = this.now >= job.doneAt;
		return {
			requestId: job.id,
			model: job.model,
			request: job.body,
			createdAt: job.createdAt,
			completedAt: hasEnded ? job.doneAt : undefined,
			status: job.isDoomed ? 'FAILED' : 'COMPLETED',
			billed: hasEnded && !job.isDoomed,
			price: 0.63,
			error: 'no face found',
			video: { path: `/${job.id}.mp4` },
		} as unknown as Job;
	}
}

/** A body whose connection breaks. */
function brokenStream(): Readable {
	async function* parts() {
		yield VIDEO.subarray(0, 60);
		throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
	}
	return Readable.from(parts());
}
