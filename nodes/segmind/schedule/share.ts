/** What one run of the node has of its account's schedule. */
import { LONGEST_TRANSFER, PARALLEL_UPLOADS } from '../policy/limits';
import { AccountSchedule, type Party } from './account';
import { fromWall } from './clock';
import { Gate } from './gate';
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
	 */
	watch(requestId: string, deadline: number, submittedAt?: number): () => void {
		if (submittedAt !== undefined) this.submitted(requestId, submittedAt);
		return this.schedule.jobs.watch(requestId, this, fromWall(deadline));
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
