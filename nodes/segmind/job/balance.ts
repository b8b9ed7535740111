/** Reads the account's balance; free, and may be repeated. */
import { API } from '../api';
import { failure, success, type Outcome } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { pauseAfter } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import { refused, stoppedProblem } from '../problems';
import { read } from '../schedule/send';
import type { Session } from './session';

/** USD */
export interface Balance {
	/** Paid and free together. */
	total: number;
	credits: number;
	freeCredits: number;
}

function parse(body: unknown): Balance | undefined {
	const { credits, 'free-credits': free } = (body ?? {}) as Record<string, unknown>;
	if (credits === undefined || !Number.isFinite(Number(credits))) return undefined;
	const freeCredits = Number(free) || 0;
	const total = Math.round((Number(credits) + freeCredits) * 1e6) / 1e6;
	return { total, credits: Number(credits), freeCredits };
}

export async function readBalance(session: Session): Promise<Outcome<Balance>> {
	for (let tries = 1; ; tries++) {
		if (session.stop.pressed) return failure(stoppedProblem());
		const reply = await read(session, 'balance', {
			...API.credits,
			timeout: TIMEOUTS.balance,
		});
		const balance = reply.kind === 'answer' && reply.status === 200 ? parse(reply.body) : undefined;
		if (balance) return success(balance);
		if (judgeRead(reply) === 'final' || tries >= TRIES.balance)
			return failure(refused(reply, 'balance'));
		await session.stop.pause(pauseAfter(reply, tries));
	}
}
