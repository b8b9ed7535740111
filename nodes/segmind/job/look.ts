/** One free call that asks how a job stands, and what it says. */
import { API } from '../api';
import { withDetail } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { rateLimitPause } from '../policy/pauses';
import { judgeRead } from '../policy/repeats';
import { refused } from '../problems';
import { read } from '../schedule/send';
import { errorText } from '../wire/errorText';
import { isRateLimited, type Answer } from '../wire/reply';
import { readJob, type Reading } from './result';
import type { Session } from './session';

export type Look =
	| (Exclude<Reading, { state: 'unreadable' }> & { httpStatus: number })
	/** 404: unknown, expired, or not known everywhere yet. */
	| { state: 'gone'; reply: Answer }
	/** Refused: asking again does not help. */
	| { state: 'refused'; reply: Answer }
	/** Nothing was learned. `pause`: ms, where a rate limit names one. */
	| { state: 'fault'; words: string; pause?: number };

/** One GET of the status or the result, in the account's turn. */
export async function look(
	session: Session,
	requestId: string,
	part: 'status' | 'result',
): Promise<Look> {
	const request = { ...API[part](requestId), timeout: TIMEOUTS[part] };
	const reply = await read(session, part, request, requestId);
	const verdict = judgeRead(reply);
	if (reply.kind === 'failure' || verdict === 'repeat') {
		const pause = isRateLimited(reply)
			? rateLimitPause(reply.headers, Date.now(), Math.random())
			: undefined;
		return { state: 'fault', words: refused(reply, 'read').message, pause };
	}
	const { status } = reply;
	if (verdict === 'final') return { state: status === 404 ? 'gone' : 'refused', reply };
	const reading = readJob(reply.body, status, Date.now());
	if (reading.state !== 'unreadable') return { ...reading, httpStatus: status };
	// A cut body says nothing, nor does the page of a firewall.
	const words = withDetail(`status ${status} and nothing readable`, errorText(reply.body));
	return { state: 'fault', words };
}
