/** Reads the account's balance. It is free and may be retried. */
import { API } from '../api';
import { failure, success, type Outcome } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { backoffAfter } from '../policy/backoff';
import { judgeRead, ATTEMPTS } from '../policy/retries';
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
	for (let attempts = 1; ; attempts++) {
		if (session.stop.pressed) return failure(stoppedProblem());
		const reply = await read(session, 'balance', {
			...API.credits,
			timeout: TIMEOUTS.balance,
		});
		const balance = reply.kind === 'answer' && reply.status === 200 ? parse(reply.body) : undefined;
		if (balance) return success(balance);
		if (judgeRead(reply) === 'final' || attempts >= ATTEMPTS.balance)
			return failure(refused(reply, 'balance'));
		await session.stop.pause(backoffAfter(reply, attempts));
	}
}
