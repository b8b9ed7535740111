/**
 * How long to pause between requests. Pure functions; all times in milliseconds.
 */
import { isRateLimited, type Reply } from '../wire/reply';

const SECOND = 1000;

/** Numbers of the pauses; data, so that the reasons stand beside them. */
export const PAUSES = {
	/** The first look at a new job: a bad body fails within a second. */
	firstStatus: 1 * SECOND,
	/** Then the pause grows with the job's age by this share, */
	statusShare: 0.25,
	/** up to this: a mean delay of 2.6 s between completion and noticing, 56 calls for a 250 s job. */
	statusLongest: 5.2 * SECOND,
	/** After a failed request: this, doubled each time, */
	failureFirst: 1 * SECOND,
	/** up to this. */
	failureLongest: 30 * SECOND,
	/** A 429 that names no time. */
	rateLimitDefault: 20 * SECOND,
	/** A 429 that names a time far off is asked again after this. */
	rateLimitLongest: 120 * SECOND,
	/** Spread behind a rate limit's reset, so that workers do not all come back at once. */
	rateLimitJitter: 2 * SECOND,
};

/**
 * The pause before the next status call.
 *
 * @param age ms since the job was submitted
 */
export function statusPause(age: number): number {
	const grown = Math.max(age, 0) * PAUSES.statusShare;
	return Math.min(Math.max(PAUSES.firstStatus, grown), PAUSES.statusLongest);
}

/**
 * The pause after failures in a row: doubling, with a jitter of up to a half.
 *
 * @param failures 1 after the first failure
 * @param random 0 to 1
 */
export function failurePause(failures: number, random: number): number {
	const full = Math.min(PAUSES.failureFirst * 2 ** (failures - 1), PAUSES.failureLongest);
	return full * (1 - random / 2);
}

function timeOf(value: string): number | undefined {
	if (/^\d+(\.\d+)?$/.test(value)) {
		const number = Number(value);
		return number > 1e11 ? number : number * SECOND;
	}
	// The header's name says UTC, so a time without a zone is one.
	const zoned = /(z|[+-]\d\d:?\d\d|gmt|utc)$/i.test(value) ? value : `${value.replace(' ', 'T')}Z`;
	const parsed = Date.parse(zoned);
	return Number.isNaN(parsed) ? undefined : parsed;
}

/**
 * How long a 429 asks to wait, from `x-rate-limit-reset-at-utc` (ISO, or seconds or milliseconds
 * since 1970) or `retry-after` (seconds), measured by the server's own clock where it gives one.
 *
 * @param headers lower-case names
 * @param now ms since 1970
 * @param random 0 to 1, for the jitter
 */
export function rateLimitPause(
	headers: Record<string, string>,
	now: number,
	random: number,
): number {
	const jitter = random * PAUSES.rateLimitJitter;
	const reset = headers['x-rate-limit-reset-at-utc'];
	const resetAt = reset === undefined ? undefined : timeOf(reset.trim());
	const serverNow = Date.parse(headers.date ?? '') || now;
	const retryAfter = Number(headers['retry-after']);
	let pause = PAUSES.rateLimitDefault;
	if (resetAt !== undefined) pause = resetAt - serverNow;
	else if (retryAfter > 0) pause = retryAfter * SECOND;
	return Math.min(Math.max(pause, 0), PAUSES.rateLimitLongest) + jitter;
}

/**
 * The pause before a request is repeated: what a 429 asks for, a growing one after other failures.
 *
 * @param failures 1 after the first failure
 */
export function pauseAfter(reply: Reply, failures: number): number {
	return isRateLimited(reply)
		? rateLimitPause(reply.headers, Date.now(), Math.random())
		: failurePause(Math.max(failures, 1), Math.random());
}
