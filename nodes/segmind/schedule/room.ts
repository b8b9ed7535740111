/**
 * Whether an account has room for one more job. Pure: all state comes in, all times are milliseconds of one clock.
 *
 * A submitted video is paid, and the service forgets it an hour later. At 5 requests a minute, 150 videos can be
 * submitted in half an hour, but polling all of them takes an hour and a half. So a submit waits until the node can
 * poll all running jobs in time.
 */
import { RATE } from './slots';

/** Data of the admission. */
export const ROOM = {
	/**
	 * The part of the requests that jobs may need until their time is over. The rest is for submits, faults and other
	 * processes.
	 */
	share: 0.5,
	/** This much more for the first jobs of runs, while they are few. So one video need not wait for fifty others. */
	shareOfFirst: 0.25,
};

/**
 * Whether all jobs can be polled in time; the job whose time ends first goes first.
 *
 * @param dues the latest time to poll each job, in any order; past ones no longer count
 * @param limit requests per window
 * @param share the part of the requests that jobs may need
 */
export function hasRoom(dues: number[], limit: number, now: number, share = ROOM.share): boolean {
	const perJob = (RATE.readsPerJob * RATE.window) / limit;
	return dues
		.filter((due) => due > now)
		.sort((a, b) => a - b)
		.every((due, index) => (index + 1) * perJob <= (due - now) * share);
}
