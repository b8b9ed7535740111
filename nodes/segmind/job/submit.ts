/**
 * Submits a job: the one request that costs money. The ledger knows of it before it leaves; it is
 * repeated only when it certainly created nothing.
 */
import { API } from '../api';
import { failure, success, type Outcome, type Problem } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { pauseAfter } from '../policy/pauses';
import { judgeSubmit, SUBMIT_TOTAL_WAIT, TRIES } from '../policy/repeats';
import { ENDED, refused, skippedProblem, stillInDoubt, stoppedProblem, unclear } from '../problems';
import { submitNow } from '../schedule/send';
import { monotonic } from '../wire/clock';
import type { Reply } from '../wire/reply';
import type { ServiceRequest } from '../wire/request';
import { inFlight } from './known';
import type { LedgerEntry } from './ledger';
import { readRequestId } from './result';
import type { Session } from './session';

export interface SubmitOptions {
	/** The user accepts the risk of a second bill after a 500. */
	retryOnServerError: boolean;
}

/** A call that is answered when the video is made is judged by when it is answered, too. */
const heldFor = (request: Omit<ServiceRequest, 'signal'>, since: number) =>
	request.stream ? monotonic() - since : undefined;

/** How often a submit that certainly created nothing is sent in all. */
function allowedTries(reply: Reply): number {
	if (reply.kind === 'failure') return TRIES.submitNotSent;
	return reply.status === 429 ? TRIES.rateLimited : TRIES.submitServerError;
}

/** The user accepted the risk of repeating it, but the doubt whether it created a job remains. */
const isServerError = (reply: Reply) => reply.kind === 'answer' && reply.status >= 500;

/**
 * Sends the submit, again only while it certainly created nothing.
 *
 * @returns the reply that was accepted; a problem otherwise, with the entry dropped from the ledger
 * where there certainly is no job, and left in doubt where there may be one
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
		// Writing the note took a moment, in which either may have happened.
		if (stop.pressed) return giveUp(stoppedProblem(), ENDED.stopped);
		if (session.halted) return giveUp(skippedProblem(), ENDED.skipped);
		const since = monotonic();
		const arrived = inFlight(entry.hash, { model: entry.model, body: { ...entry.body } });
		const reply = await submitNow(session, request);
		const held = heldFor(request, since);
		const verdict = judgeSubmit(reply, options.retryOnServerError, held);
		const accepted = verdict === 'accepted' && reply.kind === 'answer' ? reply : undefined;
		arrived(accepted && readRequestId(accepted.body));

		if (accepted) return success(accepted);
		if (verdict === 'unknown' || verdict === 'accepted')
			return inDoubt(unclear(reply, entry.submittedAt));
		if (verdict === 'rejected') return giveUp(refused(reply, 'submit'));

		isDoubtful ||= isServerError(reply);
		const pause = pauseAfter(reply, attempt);
		if (attempt >= allowedTries(reply) || waited + pause > SUBMIT_TOTAL_WAIT) {
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
 * @param body what the model takes, complete
 * @returns the request ID, which the ledger has as well
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
