/**
 * How long the node waits before the next request. Pure functions; all times in milliseconds.
 */
import { isRateLimited, type Reply } from '../transport/reply';

const SECOND = 1000;

/** Each number has its reason beside it. */
export const BACKOFF = {
	/** The first poll of a new job: a bad body fails within a second. */
	firstStatus: 1 * SECOND,
	/** Then the interval grows with the job's age by this share, */
	statusShare: 0.25,
	/** up to this. The node then sees a finished video after 2.6 s on average, and a 250 s job takes 56 calls. */
	statusLongest: 5.2 * SECOND,
	/** After a failed request: this, doubled each time, */
	failureFirst: 1 * SECOND,
	/** up to this. */
	failureLongest: 30 * SECOND,
	/** A 429 that names no time. */
	rateLimitDefault: 20 * SECOND,
	/** The longest wait after a 429, even if it names a later time. */
	rateLimitLongest: 120 * SECOND,
	/** Random extra time after a rate limit's reset, so that the workers do not all come back at once. */
	rateLimitJitter: 2 * SECOND,
};

/**
 * The time until the next poll (ms).
 *
 * @param age ms since the job was submitted
 */
export function pollInterval(age: number): number {
	const grown = Math.max(age, 0) * BACKOFF.statusShare;
	return Math.min(Math.max(BACKOFF.firstStatus, grown), BACKOFF.statusLongest);
}

/**
 * The backoff after several failures in a row (ms). It doubles each time; the jitter takes off up to half of it.
 *
 * @param failures 1 after the first failure
 * @param random 0 to 1
 */
export function failureBackoff(failures: number, random: number): number {
	const full = Math.min(BACKOFF.failureFirst * 2 ** (failures - 1), BACKOFF.failureLongest);
	return full * (1 - random / 2);
}

function timeOf(value: string): number | undefined {
	if (/^\d+(\.\d+)?$/.test(value)) {
		const number = Number(value);
		return number > 1e11 ? number : number * SECOND;
	}
	// The header's name says UTC, so a time without a zone is in UTC.
	const zoned = /(z|[+-]\d\d:?\d\d|gmt|utc)$/i.test(value) ? value : `${value.replace(' ', 'T')}Z`;
	const parsed = Date.parse(zoned);
	return Number.isNaN(parsed) ? undefined : parsed;
}

/**
 * How long a 429 asks the node to wait (ms). It comes from `x-rate-limit-reset-at-utc` (ISO, or seconds or
 * milliseconds since 1970) or `retry-after` (seconds), and is measured by the server's own clock if the answer has
 * its time.
 *
 * @param headers lower-case names
 * @param now ms since 1970
 * @param random 0 to 1, for the jitter
 */
export function rateLimitBackoff(
	headers: Record<string, string>,
	now: number,
	random: number,
): number {
	const jitter = random * BACKOFF.rateLimitJitter;
	const reset = headers['x-rate-limit-reset-at-utc'];
	const resetAt = reset === undefined ? undefined : timeOf(reset.trim());
	const serverNow = Date.parse(headers.date ?? '') || now;
	const retryAfter = Number(headers['retry-after']);
	let pause = BACKOFF.rateLimitDefault;
	if (resetAt !== undefined) pause = resetAt - serverNow;
	else if (retryAfter > 0) pause = retryAfter * SECOND;
	return Math.min(Math.max(pause, 0), BACKOFF.rateLimitLongest) + jitter;
}

/**
 * The backoff before a retry (ms): the time that a 429 asks for, or a growing one after other failures.
 *
 * @param failures 1 after the first failure
 */
export function backoffAfter(reply: Reply, failures: number): number {
	return isRateLimited(reply)
		? rateLimitBackoff(reply.headers, Date.now(), Math.random())
		: failureBackoff(Math.max(failures, 1), Math.random());
}
