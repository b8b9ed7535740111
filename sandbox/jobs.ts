/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { charge, usd, type AccountState } from './account';
import { TIMING } from './catalogue';
import type { Changes } from './changes';
import type { HostedFile, HostedFiles } from './files';
import { fetchImage, JobFailed, type InputImage } from './images';
import { lookFor } from './render/looks';
import type { Clip, Renderer } from './render/render';
import type { Api, JobStatus } from './types';
import { brokenRule, price, shotSeconds, type ModelRequest } from './validate';

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
	/** The request's record is gone; the ledger still knows the job. */
	forgotten: boolean;
	/** Settles when the job is COMPLETED or FAILED; never rejects. */
	finished: Promise<void>;
}

export interface JobsContext {
	changes: Changes;
	files: HostedFiles;
	renderer: Renderer;
	recordSeconds: number;
	/** Aborted when the sandbox closes. */
	closed: AbortSignal;
}

export interface Submission {
	account: AccountState;
	model: string;
	api: Api;
	request: ModelRequest;
	seconds: number;
	/** Makes the job fail with this text, whatever its body. */
	failWith?: string;
}

/** What the video of a request shows. */
export const clipOf = (request: ModelRequest, image: InputImage, endImage?: InputImage): Clip => ({
	...{ image, endImage },
	shots: shotSeconds(request).map((seconds, index) => ({
		seconds,
		look: lookFor(request.prompt, index),
	})),
	audio: request.generate_audio ?? false,
});

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
			...{ account, model, api, request, seconds },
			status: 'QUEUED',
			price: price(request),
			createdAt: Date.now(),
			billed: false,
			forgotten: false,
			finished: Promise.resolve(),
		};
		this.byId.set(job.requestId, job);
		account.reserved = usd(account.reserved + job.price);
		job.finished = this.run(job, failWith);
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

	private async run(job: Job, failWith?: string): Promise<void> {
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
				this.work(job, failWith),
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

	private async work(job: Job, failWith?: string): Promise<HostedFile> {
		const { request } = job;
		const complaint = failWith ?? brokenRule(request);
		if (complaint) throw new JobFailed(complaint);
		const { closed, files } = this.context;
		const [image, endImage] = await Promise.all([
			fetchImage(request.image_url, 'image_url', closed),
			request.end_image_url === undefined
				? undefined
				: fetchImage(request.end_image_url, 'end_image_url', closed),
		]);
		return files.put(videoFile(await this.render(request, image, endImage)));
	}

	private async render(request: ModelRequest, image: InputImage, endImage?: InputImage) {
		const { renderer } = this.context;
		try {
			return await renderer.render(clipOf(request, image, endImage));
		} catch (error) {
			// Looked into only now: most images can be decoded, and looking costs time.
			for (const [field, input] of Object.entries({ image_url: image, end_image_url: endImage }))
				if (input && !(await renderer.canDecode(input)))
					throw new JobFailed(`${field}: image could not be decoded`);
			throw error;
		}
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
