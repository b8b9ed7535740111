/**
 * The life of one item's job. The node takes it over from an earlier attempt or submits it, then waits for it.
 */
import type { IDataObject } from 'n8n-workflow';

import { findJob } from '../../../segmind/job/doubt';
import type { LedgerEntry } from '../../../segmind/job/ledger';
import { noteTime } from '../../../segmind/job/notes';
import type { VideoResult } from '../../../segmind/job/result';
import type { Session } from '../../../segmind/job/session';
import { submit } from '../../../segmind/job/submit';
import { callSynchronously } from '../../../segmind/job/synchronous';
import { wait } from '../../../segmind/job/wait';
import {
	failure,
	sentences,
	success,
	utc,
	type Outcome,
	type Problem,
} from '../../../segmind/outcome';
import {
	ENDED,
	skippedProblem,
	stoppedProblem,
	unknownOutcome,
	videoGone,
} from '../../../segmind/problems';
import type { StoredFile } from '../../../segmind/transfer/store';
import { upload } from '../../../segmind/transfer/upload';
import { filesOf, kindOf, uploadedBody } from '../../models/request';
import { askedOf, videoFileName } from './output';
import { needsSubmit, type Plan } from './plan';
import { addressesIn } from './wanted';

/** A job that is done. */
export interface DoneJob {
	entry: LedgerEntry;
	result: VideoResult;
	/** The file, if a synchronous call brought it. */
	stored?: StoredFile;
}

/** The body, with its files as URLs that Segmind can fetch. */
async function placedBody(session: Session, { request }: Plan): Promise<Outcome<IDataObject>> {
	const urls = new Map<string, string>();
	for (const file of filesOf(request)) {
		const url = await upload(session, file);
		if (!url.ok) return url;
		urls.set(file.hash, url.value);
	}
	return success(uploadedBody(request, urls));
}

/** Waits while another retry of the same execution submits this video: its answer counts for both. */
async function awaitOther(session: Session, plan: Plan): Promise<void> {
	const { ledger, notes, stop } = session;
	const isOthers = plan.entry && ledger.isSubmittedElsewhere(plan.entry);
	while (plan.entry && ledger.isSubmittedElsewhere(plan.entry) && !stop.pressed) {
		await stop.pause(OTHER_SUBMIT);
	}
	if (plan.entry && !ledger.counts(plan.entry)) plan.entry = undefined;
	// The last of the two to end lets the note go.
	if (isOthers && plan.entry?.note) notes.share(plan.entry.note);
}

/** ms between two checks whether another run's submit was answered. */
const OTHER_SUBMIT = 250;

/**
 * Looks in the account's history for a job that may or may not exist, and for equal ones of earlier attempts.
 *
 * @returns the entry of the job that exists
 */
async function settleDoubt(
	session: Session,
	entry: LedgerEntry,
	problem: Problem,
): Promise<Outcome<LedgerEntry>> {
	// A synchronous call that broke off has named its request, and the node has polled it already.
	if (entry.requestId) return failure(problem);
	const doubts = [entry, ...session.ledger.doubtsBeside(entry)];
	const [looked] = await Promise.all(doubts.map(async (one) => await findJob(session, one)));
	const found = doubts.find(({ requestId }) => requestId);
	if (found) return success(found);
	return failure({ ...problem, message: sentences(problem.message, looked) });
}

/** The user wanted another video, or accepted that it may be a second bill. */
function tellNewTake({ warn }: Session, { item, newTake }: Plan): void {
	if (!newTake) return;
	warn(
		`Item ${item}: a new video is paid, although an earlier execution submitted the same one at ${utc(noteTime(newTake.note))} and did not deliver it`,
	);
}

/**
 * The video exists, and the user accepted that earlier ones may also be billed. While it is in doubt itself, any of
 * them may be the only one.
 *
 * @param before the job of an earlier attempt
 */
function replace({ ledger, notes }: Session, { newTake }: Plan, before?: LedgerEntry): void {
	if (before) ledger.drop(before);
	if (newTake?.replaces) notes.erase([newTake.note]);
}

const EARLIER_ATTEMPT =
	'an earlier attempt of this execution ended before the answer of Segmind came';

/**
 * Submits the plan's job, unless an earlier attempt has.
 *
 * @param send sends the submit; its value is returned next to the entry
 * @returns the ledger's entry, with its request ID if the service named one
 */
