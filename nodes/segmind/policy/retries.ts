/**
 * Which requests may be retried. The most important rule: a submit costs money, and the service has no idempotency
 * key. So the node retries a submit only when it certainly created no job.
 * Source: Segmind's API documentation, and what others were billed for. Segmind documents a retry after 500 as safe,
 * but others were billed for it, so a 500 counts as unknown unless the user turns the option on.
 */
import { isKeyWithheld, namesCharge, wasNeverSent, type Reply } from '../transport/reply';

/**
 * `accepted`: 2xx. `rejected`: certainly no job, and a retry does not help. `retry`: certainly no job (or a 500 with
 * the user's option), and a retry may help. `unknown`: a job may exist and be billed.
 */
export type SubmitVerdict = 'accepted' | 'rejected' | 'retry' | 'unknown';

/**
 * The refusals of a submit that certainly created no job. Any other status is in doubt, and doubt is `unknown`.
 * Gateways invent statuses when the service behind them is silent, or when a connection broke after the request had
 * passed: 408 (many), 460 (AWS load balancers), 499 (nginx), 440, 444, 520 to 530 (Cloudflare). A 409 or 423 may come
 * from a gateway's own retry after its first attempt created the job.
 */
export const REFUSALS: ReadonlyArray<{ statuses: readonly number[]; why: string }> = [
	{
		statuses: [400, 401, 403, 404, 406, 410, 422, 429],
		why: "Segmind's API documentation: not accepted, not billed",
	},
	{
		statuses: [402, 407],
		why: 'RFC 9110: refused for want of payment, or by a proxy for want of its own password',
	},
	{
		statuses: [405, 411, 412, 413, 414, 415, 416, 417, 426, 428, 431, 451],
		why: 'RFC 9110, 6585 and 7725: refused for its form, its size or its address, before it was carried out',
	},
	{
		statuses: [421, 425],
		why: 'RFC 9110 and 8470: the server says that it did not process the request, so that it may be sent again',
	},
];

/**
 * ms after which the answer to a synchronous call says more than whether the request was accepted: the service
 * refuses a body at once, and a video takes minutes.
 */
export const ADMISSION = { longest: 15_000 };

const REFUSED = new Set(REFUSALS.flatMap(({ statuses }) => statuses));

/** Whether a submit with this answer certainly created no job. */
export function isRefusal(status: number): boolean {
	return REFUSED.has(status);
}

/** Whether the service says that the job itself failed. A failed job costs nothing. */
function saysFailed(body: unknown): boolean {
	const { status } = (body ?? {}) as { status?: unknown };
	return typeof status === 'string' && status.toUpperCase() === 'FAILED';
}

/**
 * @param retryServerErrors the user's option to retry a submit that was answered with 500
 * @param heldFor ms that a synchronous call took. After a while only a body that says FAILED is a refusal: the job
 * was running, and the answer may come from any server on the way
 */
export function judgeSubmit(reply: Reply, retryServerErrors: boolean, heldFor = 0): SubmitVerdict {
	if (reply.kind === 'failure') {
		if (isKeyWithheld(reply)) return 'rejected';
		return wasNeverSent(reply) ? 'retry' : 'unknown';
	}
	if (reply.status >= 200 && reply.status < 300) return 'accepted';
	if (namesCharge(reply)) return 'unknown';
	if (heldFor > ADMISSION.longest) return saysFailed(reply.body) ? 'rejected' : 'unknown';
	if (reply.status === 429) return 'retry';
	if (isRefusal(reply.status)) return 'rejected';
	if (reply.status === 500 && retryServerErrors) return 'retry';
	return 'unknown';
}

/**
 * `answer`: something to read. `final`: a retry does not help. `retry`: a retry may help, and it is free: GETs and
 * uploads cost nothing.
 */
export type ReadVerdict = 'answer' | 'final' | 'retry';

/** Refusals that do not last: those of the rate limit, and those that gateways invent. */
const PASSING = new Set([408, 421, 425, 429, 460, 499]);

export function judgeRead(reply: Reply): ReadVerdict {
	if (reply.kind === 'failure') return isKeyWithheld(reply) ? 'final' : 'retry';
	if (reply.status >= 200 && reply.status < 300) return 'answer';
	if (PASSING.has(reply.status)) return 'retry';
	// For a failed job, status and result answer 422.
	if (reply.status === 422) return 'answer';
	if (reply.status >= 500) return 'retry';
	return 'final';
}

/** Attempts before the last reply counts. */
export const ATTEMPTS = {
	/** Never sent: host down, name not found, TLS. */
	submitNotSent: 5,
	/** 500 with the user's option on. */
	submitServerError: 3,
	/** Refused by the rate limit. Many, because several workers may share an account. */
	rateLimited: 30,
	upload: 5,
	balance: 3,
	history: 3,
	/**
	 * A finished video is retried until the deadline, which comes before this many attempts, but at least three times.
	 */
	download: 100,
	downloadAtLeast: 3,
	/** For an answer that arrives whole but is not a video: it will hardly change. */
	downloadOther: 5,
};

/** A submit gives up after it has waited this long in total for the rate limit or a reachable host (ms). */
export const SUBMIT_TOTAL_WAIT = 15 * 60_000;
