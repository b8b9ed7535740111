/**
 * Time that nobody can set. An administrator, a time server or a virtual machine that wakes up moves the wall clock,
 * forwards and backwards; how long something takes must not change with that.
 */

import { monotonic } from '../wire/clock';

export { monotonic };

/**
 * A point of the wall clock, such as what an execution has saved, on the clock that nobody can set. The wall clock is
 * read once, here: whoever waits for the point is not held up, or rushed, when it is set meanwhile.
 *
 * @param wall ms since 1970
 * @returns ms, to be compared with {@link monotonic}
 */
export function fromWall(wall: number): number {
	return monotonic() + (wall - Date.now());
}