async function ensureSent<T>(
	session: Session,
	plan: Plan,
	send: (entry: LedgerEntry, body: IDataObject) => Promise<Outcome<T>>,
): Promise<Outcome<{ entry: LedgerEntry; sent?: T }>> {
	const { ledger, stop } = session;
	await awaitOther(session, plan);
	const { entry: before, options } = plan;
	if (before && !needsSubmit(plan)) return success({ entry: before });
	if (before) {
		const doubt = unknownOutcome(EARLIER_ATTEMPT, before.submittedAt);
		const settled = await settleDoubt(session, before, doubt);
		if (settled.ok) {
			plan.entry = settled.value;
			return success({ entry: settled.value });
		}
		if (!options.resubmitUnknown || stop.pressed) return settled;
	}
	const body = await placedBody(session, plan);
	if (!body.ok)
		return before ? failure(inDoubt(before, body.problem.message, body.problem.status)) : body;
	if (stop.pressed) return failure(before ? inDoubt(before, ENDED.stopped) : stoppedProblem());
	if (session.halted) return failure(before ? inDoubt(before, ENDED.skipped) : skippedProblem());
	plan.entry = ledger.join(plan);
	if (plan.entry) return await ensureSent(session, plan, send);
	// The values that are sent now: an earlier attempt may have sent others.
	plan.asked = askedOf(plan.request);
	const addresses = addressesIn(plan.request, body.value);
	const entry = ledger.open(plan, body.value, Date.now(), addresses);
	plan.entry = entry;
	plan.waitSince = undefined;
	const sent = await send(entry, body.value);
	if (ledger.counts(entry)) tellNewTake(session, plan);
	if (sent.ok) {
		replace(session, plan, before);
		return success({ entry, sent: sent.value });
	}
	if (!ledger.counts(entry)) {
		// This refusal says nothing about the earlier attempt.
		plan.entry = before;
		return before ? failure(inDoubt(before, sent.problem.message, sent.problem.status)) : sent;
	}
	const settled = await settleDoubt(session, entry, sent.problem);
	if (!settled.ok) return settled;
	replace(session, plan);
	plan.entry = settled.value;
	return success({ entry: settled.value });
}

/** The new attempt created no job, but the earlier one may have. */
function inDoubt(before: LedgerEntry, then: string, status?: number): Problem {
	return {
		...unknownOutcome(`${EARLIER_ATTEMPT}. This time: ${then}`, before.submittedAt),
		status,
	};
}

/**
 * Submits the plan's job, unless an earlier attempt has.
 *
 * @returns the ledger's entry, with its request ID
 */
export async function ensureSubmitted(session: Session, plan: Plan): Promise<Outcome<LedgerEntry>> {
	const done = await ensureSent(
		session,
		plan,
		async (entry, body) =>
			await submit(session, entry, plan.model, body, {
				retryOnServerError: plan.options.retrySubmitOnServerError,
			}),
	);
	return done.ok ? success(done.value.entry) : done;
}

/** @returns undefined in the outcome if an earlier attempt has submitted it, and it must be polled */
async function finishSynchronously(
	session: Session,
	plan: Plan,
): Promise<Outcome<DoneJob | undefined>> {
	const done = await ensureSent(
		session,
		plan,
		async (entry, body) =>
			await callSynchronously(
				session,
				entry,
				{
					model: plan.model,
					body,
					timeout: plan.options.maxWait,
					fileName: (requestId) => videoFileName(plan.options.fileName, requestId),
				},
				{ retryOnServerError: plan.options.retrySubmitOnServerError },
			),
	);
	if (!done.ok) return done;
	const { entry, sent } = done.value;
	return success(sent && { entry, ...sent });
}

/** A failed job costs nothing. A retry submits it again and uploads its files again. */
function forget(session: Session, { request }: Plan, entry: LedgerEntry): void {
	session.ledger.drop(entry);
	for (const { hash } of filesOf(request)) session.ledger.forgetUpload(hash);
}

async function finishAsynchronously(session: Session, plan: Plan): Promise<Outcome<DoneJob>> {
	const submitted = await ensureSubmitted(session, plan);
	if (!submitted.ok) return submitted;
	const entry = submitted.value;
	const { requestId, submittedAt } = entry;
	if (!requestId) return failure(videoGone());
	const ended = await wait(session, {
		requestId,
		submittedAt,
		deadline: (plan.waitSince ?? submittedAt) + plan.options.maxWait,
		kind: kindOf(plan.request),
		isFinished: entry.isFinished,
		onFinished: () => session.ledger.finished(entry),
	});
	if (!ended.ok) return ended;
	if (ended.value.state === 'failed') {
		forget(session, plan, entry);
		return failure(ended.value.problem);
	}
	if (ended.value.state !== 'completed') {
		return failure(unknownOutcome('it has not ended', submittedAt));
	}
	session.ledger.completed(entry, ended.value.result);
	return success({ entry, result: ended.value.result });
}

/** The file that an earlier attempt stored, if n8n still has it. */
async function storedFile(session: Session, entry: LedgerEntry): Promise<StoredFile | undefined> {
	if (!entry.binary?.id) return undefined;
	try {
		const { fileSize } = await session.context.helpers.getBinaryMetadata(entry.binary.id);
		return { binary: entry.binary, size: fileSize };
	} catch {
		return undefined;
	}
}

/** Runs a plan's job to its end. */
export async function finish(session: Session, plan: Plan): Promise<Outcome<DoneJob>> {
	const { entry } = plan;
	if (entry?.state === 'completed' && entry.result) {
		const stored = await storedFile(session, entry);
		// Otherwise the node polls the request again: its file was never stored, or is gone.
		if (stored || entry.result.videoUrl) return success({ entry, result: entry.result, stored });
	}
	if (plan.options.apiVersion === 'v1' && needsSubmit(plan)) {
		const done = await finishSynchronously(session, plan);
		if (!done.ok) return done;
		if (done.value) return success(done.value);
	}
	return await finishAsynchronously(session, plan);
}
