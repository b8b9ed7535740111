/**
 * Which requests may be repeated. The one rule that everything hangs on: a submit is a bill, and the
 * service has no idempotency key, so a submit is repeated only when it certainly created no job.
 * Source: Segmind's API documentation, and what others saw billed; a 500 is documented as safe but
 * was seen billed, so it counts as unknown unless the user opts in.
 */
import { isKeyWithheld, wasNeverSent, type Reply } from '../wire/reply';

/**
 * `accepted`: 2xx. `rejected`: certainly no job, and repeating does not help.
 * `repeat`: certainly no job, and repeating may help. `unknown`: a job may exist and be billed.
 */
export type SubmitVerdict = 'accepted' | 'rejected' | 'repeat' | 'unknown';

/**
 * The refusals of a submit after which there certainly is no job. Any other status is in doubt, and doubt is
 * `unknown`: gateways invent statuses for a service behind them that is silent, or for a connection that broke
 * when the request had passed: 408 (many), 460 (AWS load balancers), 499 (nginx), 440, 444, 520 to 530 (Cloudflare). A 409 or 423
 * may come of a gateway's own second try, when the first one has created the job.
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
 * ms after which the answer to a synchronous call is more than a word about the request: a body is refused at once,
 * and a video takes minutes.
 */
export const ADMISSION = { longest: 15_000 };

const REFUSED = new Set(REFUSALS.flatMap(({ statuses }) => statuses));

/** Whether a submit that was answered with this status certainly created no job. */
export function isRefusal(status: number): boolean {
	return REFUSED.has(status);
}

/** The service says of the job itself that it failed: it costs nothing. */
function saysFailed(body: unknown): boolean {
	const { status } = (body ?? {}) as { status?: unknown };
	return typeof status === 'string' && status.toUpperCase() === 'FAILED';
}

/**
 * @param retryServerErrors the user's option to repeat a submit that was answered with 500
 * @param heldFor ms that a synchronous call took: after a while only a body that says FAILED is a refusal, for
 * the job was under way, and the answer may come from anything between it and here
 */
export function judgeSubmit(reply: Reply, retryServerErrors: boolean, heldFor = 0): SubmitVerdict {
	if (reply.kind === 'failure') {
		if (isKeyWithheld(reply)) return 'rejected';
		return wasNeverSent(reply) ? 'repeat' : 'unknown';
	}
	if (reply.status >= 200 && reply.status < 300) return 'accepted';
	if (heldFor > ADMISSION.longest) return saysFailed(reply.body) ? 'rejected' : 'unknown';
	if (reply.status === 429) return 'repeat';
	if (isRefusal(reply.status)) return 'rejected';
	if (reply.status === 500 && retryServerErrors) return 'repeat';
	return 'unknown';
}

/**
 * `answer`: something to read. `final`: asking again does not help. `repeat`: ask again; a GET and an
 * upload cost nothing.
 */
export type ReadVerdict = 'answer' | 'final' | 'repeat';

/** Refusals that pass: of the rate limit, and those that gateways invent. */
const PASSING = new Set([408, 421, 425, 429, 460, 499]);

export function judgeRead(reply: Reply): ReadVerdict {
	if (reply.kind === 'failure') return isKeyWithheld(reply) ? 'final' : 'repeat';
	if (reply.status >= 200 && reply.status < 300) return 'answer';
	if (PASSING.has(reply.status)) return 'repeat';
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
