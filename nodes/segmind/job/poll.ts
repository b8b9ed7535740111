/** One free call that polls a job, and what its answer says. */
import { API } from '../api';
import { withDetail } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { rateLimitBackoff } from '../policy/backoff';
import { judgeRead } from '../policy/retries';
import { refused } from '../problems';
import { readNow } from '../schedule/send';
import { errorText } from '../transport/errorText';
import { isRateLimited, type Answer, type Reply } from '../transport/reply';
import { readJob, type Reading } from './result';
import type { Session } from './session';

export type Polled =
	| (Exclude<Reading, { state: 'unreadable' }> & { httpStatus: number })
	/** 404: unknown, expired, or not known everywhere yet. */
	| { state: 'gone'; reply: Answer }
	/** Refused: a retry does not help. */
	| { state: 'refused'; reply: Answer }
	/** An early poll of the result whose answer says nothing about the job. The node must poll the status. */
	| { state: 'unclear' }
	/** Nothing was learned. `pause`: ms, if a rate limit names a time. */
	| { state: 'fault'; words: string; pause?: number };

/** What to poll. `early`: the result, before anybody knows that it is there. */
export type Part = 'status' | 'result' | 'early';

const hasStatus = (body: unknown) =>
	typeof (body as { status?: unknown } | null | undefined)?.status === 'string';

/** One GET of the status or the result. Its turn has come. */
export async function poll(session: Session, requestId: string, part: Part): Promise<Polled> {
	const asked = part === 'early' ? 'result' : part;
	const request = { ...API[asked](requestId), timeout: TIMEOUTS[asked] };
	const seen = seenIn(await readNow(session, request), part === 'early');
	if (asked === 'result' && seen.state === 'completed') session.account.fetched(requestId);
	return seen;
}

function seenIn(reply: Reply, isEarly: boolean): Polled {
	const verdict = judgeRead(reply);
	if (reply.kind === 'failure' || verdict === 'retry') {
		const pause = isRateLimited(reply)
			? rateLimitBackoff(reply.headers, Date.now(), Math.random())
			: undefined;
		return { state: 'fault', words: refused(reply, 'read').message, pause };
	}
	const { status, body } = reply;
	if (isEarly && status === 202 && !hasStatus(body)) {
		return { state: 'running', status: 'PROCESSING', httpStatus: status };
	}
	if (verdict === 'final') {
		if (isEarly) return { state: 'unclear' };
		return { state: status === 404 ? 'gone' : 'refused', reply };
	}
	// Without a status, it may be about anything, and its URL may not be the video's. A cut body is a fault.
	if (isEarly && typeof body === 'object' && !hasStatus(body)) return { state: 'unclear' };
	const reading = readJob(body, status, Date.now());
	if (reading.state !== 'unreadable') return { ...reading, httpStatus: status };
	// A cut body says nothing. Neither does the page of a firewall.
	const words = withDetail(`status ${status} and nothing readable`, errorText(body));
	return { state: 'fault', words };
}
