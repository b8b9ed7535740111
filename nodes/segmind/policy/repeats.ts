/**
 * Which requests may be repeated. The one rule that everything hangs on: a submit is a bill, and the
 * service has no idempotency key, so a submit is repeated only when it certainly created no job.
 * Source: Segmind's API documentation, and what others saw billed; a 500 is documented as safe but
 * was seen billed, so it counts as unknown unless the user opts in.
 */
import { wasNeverSent, type Reply } from '../wire/reply';

/**
 * `accepted`: 2xx. `rejected`: certainly no job, and repeating does not help.
 * `repeat`: certainly no job, and repeating may help. `unknown`: a job may exist and be billed.
 */
export type SubmitVerdict = 'accepted' | 'rejected' | 'repeat' | 'unknown';

/** @param retryServerErrors the user's option to repeat a submit that was answered with 500 */
export function judgeSubmit(reply: Reply, retryServerErrors: boolean): SubmitVerdict {
	if (reply.kind === 'failure') return wasNeverSent(reply) ? 'repeat' : 'unknown';
	if (reply.status >= 200 && reply.status < 300) return 'accepted';
	if (reply.status === 429) return 'repeat';
	if (reply.status >= 400 && reply.status < 500) return 'rejected';
	if (reply.status === 500 && retryServerErrors) return 'repeat';
	return 'unknown';
}

/**
 * `answer`: something to read. `final`: asking again does not help. `repeat`: ask again; a GET and an
 * upload cost nothing.
 */
export type ReadVerdict = 'answer' | 'final' | 'repeat';

export function judgeRead(reply: Reply): ReadVerdict {
	if (reply.kind === 'failure') return 'repeat';
	if (reply.status >= 200 && reply.status < 300) return 'answer';
	if (reply.status === 408 || reply.status === 425 || reply.status === 429) return 'repeat';
	// A failed job is answered with 422 on the status and on the result.
	if (reply.status === 422) return 'answer';
	if (reply.status >= 500) return 'repeat';
	return 'final';
}

/** How often a request is repeated before its last reply counts. */
export const TRIES = {
	/** Never sent: host down, name not found, TLS. */
	submitNotSent: 5,
	/** 500 with the user's option on. */
	submitServerError: 3,
	/** Refused by the rate limit; ridden out, for several workers may share an account. */
	rateLimited: 30,
	upload: 5,
	balance: 3,
	history: 3,
	/** A finished video: until the deadline, which this many tries outlast, but never fewer than three. */
	download: 100,
	downloadAtLeast: 3,
	/** What arrives whole but is no video will hardly become one. */
	downloadOther: 5,
};

/** A submit gives up after waiting this long in all for a free slot or a reachable host (ms). */
export const SUBMIT_TOTAL_WAIT = 15 * 60_000;
