import type { Problem } from '../outcome';
import type { KindOfJob } from '../schedule/lessons';
import type { VideoResult } from './result';

/** A job that is waited for. */
export interface Watched {
	requestId: string;
	/** ms since 1970; undefined when another execution submitted it. */
	submittedAt?: number;
	/** ms since 1970 after which waiting ends. */
	deadline: number;
	/** What is known of its length; without it, it is asked for at fixed pauses. */
	kind?: KindOfJob;
	/** A status of an earlier try said COMPLETED: whatever is said now, the job did not fail. */
	isFinished?: boolean;
	/** Told when a status says COMPLETED for the first time, to be remembered for the next try. */
	onFinished?: () => void;
}

/** A job that is done, or still at work when nobody wants to wait. */
export type JobEnd =
	| { state: 'completed'; result: VideoResult }
	| { state: 'running'; status: string }
	/** Certainly not billed. */
	| { state: 'failed'; problem: Problem };
