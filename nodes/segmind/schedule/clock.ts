/**
 * A clock that nobody can set. An administrator, a time server or a virtual machine that wakes up can move the wall
 * clock forwards and backwards. That must not change how long something takes.
 */

import { monotonic } from '../transport/clock';

export { monotonic };

/**
 * Moves a time of the wall clock, for example one that an execution has saved, to the monotonic clock. It reads the
 * wall clock once, so a later change of that clock does not make the wait longer or shorter.
 *
 * @param wall ms since 1970
 * @returns ms, to be compared with {@link monotonic}
 */
export function fromWall(wall: number): number {
	return monotonic() + (wall - Date.now());
}
