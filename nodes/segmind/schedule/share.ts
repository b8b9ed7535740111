/** What one run of the node has of its account's schedule. */
import { LONGEST_TRANSFER, PARALLEL_UPLOADS } from '../policy/limits';
import { AccountSchedule, type Party } from './account';
import { fromWall } from './clock';
import { Gate } from './gate';
import type { KindOfJob } from './lessons';
import type { Kind } from './slots';
import type { Stop } from './stop';

/** What a run tells its schedule. */
export interface RunOfAccount {
	/** Whether nothing new of the run may be submitted, because another item failed. */
	isOver: () => boolean;
	/** Called once, when a submit has to wait because too much is under way. */
	onHold: (underWay: number, limit: number) => void;
}

export class AccountShare implements Party {
	sending = 0;

	waits = false;

	private wasHeld = false;

	/** So that the images of one run do not keep all others from theirs. */
	private readonly ownUploads = new Gate(PARALLEL_UPLOADS, LONGEST_TRANSFER);

	/** An upload from its turn to its end. */
	readonly uploads = {
		run: async <T>(task: () => Promise<T>, stop: Stop): Promise<T> =>
			await this.ownUploads.run(async () => await this.schedule.uploads.run(task, stop), stop),
	};

	constructor(
		private readonly schedule: AccountSchedule,
		private readonly run: RunOfAccount,
	) {
		schedule.parties.add(this);
	}

	/** Stands for the account: the same object for all runs that use it. */
	get shared(): object {
		return this.schedule;
	}

	isOver = () => this.run.isOver();

	onHold = (underWay: number) => {
		if (!this.wasHeld) this.run.onHold(underWay, this.schedule.limit);
		this.wasHeld = true;
	};

	/**
	 * Resolves when the request may be sent, or at once when Stop is pressed or the run begins nothing new.
	 *
	 * @param requestId the job that is asked for
	 */
	async admit(kind: Kind, stop: Stop, requestId?: string): Promise<void> {
		await this.schedule.admit(kind, stop, this, requestId);
	}

	/**
	 * Resolves when the job is so likely done that it is worth a request, and when the request may be sent; or at once
	 * when Stop is pressed.
	 *
	 * @param until when it is asked for all the same (ms of the monotonic clock)
	 * @returns what to ask for: its status, or its result, although nobody knows whether it is there
	 */
	async turn(requestId: string, stop: Stop, until: number): Promise<'status' | 'early'> {
		await this.schedule.admit('status', stop, this, requestId, until);
		return this.schedule.asksForResult(requestId) ? 'early' : 'status';
	}

	/** A submit that was admitted has its answer, or will not be sent. */
	answered(): void {
		this.sending = Math.max(this.sending - 1, 0);
	}

	/**
	 * The service has a job that must be fetched within the hour.
	 *
	 * @param submittedAt ms since 1970; this moment by default
	 */
	submitted(requestId: string, submittedAt = Date.now()): void {
		this.schedule.jobs.add(requestId, this, fromWall(submittedAt));
	}

	/**
	 * Counts a job among those that share the status calls; call what it returns when the waiting is over.
	 *
	 * @param deadline ms since 1970 after which the waiting ends
	 * @param submittedAt ms since 1970; undefined when another execution submitted it
	 * @param kind what is known of its length
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

	/** What was learnt of asking for results early. */
	get lessons() {
		return this.schedule.lessons;
	}

	/** The service has given a result out. */
	fetched(requestId: string): void {
		this.schedule.jobs.fetched(requestId);
	}

	/** The least pause between two status calls for a job (ms). */
	statusPause(requestId: string): number {
		return this.schedule.statusPause(requestId);
	}

	/** Nothing of the account is sent for so long (ms), because the service said so. */
	pauseFor(ms: number): void {
		this.schedule.pauseFor(ms);
	}

	/** The run is over. */
	close(): void {
		this.sending = 0;
		this.schedule.parties.delete(this);
	}
}
