/**
 * Submits a job: the one request that costs money. The ledger saves it before the request is sent. The node retries
 * only if the submit certainly created nothing.
 */
import { API } from '../api';
import { failure, success, type Outcome, type Problem } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { backoffAfter } from '../policy/backoff';
import { judgeSubmit, SUBMIT_TOTAL_WAIT, ATTEMPTS } from '../policy/retries';
import { ENDED, refused, skippedProblem, stillInDoubt, stoppedProblem, unclear } from '../problems';
import { submitNow } from '../schedule/send';
import { monotonic } from '../transport/clock';
import { namesCharge, type Reply } from '../transport/reply';
import type { ServiceRequest } from '../transport/request';
import { inFlight } from './known';
import type { LedgerEntry } from './ledger';
import { readRequestId } from './result';
import type { Session } from './session';

export interface SubmitOptions {
	/** The user accepts that a retry after a 500 may cost a second bill. */
	retryOnServerError: boolean;
}

/** Only for a call whose answer waits for the video: how long it took counts, too (ms). */
const heldFor = (request: Omit<ServiceRequest, 'signal'>, since: number) =>
	request.stream ? monotonic() - since : undefined;

/** How many times, in total, the node sends a submit that certainly created nothing. */
function allowedAttempts(reply: Reply): number {
	if (reply.kind === 'failure') return ATTEMPTS.submitNotSent;
	return reply.status === 429 ? ATTEMPTS.rateLimited : ATTEMPTS.submitServerError;
}

/** The user accepted the retry, but the submit may still have created a job. */
const isServerError = (reply: Reply) => reply.kind === 'answer' && reply.status >= 500;

/** What a submit sends, and by which account. */
export const sentBy = ({ account }: Session, { model, body }: LedgerEntry) => ({
	...{ model, body: { ...body } },
	account: account.shared,
});

/**
 * Sends the submit. It retries only while the submit certainly created nothing.
 *
 * @returns the accepted reply, or a problem. If there certainly is no job, the ledger drops the entry. If there may
 * be one, the entry stays in doubt.
 */
export async function sendSubmit(
	session: Session,
	entry: LedgerEntry,
	request: Omit<ServiceRequest, 'signal'>,
	options: SubmitOptions,
): Promise<Outcome<Extract<Reply, { kind: 'answer' }>>> {
	const { ledger, stop } = session;
	let waited = 0;
	let isDoubtful = false;
	const inDoubt = (problem: Problem) => {
		ledger.doubt(entry);
		return failure(problem);
	};
	const giveUp = (problem: Problem, then = problem.message) => {
		if (isDoubtful) return inDoubt(stillInDoubt(entry.submittedAt, then, problem.status));
		ledger.drop(entry);
		return failure(problem);
	};
	for (let attempt = 1; ; attempt++) {
		await session.account.admit(request.stream ? 'call' : 'submit', stop);
		if (stop.pressed) return giveUp(stoppedProblem(), ENDED.stopped);
		if (session.halted) return giveUp(skippedProblem(), ENDED.skipped);
		await ledger.leaves(entry, Date.now());
		// Writing the note took a moment. Both may have happened then.
		if (stop.pressed) return giveUp(stoppedProblem(), ENDED.stopped);
		if (session.halted) return giveUp(skippedProblem(), ENDED.skipped);
		const since = monotonic();
		const arrived = inFlight(entry.hash, sentBy(session, entry));
		const reply = await submitNow(session, request);
		const held = heldFor(request, since);
		const verdict = judgeSubmit(reply, options.retryOnServerError, held);
		const accepted = verdict === 'accepted' && reply.kind === 'answer' ? reply : undefined;
		arrived(accepted && readRequestId(accepted.body));

		if (accepted) return success(accepted);
		// If the node finds the job later, the job did not fail for free.
		if (reply.kind === 'answer' && namesCharge(reply)) ledger.finished(entry);
		if (verdict === 'unknown' || verdict === 'accepted')
			return inDoubt(unclear(reply, entry.submittedAt));
		if (verdict === 'rejected') return giveUp(refused(reply, 'submit'));

		isDoubtful ||= isServerError(reply);
		const pause = backoffAfter(reply, attempt);
		if (attempt >= allowedAttempts(reply) || waited + pause > SUBMIT_TOTAL_WAIT) {
			return isServerError(reply)
				? inDoubt(unclear(reply, entry.submittedAt))
				: giveUp(refused(reply, 'submit'));
		}
		session.log('Segmind did not take the submit yet, trying again', {
			item: entry.item,
			status: reply.kind === 'answer' ? reply.status : reply.code,
			pauseSeconds: Math.round(pause / 1000),
		});
		waited += pause;
		await stop.pause(pause);
	}
}

/**
 * Submits an asynchronous (v2) job.
 *
 * @param model the model's name in the path
 * @param body the complete body for the model
 * @returns the request ID, which the ledger also has
 */
export async function submit(
	session: Session,
	entry: LedgerEntry,
	model: string,
	body: object,
	options: SubmitOptions,
): Promise<Outcome<string>> {
	const sent = await sendSubmit(
		session,
		entry,
		{
			...API.submit(model),
			body,
			timeout: TIMEOUTS.submit,
		},
		options,
	);
	if (!sent.ok) return sent;
	const requestId = readRequestId(sent.value.body);
	if (!requestId) {
		session.ledger.doubt(entry);
		return failure(unclear(sent.value, entry.submittedAt));
	}
	session.ledger.submitted(entry, requestId);
	session.account.submitted(requestId);
	session.log('Segmind accepted the video', { requestId, item: entry.item });
	return success(requestId);
}
