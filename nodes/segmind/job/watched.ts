import type { Problem } from '../outcome';
import type { KindOfJob } from '../schedule/lessons';
import type { VideoResult } from './result';

/** A job that somebody waits for. */
export interface Watched {
	requestId: string;
	/** ms since 1970; undefined if another execution submitted it. */
	submittedAt?: number;
	/** ms since 1970 after which waiting ends. */
	deadline: number;
	/** What is known about its length. Without it, polls come at fixed intervals. */
	kind?: KindOfJob;
	/**
	 * In an earlier attempt, the service said COMPLETED or named a charge. Whatever it says now, the job did not fail
	 * for free.
	 */
	isFinished?: boolean;
	/** Called when the service says that for the first time, so the next attempt knows it. */
	onFinished?: () => void;
}

/** A job that is done, or still running if nobody wants to wait. */
export type JobEnd =
	| { state: 'completed'; result: VideoResult }
	| { state: 'running'; status: string }
	/** Certainly not billed. */
	| { state: 'failed'; problem: Problem };
