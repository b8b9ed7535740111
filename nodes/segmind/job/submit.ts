/**
 * Submits a job: the one request that costs money. The ledger knows of it before it leaves; it is
 * repeated only when it certainly created nothing.
 */
import { TIMEOUTS } from '../policy/limits';
import { CONSOLE_URL, meaningOf } from '../policy/meanings';
import { pauseAfter } from '../policy/pauses';
import { judgeSubmit, SUBMIT_TOTAL_WAIT, TRIES } from '../policy/repeats';
import { monotonic } from '../wire/clock';
import { errorText } from '../wire/errorText';
import { describeFailure, type Reply } from '../wire/reply';
import type { ServiceRequest } from '../wire/request';
import { inFlight } from './known';
import type { LedgerEntry } from './ledger';
import {
	ENDED,
	failure,
	refused,
	sentences,
	skippedProblem,
	stoppedProblem,
	success,
	utc,
	withDetail,
	type Outcome,
	type Problem,
} from './problem';
import { readRequestId } from './result';
import { order, type Session } from './session';

export interface SubmitOptions {
	/** The user accepts the risk of a second bill after a 500. */
	retryOnServerError: boolean;
}

/** A call that is answered when the video is made is judged by when it is answered, too. */
const heldFor = (request: Omit<ServiceRequest, 'signal'>, since: number) =>
	request.stream ? monotonic() - since : undefined;

/** Where a person finds out what became of a submit. */
export const CONSOLE = `the Segmind console (${CONSOLE_URL}), under Generations`;

/**
 * A submit of which nobody knows whether it created a job.
 *
 * @param what what happened
 * @param submittedAt ms since 1970
 * @param looked what was found out in the account's history, as a sentence
 */
export function unknownOutcome(what: string, submittedAt: number, looked?: string): Problem {
	const time = utc(submittedAt);
	return {
		kind: 'service',
		message: sentences(
			`It is unknown whether this video was submitted: ${what}`,
			'A job may exist at Segmind and may be billed, so it was not submitted again',
			looked,
			`Before you generate it again, check ${CONSOLE}, for a video started at ${time}`,
		),
		description:
			'If it is there, fetch it with the Get operation and its request ID. Retry in the executions list looks again and pays nothing. To submit it again all the same, turn on the option "Resubmit If Unknown" and retry with the currently saved workflow.',
		billed: 'possibly',
		details: { submittedAt: new Date(submittedAt).toISOString() },
	};
}

function unclear(reply: Reply, { submittedAt }: LedgerEntry): Problem {
	if (reply.kind === 'failure') return unknownOutcome(describeFailure(reply), submittedAt);
	const text = errorText(reply.body);
	const what =
		reply.status >= 200 && reply.status < 300
			? 'Segmind accepted it, but its answer has no readable request ID'
			: withDetail(
					`${meaningOf(reply.status, 'submit', text).title} (status ${reply.status})`,
					text,
				);
	return { ...unknownOutcome(what, submittedAt), status: reply.status };
}

/** How often a submit that certainly created nothing is sent in all. */
function allowedTries(reply: Reply): number {
	if (reply.kind === 'failure') return TRIES.submitNotSent;
	return reply.status === 429 ? TRIES.rateLimited : TRIES.submitServerError;
}

/** The user accepted the risk of repeating it, but the doubt whether it created a job remains. */
const isServerError = (reply: Reply) => reply.kind === 'answer' && reply.status >= 500;

/** The attempt before may have created a job, so what ends the submit now does not end the doubt. */
function stillInDoubt(entry: LedgerEntry, then: string, status?: number): Problem {
	const what = `Segmind answered an attempt with a server error, and then: ${then}`;
	return { ...unknownOutcome(what, entry.submittedAt), status };
}

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
		if (isDoubtful) return inDoubt(stillInDoubt(entry, then, problem.status));
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
		const reply = await order(session, request);
		const held = heldFor(request, since);
		const verdict = judgeSubmit(reply, options.retryOnServerError, held);
		const accepted = verdict === 'accepted' && reply.kind === 'answer' ? reply : undefined;
		arrived(accepted && readRequestId(accepted.body));

		if (accepted) return success(accepted);
		if (verdict === 'unknown' || verdict === 'accepted') return inDoubt(unclear(reply, entry));
		if (verdict === 'rejected') return giveUp(refused(reply, 'submit'));

		isDoubtful ||= isServerError(reply);
		const pause = pauseAfter(reply, attempt);
		if (attempt >= allowedTries(reply) || waited + pause > SUBMIT_TOTAL_WAIT) {
			return isServerError(reply)
				? inDoubt(unclear(reply, entry))
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
			method: 'POST',
			service: 'gateway',
			path: `/v2/${encodeURIComponent(model)}`,
			body,
			timeout: TIMEOUTS.submit,
		},
		options,
	);
	if (!sent.ok) return sent;
	const requestId = readRequestId(sent.value.body);
	if (!requestId) {
		session.ledger.doubt(entry);
		return failure(unclear(sent.value, entry));
	}
	session.ledger.submitted(entry, requestId);
	session.account.submitted(requestId);
	session.log('Segmind accepted the video', { requestId, item: entry.item });
	return success(requestId);
}
