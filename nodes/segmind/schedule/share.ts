/** The part of the account's schedule that belongs to one run of the node. */
import { LONGEST_TRANSFER, PARALLEL_UPLOADS } from '../policy/limits';
import { AccountSchedule, type Party } from './account';
import { fromWall } from './clock';
import { Limiter } from './limiter';
import type { KindOfJob } from './lessons';
import type { Kind } from './slots';
import type { Stop } from './stop';

/** What a run tells its schedule. */
export interface RunOfAccount {
	/** Whether the run must not submit anything new, because another item failed. */
	isOver: () => boolean;
	/** Called once, when a submit has to wait because too many jobs are running. */
	onHold: (underWay: number, limit: number) => void;
}

export class AccountShare implements Party {
	sending = 0;

	waits = false;

	private wasHeld = false;

	/** So the images of one run do not block the images of all others. */
	private readonly ownUploads = new Limiter(PARALLEL_UPLOADS, LONGEST_TRANSFER);

	/** An upload, from its turn to its end. */
	readonly uploads = {
		run: async <T>(task: () => Promise<T>, stop: Stop): Promise<T> =>
			await this.ownUploads.run(async () => await this.schedule.uploads.run(task, stop), stop),
	};

	constructor(
		private readonly schedule: AccountSchedule,
		private run: RunOfAccount,
	) {
		schedule.parties.add(this);
	}

	/** Stands for the account: all runs that use it have the same object. */
	get shared(): object {
		return this.schedule;
	}

	isOver = () => this.run.isOver();

	onHold = (underWay: number) => {
		if (!this.wasHeld) this.run.onHold(underWay, this.schedule.limit);
		this.wasHeld = true;
	};

	/**
	 * Resolves when the request may be sent. It resolves at once if Stop is pressed or the run submits nothing new.
	 *
	 * @param requestId the job to poll
	 */
	async admit(kind: Kind, stop: Stop, requestId?: string): Promise<void> {
		await this.schedule.admit(kind, stop, this, requestId);
	}

	/**
	 * Resolves when the job is likely enough done and the poll may be sent, or at once if Stop is pressed.
	 *
	 * @param until the latest time for this poll (ms of the monotonic clock)
	 * @returns what to poll: the status, or the result before anybody knows that it is there
	 */
	async turn(requestId: string, stop: Stop, until: number): Promise<'status' | 'early'> {
		await this.schedule.admit('status', stop, this, requestId, until);
		return this.schedule.asksForResult(requestId) ? 'early' : 'status';
	}

	/** An admitted submit has its answer, or will not be sent. */
	answered(): void {
		this.sending = Math.max(this.sending - 1, 0);
	}

	/**
	 * The service has a job that must be fetched within the hour.
	 *
	 * @param submittedAt ms since 1970; default: now
	 */
	submitted(requestId: string, submittedAt = Date.now()): void {
		this.schedule.jobs.add(requestId, this, fromWall(submittedAt));
	}

	/**
	 * Counts a job among those that share the polls. Call what it returns when the waiting is over.
	 *
	 * @param deadline ms since 1970 after which the waiting ends
	 * @param submittedAt ms since 1970; undefined if another execution submitted it
	 * @param kind what is known about its length
	 */
	watch(requestId: string, deadline: number, submittedAt?: number, kind?: KindOfJob): () => void {
		const { jobs, lessons } = this.schedule;
		this.waits = true;
		if (submittedAt !== undefined) this.submitted(requestId, submittedAt);
		const isKnown = submittedAt !== undefined && kind !== undefined;
		const forecast = isKnown ? lessons.forecastOf(kind) : undefined;
		return jobs.watch(requestId, this, fromWall(deadline), forecast);
	}

	/** A job was seen running. */
	seenRunning(requestId: string): void {
		this.schedule.jobs.seenRunning(requestId);
	}

	/**
	 * A job was seen completed.
	 *
	 * @param seconds how long it took, if the service has told it
	 */
	seenCompleted(requestId: string, seconds?: number): void {
		const took = seconds === undefined ? undefined : seconds * 1000;
		this.schedule.jobs.seenCompleted(requestId, took);
	}

	/** What was learned about early polls of results. */
	get lessons() {
		return this.schedule.lessons;
	}

	/** The service has given out a result. */
	fetched(requestId: string): void {
		this.schedule.jobs.fetched(requestId);
	}

	/** The shortest time between two polls of a job (ms). */
	pollInterval(requestId: string): number {
		return this.schedule.pollInterval(requestId);
	}

	/** Sends nothing for the account for this long (ms), because the service said so. */
	pauseFor(ms: number): void {
		this.schedule.pauseFor(ms);
	}

	/**
	 * The run is over. Jobs that nobody fetched have this share as their owner for up to an hour. So it must not keep
	 * the run, or the execution's data with it.
	 */
	close(): void {
		this.sending = 0;
		const isOver = this.run.isOver();
		this.run = { isOver: () => isOver, onHold: () => {} };
		this.schedule.parties.delete(this);
	}
}
