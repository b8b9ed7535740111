/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { charge, usd, type AccountState } from './account';
import { TIMING } from './catalogue';
import type { Changes } from './changes';
import type { HostedFile, HostedFiles } from './files';
import { JobFailed } from './images';
import { fetchMedia, findUndecodable, type MediaContext } from './media';
import { clipOf } from './models/clip';
import { brokenLimit, price, unknownField, type Model, type ModelRequest } from './models/model';
import type { Renderer } from './render/render';
import type { Api, JobStatus, Settings } from './types';

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

export interface JobsContext extends MediaContext {
	settings: Settings;
	changes: Changes;
	files: HostedFiles;
	renderer: Renderer;
	recordSeconds: number;
}

export interface Submission {
	account: AccountState;
	model: Model;
	api: Api;
	request: ModelRequest;
	seconds: number;
	/** Makes the job fail, whatever its body. */
	failWith?: { error?: string; body?: object };
}

/** A rendered file under its own unguessable name: equal clips share a file on disk but not a URL. */
export const videoFile = ({ file, bytes }: { file: string; bytes: number }): HostedFile => ({
	...{ file, bytes },
	path: `/videos/${randomUUID()}.mp4`,
	contentType: 'video/mp4',
});

/** Creates jobs, brings them to an end, bills them. */
export class Jobs {
	private readonly byId = new Map<string, Job>();

	constructor(private readonly context: JobsContext) {}

	/** Takes a job and starts it. Whether the account can pay for it was checked before. */
	create(submission: Submission): Job {
		const { account, model, api, request, seconds, failWith } = submission;
		const job: Job = {
			requestId: randomUUID(),
			...{ account, api, request, seconds },
			model: model.name,
			status: 'QUEUED',
			price: price(model, request),
			createdAt: Date.now(),
			billed: false,
			forgotten: false,
			failedBody: failWith?.body,
			finished: Promise.resolve(),
		};
		this.byId.set(job.requestId, job);
		account.reserved = usd(account.reserved + job.price);
		job.finished = this.run(
			job,
			model,
			failWith && (failWith.error ?? JSON.stringify(failWith.body)),
		);
		this.context.changes.touch();
		return job;
	}

	/** Takes a job that ended before, or that never ends. */
	put(job: Job): void {
		this.byId.set(job.requestId, job);
		this.context.changes.touch();
	}

	all(): Job[] {
		return [...this.byId.values()];
	}

	/** The job whatever its age, for the ledger and for faults. */
	find(requestId: string): Job | undefined {
		return this.byId.get(requestId);
	}

	/** The job as long as its record lives, otherwise undefined. */
	record(requestId: string): Job | undefined {
		const job = this.byId.get(requestId);
		const expired = job && Date.now() >= job.createdAt + this.context.recordSeconds * 1000;
		return !job || job.forgotten || expired ? undefined : job;
	}

	ofVideo(path: string): Job | undefined {
		return this.all().find((job) => job.video?.path === path);
	}

	/** Throws for an unknown id. */
	expire(requestId: string): void {
		const job = this.byId.get(requestId);
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
			const [video] = await Promise.all([
				this.work(job, model, failWith),
				dequeue(),
				atSecond(job.seconds),
			]);
			this.complete(job, video);
		} catch (error) {
			if (closed.aborted) return;
			const text =
				error instanceof JobFailed ? error.message : `Internal error: ${(error as Error).message}`;
			// Slower than the submit's answer, as in life, but never slower than a job that succeeds.
			await atSecond(Math.min(TIMING.failSeconds, job.seconds)).catch(() => {});
			this.fail(job, text);
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
		this.reserve(job, price(model, request, media.video));
		try {
			return files.put(videoFile(await renderer.render(clipOf(model, request, media))));
		} catch (error) {
			throw (await findUndecodable(renderer, media)) ?? error;
		}
	}

	/** Some prices are known only once the input video was seen. */
	private reserve(job: Job, amount: number): void {
		job.account.reserved = usd(job.account.reserved - job.price + amount);
		job.price = amount;
	}

	private complete(job: Job, video: HostedFile): void {
		this.end(job, 'COMPLETED');
		job.video = video;
		charge(job.account, job.price);
		job.billed = true;
		job.remainingCredits = usd(job.account.credits + job.account.freeCredits);
		this.context.changes.touch();
	}

	private fail(job: Job, text: string): void {
		this.end(job, 'FAILED');
		job.error = text;
		this.context.changes.touch();
	}

	private end(job: Job, status: JobStatus): void {
		job.status = status;
		job.completedAt = Date.now();
		job.account.reserved = usd(job.account.reserved - job.price);
	}
}
