/** One free call that asks how a job stands, and what it says. */
import { API } from '../api';
import { withDetail } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { rateLimitPause } from '../policy/pauses';
import { judgeRead } from '../policy/repeats';
import { refused } from '../problems';
import { readNow } from '../schedule/send';
import { errorText } from '../wire/errorText';
import { isRateLimited, type Answer, type Reply } from '../wire/reply';
import { readJob, type Reading } from './result';
import type { Session } from './session';

export type Look =
	| (Exclude<Reading, { state: 'unreadable' }> & { httpStatus: number })
	/** 404: unknown, expired, or not known everywhere yet. */
	| { state: 'gone'; reply: Answer }
	/** Refused: asking again does not help. */
	| { state: 'refused'; reply: Answer }
	/** The result was asked for early, and the answer says nothing of the job: its status must. */
	| { state: 'unclear' }
	/** Nothing was learned. `pause`: ms, where a rate limit names one. */
	| { state: 'fault'; words: string; pause?: number };

/** What is asked for. `early`: the result, although nobody knows whether it is there. */
export type Part = 'status' | 'result' | 'early';

const hasStatus = (body: unknown) =>
	typeof (body as { status?: unknown } | null | undefined)?.status === 'string';

/** One GET of the status or the result; its turn has come. */
export async function look(session: Session, requestId: string, part: Part): Promise<Look> {
	const asked = part === 'early' ? 'result' : part;
	const request = { ...API[asked](requestId), timeout: TIMEOUTS[asked] };
	const seen = seenIn(await readNow(session, request), part === 'early');
	if (asked === 'result' && seen.state === 'completed') session.account.fetched(requestId);
	return seen;
}

function seenIn(reply: Reply, isEarly: boolean): Look {
	const verdict = judgeRead(reply);
	if (reply.kind === 'failure' || verdict === 'repeat') {
		const pause = isRateLimited(reply)
			? rateLimitPause(reply.headers, Date.now(), Math.random())
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
	// Without a status it may be about anything: its URL need not be the video's. A cut body is a fault.
	if (isEarly && typeof body === 'object' && !hasStatus(body)) return { state: 'unclear' };
	const reading = readJob(body, status, Date.now());
	if (reading.state !== 'unreadable') return { ...reading, httpStatus: status };
	// A cut body says nothing, nor does the page of a firewall.
	const words = withDetail(`status ${status} and nothing readable`, errorText(body));
	return { state: 'fault', words };
}
