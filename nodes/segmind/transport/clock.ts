/**
 * Time for requests. It comes from a monotonic clock, because somebody may set the computer's clock during a request.
 */

/** A longer timer would fire at once in Node. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** ms since some moment in the past. Only differences have a meaning. */
export const monotonic = (): number => performance.now();

/**
 * Calls back after a time. It does not keep the process alive.
 *
 * @param ms more than 24 days counts as 24 days
 * @returns a function that cancels it
 */
export function after(ms: number, callBack: () => void): () => void {
	const signal = AbortSignal.timeout(Math.ceil(Math.min(Math.max(ms, 0), LONGEST_TIMER)));
	signal.addEventListener('abort', callBack, { once: true });
	return () => signal.removeEventListener('abort', callBack);
}
