/**
 * Whether an account has room for one more job. Pure: all state comes in, all times are milliseconds of one clock.
 *
 * A submitted video is paid, and the service forgets it an hour later. At 5 requests a minute 150 videos are
 * submitted in half an hour, but it takes an hour and a half to ask for them all: so a submit waits until what is
 * under way can be asked for in time.
 */
import { RATE } from './slots';

/** Data of the admission. */
export const ROOM = {
	/** The part of the requests that jobs may need until their time is over; the rest is for submits, faults and other processes. */
	share: 0.5,
	/** So much more for the first jobs of runs, while they are few: one video need not wait until fifty are made. */
	shareOfFirst: 0.25,
};

/**
 * Whether all jobs can be asked for in time, those first whose time is over first.
 *
 * @param dues until when each job must be asked for, in any order; those that are past count no more
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
