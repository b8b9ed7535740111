/**
 * Segmind in simulated time, as far as the schedule can tell: it counts requests in fixed windows of a minute,
 * takes its time for a video, and forgets a request an hour after its submit. Books of its own say what came.
 */
import type { IHttpRequestOptions } from 'n8n-workflow';

const MINUTE = 60_000;
const RECORD_LIFETIME = 60 * MINUTE;

export interface SimulatedJob {
	id: string;
	/** The account's key. */
	key: string;
	/** ms of the simulated clock. */
	submittedAt: number;
	doneAt: number;
	/** When the result was given out. */
	fetchedAt?: number;
	/** The body of the submit. */
	body: Record<string, unknown>;
}

export interface SimulatedRequest {
	at: number;
	key: string;
	stage: 'upload' | 'submit' | 'status' | 'result' | 'balance';
	status: number;
	job?: SimulatedJob;
}

interface Answer {
	statusCode: number;
	headers: Record<string, string>;
	body: unknown;
}

export interface ServiceOptions {
	/** Requests a minute of each account. */
	limit: number;
	/** How long the nth job of the service takes (ms). */
	jobTime: (n: number, body: Record<string, unknown>) => number;
	/** Submits that are answered with 400. */
	refuses?: (body: Record<string, unknown>) => boolean;
	/** What a result call answers before the video is there. Default: 200 with the status. */
	unfinished?: { status: number; body: unknown };
	/** Monotonic ms; not the clock that a test sets back. */
	now: () => number;
}

export class SimulatedService {
	readonly jobs: SimulatedJob[] = [];

	readonly requests: SimulatedRequest[] = [];

	private readonly windows = new Map<string, { endsAt: number; used: number }>();

	constructor(private readonly options: ServiceOptions) {}

	/** Requests that were answered with 429. */
	get refusals(): SimulatedRequest[] {
		return this.requests.filter(({ status }) => status === 429);
	}

	/** What n8n's helper would give for this request. */
	answer(key: string, { method, url, body }: IHttpRequestOptions): Answer {
		const { pathname } = new URL(url);
		const stage = stageOf(method ?? 'GET', pathname);
		const job = this.jobs.find(({ id }) => pathname.includes(id));
		const { status, body: content } = this.isOverLimit(key)
			? { status: 429, body: { error: 'rate limit' } }
			: this.serve(stage, key, job, body);
		const created = stage === 'submit' && status === 200 ? this.jobs.at(-1) : undefined;
		this.requests.push({ at: this.options.now(), key, stage, status, job: job ?? created });
		return { statusCode: status, headers: this.headers(key, status), body: content };
	}

	/** Another process of the account sends all that its window has left. */
	useUp(key: string): void {
		while (!this.isOverLimit(key));
	}

	private isOverLimit(key: string): boolean {
		const now = this.options.now();
		let window = this.windows.get(key);
		if (!window || now >= window.endsAt) {
			window = { endsAt: now + MINUTE, used: 0 };
			this.windows.set(key, window);
		}
		return ++window.used > this.options.limit;
	}

	private headers(key: string, status: number): Record<string, string> {
		if (status !== 429) return {};
		const left = this.windows.get(key)!.endsAt - this.options.now();
		return { 'retry-after': String(Math.ceil(left / 1000)) };
	}

	private serve(
		stage: SimulatedRequest['stage'],
		key: string,
		job: SimulatedJob | undefined,
		body: unknown,
	): { status: number; body: unknown } {
		const now = this.options.now();
		if (stage === 'balance') return { status: 200, body: { credits: 100 } };
		if (stage === 'upload') return { status: 200, body: { urls: ['https://files.example/a.png'] } };
		if (stage === 'submit') {
			if (this.options.refuses?.(body as never)) return { status: 400, body: { error: 'no' } };
			const id = `job-${String(this.jobs.length + 1).padStart(5, '0')}`;
			const doneAt = now + this.options.jobTime(this.jobs.length, body as never);
			this.jobs.push({ id, key, submittedAt: now, doneAt, body: body as never });
			return { status: 200, body: { request_id: id, status: 'QUEUED' } };
		}
		if (!job || now - job.submittedAt > RECORD_LIFETIME) {
			return { status: 404, body: { error: 'Request not found' } };
		}
		if (now < job.doneAt) {
			const running = { status: 200, body: { status: 'PROCESSING' } };
			return stage === 'result' ? (this.options.unfinished ?? running) : running;
		}
		if (stage === 'status') return { status: 200, body: { status: 'COMPLETED' } };
		job.fetchedAt ??= now;
		const video = { url: `https://images.example/${job.id}.mp4` };
		return { status: 200, body: { status: 'COMPLETED', video, metrics: { cost: 1 } } };
	}
}

function stageOf(method: string, path: string): SimulatedRequest['stage'] {
	if (path.endsWith('/upload-asset')) return 'upload';
	if (path.endsWith('/get-user-credits')) return 'balance';
	if (method === 'POST') return 'submit';
	return path.endsWith('/status') ? 'status' : 'result';
}
