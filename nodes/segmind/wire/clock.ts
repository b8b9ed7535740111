/**
 * Time for requests. It comes from a monotonic clock: the computer's own may be set while a request is under way.
 */

/** Node fires a longer timer at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** ms since some moment in the past; only differences mean something. */
export const monotonic = (): number => performance.now();

/**
 * Calls back after a time. Does not keep the process alive.
 *
 * @param ms above 24 days is as good as 24 days
 * @returns what takes it back
 */
export function after(ms: number, callBack: () => void): () => void {
	const signal = AbortSignal.timeout(Math.ceil(Math.min(Math.max(ms, 0), LONGEST_TIMER)));
	signal.addEventListener('abort', callBack, { once: true });
	return () => signal.removeEventListener('abort', callBack);
}
