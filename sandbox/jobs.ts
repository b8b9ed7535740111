/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { balance, charge, usd, type AccountState } from './account';
import { JobFailed } from './download';
import { fetchMedia, findUndecodable } from './media';
import { clipOf } from './models/clip';
import { brokenLimit, price, unknownField, type Model } from './models/model';
import type { ModelRequest } from './models/service';
import type { Shared } from './service';
import type { Api, HostedFile, JobStatus } from './tables';

/** Times of the service. */
export const TIMING = {
	/** Part of a job's time that it waits in the queue. */
	queueShare: 0.2,
	/** A job that cannot succeed fails this soon, seconds. */
	failSeconds: 0.3,
	/** A job of an earlier day took so long, seconds. */
	pastSeconds: 200,
	/** A video's file lives so long, milliseconds. */
	fileMs: 7 * 24 * 60 * 60 * 1000,
} as const;

export interface Job {
	requestId: string;
	model: string;
	account: AccountState;
	api: Api;
	request: ModelRequest;
	status: JobStatus;
	/** USD */
	price: number;
	createdAt: number;
	/** How long it was meant to take when it was submitted. */
	seconds: number;
	processingAt?: number;
	completedAt?: number;
	billed: boolean;
	/** The account's balance right after billing, USD. */
	remainingCredits?: number;
	video?: HostedFile;
	error?: string;
	/** What the polls of a FAILED job answer, instead of the usual body with its `error`. */
	failedBody?: object;
	/** The request's record is gone; the ledger still knows the job. */
	forgotten: boolean;
	/** Settles when the job is COMPLETED or FAILED; never rejects. */
	finished: Promise<void>;
}

export interface Submission extends Pick<Job, 'account' | 'api' | 'request' | 'seconds'> {
	model: Model;
	/** Makes the job fail, whatever its body. */
	failWith?: { error?: string; body?: object };
}

/** A rendered file under its own unguessable name: equal clips share a file on disk but not a URL. */
export const videoFile = (rendered: { file: string; bytes: number }): HostedFile => ({
	...rendered,
	path: `/videos/${randomUUID()}.mp4`,
	contentType: 'video/mp4',
});

/** Creates jobs, brings them to an end, bills them. */
export class Jobs {
	private readonly byId = new Map<string, Job>();

	constructor(private readonly context: Shared) {}

	/** Takes a job and starts it. Whether the account can pay for it was checked before. */
	create({ model, failWith, ...submission }: Submission): Job {
		const { account, request } = submission;
		const job: Job = {
			...submission,
			requestId: randomUUID(),
			model: model.name,
			status: 'QUEUED',
			price: price(model, request),
			createdAt: Date.now(),
			billed: false,
			forgotten: false,
			failedBody: failWith?.body,
			finished: Promise.resolve(),
		};
		account.reserved = usd(account.reserved + job.price);
		const text = failWith && (failWith.error ?? JSON.stringify(failWith.body));
		job.finished = this.run(job, model, text);
		this.put(job);
		return job;
	}

	/** Takes a job that was started, that ended before, or that never ends. */
	put(job: Job): void {
		this.byId.set(job.requestId, job);
		this.context.changes.touch();
	}

	/** Of one account or of all, oldest first. */
	all(account?: AccountState): Job[] {
		return [...this.byId.values()].filter((job) => !account || job.account === account);
	}

	/** The job whatever its age, for the ledger and for faults. */
	find(requestId = ''): Job | undefined {
		return this.byId.get(requestId);
	}

	/** The job as long as its record lives, otherwise undefined. */
	record(requestId?: string): Job | undefined {
		const job = this.find(requestId);
		const expired = job && Date.now() >= job.createdAt + this.context.recordSeconds * 1000;
		return !job || job.forgotten || expired ? undefined : job;
	}

	ofVideo(path: string): Job | undefined {
		return this.all().find((job) => job.video?.path === path);
	}

	/** Throws for an unknown id. */
	expire(requestId: string): void {
		const job = this.find(requestId);
		if (!job) throw new Error(`No request ${requestId}`);
		job.forgotten = true;
		this.context.changes.touch();
	}

	private async run(job: Job, model: Model, failWith?: string): Promise<void> {
		const { closed, changes } = this.context;
		const atSecond = async (second: number) =>
			await sleep(Math.max(0, job.createdAt + second * 1000 - Date.now()), undefined, {
				signal: closed,
			});
		const dequeue = async () => {
			await atSecond(job.seconds * TIMING.queueShare);
			if (job.status !== 'QUEUED') return;
			job.status = 'PROCESSING';
			job.processingAt = Date.now();
			changes.touch();
		};
		try {
			const work = this.work(job, model, failWith);
			const [video] = await Promise.all([work, dequeue(), atSecond(job.seconds)]);
			charge(job.account, job.price);
			const remainingCredits = balance(job.account);
			this.end(job, { status: 'COMPLETED', video, billed: true, remainingCredits });
		} catch (failure) {
			if (closed.aborted) return;
			const { message } = failure as Error;
			const error = failure instanceof JobFailed ? message : `Internal error: ${message}`;
			// Slower than the submit's answer, as in life, but never slower than a job that succeeds.
			await atSecond(Math.min(TIMING.failSeconds, job.seconds)).catch(() => {});
			this.end(job, { status: 'FAILED', error });
		}
	}

	private async work(job: Job, model: Model, failWith?: string): Promise<HostedFile> {
		const { request } = job;
		const { settings, files, renderer } = this.context;
		const complaint =
			failWith ??
			(settings.unknownFields === 'fail' ? unknownField(model, request) : undefined) ??
			brokenLimit(model, request);
		if (complaint) throw new JobFailed(complaint);
		const media = await fetchMedia(model, request, this.context);
		// Some prices are known only now that the input video was seen.
		const amount = price(model, request, media.video);
		job.account.reserved = usd(job.account.reserved - job.price + amount);
		job.price = amount;
		try {
			const video = videoFile(await renderer.render(clipOf(model, request, media)));
			files.set(video.path, video);
			return video;
		} catch (error) {
			throw (await findUndecodable(renderer, media)) ?? error;
		}
	}

	private end(job: Job, outcome: Partial<Job>): void {
		Object.assign(job, outcome, { completedAt: Date.now() });
		job.account.reserved = usd(job.account.reserved - job.price);
		this.context.changes.touch();
	}
}
