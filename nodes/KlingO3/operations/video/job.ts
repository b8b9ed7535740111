/**
 * The life of one item's job: picked up where an earlier try left it, or submitted; then waited for.
 */
import type { IDataObject } from 'n8n-workflow';

import { findJob } from '../../../segmind/job/doubt';
import type { LedgerEntry } from '../../../segmind/job/ledger';
import type { VideoResult } from '../../../segmind/job/result';
import type { Session } from '../../../segmind/job/session';
import { submit } from '../../../segmind/job/submit';
import { callSynchronously } from '../../../segmind/job/synchronous';
import { wait } from '../../../segmind/job/wait';
import { failure, sentences, success, type Outcome, type Problem } from '../../../segmind/outcome';
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
	/** The file, when a synchronous call brought it along. */
	stored?: StoredFile;
}

/** The body with its files at URLs that Segmind can fetch. */
async function placedBody(session: Session, { request }: Plan): Promise<Outcome<IDataObject>> {
	const urls = new Map<string, string>();
	for (const file of filesOf(request)) {
		const url = await upload(session, file);
		if (!url.ok) return url;
		urls.set(file.hash, url.value);
	}
	return success(uploadedBody(request, urls));
}

/** Another retry of the same execution may be submitting this very video: its answer counts for both. */
async function awaitOther(session: Session, plan: Plan): Promise<void> {
	const { ledger, notes, stop } = session;
	const isOthers = plan.entry && ledger.isSubmittedElsewhere(plan.entry);
	while (plan.entry && ledger.isSubmittedElsewhere(plan.entry) && !stop.pressed) {
		await stop.pause(OTHER_SUBMIT);
	}
	if (plan.entry && !ledger.counts(plan.entry)) plan.entry = undefined;
	// Whichever of the two ends later lets it go.
	if (isOthers && plan.entry?.note) notes.share(plan.entry.note);
}

/** ms after which it is looked again whether another run's submit was answered. */
const OTHER_SUBMIT = 250;

/** A job of which nobody knows whether it exists: looked for in the account's history. */
async function settleDoubt(
	session: Session,
	entry: LedgerEntry,
	problem: Problem,
): Promise<Outcome<LedgerEntry>> {
	// A synchronous call that broke off has named its request, and was asked for already.
	if (entry.requestId) return failure(problem);
	const looked = await findJob(session, entry);
	if (entry.requestId) return success(entry);
	return failure({ ...problem, message: sentences(problem.message, looked) });
}

const EARLIER_TRY = 'an earlier try of this execution ended before the answer of Segmind came';

/**
 * Submits the plan's job, unless an earlier try has.
 *
 * @param send sends the submit; what it returns beside the entry is passed on
 * @returns the ledger's entry, with its request ID where the service named one
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
		const doubt = unknownOutcome(EARLIER_TRY, before.submittedAt);
		const settled = await settleDoubt(session, before, doubt);
		if (settled.ok) return success({ entry: before });
		if (!options.resubmitUnknown || stop.pressed) return settled;
	}
	const body = await placedBody(session, plan);
	if (!body.ok) return body;
	if (stop.pressed) return failure(before ? inDoubt(before, ENDED.stopped) : stoppedProblem());
	if (session.halted) return failure(before ? inDoubt(before, ENDED.skipped) : skippedProblem());
	plan.entry = ledger.join(plan);
	if (plan.entry) return await ensureSent(session, plan, send);
	// Of what is sent now: an earlier try may have sent other values.
	plan.asked = askedOf(plan.request);
	const addresses = addressesIn(plan.request, body.value);
	const entry = ledger.open(plan, body.value, Date.now(), addresses);
	plan.entry = entry;
	const sent = await send(entry, body.value);
	if (sent.ok) {
		// The user accepted that the first one may be billed as well.
		if (before) ledger.drop(before);
		return success({ entry, sent: sent.value });
	}
	if (!ledger.counts(entry)) {
		// What was refused now says nothing of the attempt before.
		plan.entry = before;
		return before ? failure(inDoubt(before, sent.problem.message, sent.problem.status)) : sent;
	}
	const settled = await settleDoubt(session, entry, sent.problem);
	return settled.ok ? success({ entry }) : settled;
}

/** A new attempt came to nothing, but the one before it may have created a job. */
function inDoubt(before: LedgerEntry, then: string, status?: number): Problem {
	return {
		...unknownOutcome(`${EARLIER_TRY}. This time: ${then}`, before.submittedAt),
		status,
	};
}

/**
 * Submits the plan's job, unless an earlier try has.
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

/** @returns undefined in the outcome when an earlier try has submitted it, and it is to be asked for */
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

/** A failed job costs nothing and is submitted anew by a retry, with its files uploaded anew. */
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

/** The file that an earlier try stored, if n8n still has it. */
async function storedFile(session: Session, entry: LedgerEntry): Promise<StoredFile | undefined> {
	if (!entry.binary?.id) return undefined;
	try {
		const { fileSize } = await session.context.helpers.getBinaryMetadata(entry.binary.id);
		return { binary: entry.binary, size: fileSize };
	} catch {
		return undefined;
	}
}

/** Brings a plan's job to its end. */
export async function finish(session: Session, plan: Plan): Promise<Outcome<DoneJob>> {
	const { entry } = plan;
	if (entry?.state === 'completed' && entry.result) {
		const stored = await storedFile(session, entry);
		// Otherwise the request is asked for again: its file was never stored, or is gone.
		if (stored || entry.result.videoUrl) return success({ entry, result: entry.result, stored });
	}
	if (plan.options.apiVersion === 'v1' && needsSubmit(plan)) {
		const done = await finishSynchronously(session, plan);
		if (!done.ok) return done;
		if (done.value) return success(done.value);
	}
	return await finishAsynchronously(session, plan);
}
