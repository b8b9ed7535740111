/**
 * The life of one item's job: picked up where an earlier try left it, or submitted; then waited for.
 */
import type { IDataObject } from 'n8n-workflow';

import type { StoredFile } from '../../../segmind/job/download';
import type { LedgerEntry } from '../../../segmind/job/ledger';
import {
	failure,
	skippedProblem,
	stoppedProblem,
	success,
	type Outcome,
	type Problem,
} from '../../../segmind/job/problem';
import type { VideoResult } from '../../../segmind/job/result';
import type { Session } from '../../../segmind/job/session';
import { submit, unknownOutcome } from '../../../segmind/job/submit';
import { callSynchronously } from '../../../segmind/job/synchronous';
import { upload } from '../../../segmind/job/upload';
import { wait } from '../../../segmind/job/wait';
import { filesOf, uploadedBody } from '../../models/request';
import { videoFileName } from './output';
import type { Plan } from './plan';

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

/** An entry whose answer never came: submitting it again could pay twice. */
function mayNotResubmit(plan: Plan): boolean {
	return plan.entry?.state === 'submitting' && !plan.options.resubmitUnknown;
}

/** What a plan still needs: nothing was submitted for it, or the user accepts a second bill. */
function needsSubmit(plan: Plan): boolean {
	return !plan.entry || plan.entry.state === 'submitting';
}

/**
 * Submits the plan's job, unless an earlier try has.
 *
 * @returns the ledger's entry, with its request ID
 */
export async function ensureSubmitted(session: Session, plan: Plan): Promise<Outcome<LedgerEntry>> {
	if (plan.entry && !needsSubmit(plan)) return success(plan.entry);
	const prepared = await prepare(session, plan);
	if (!prepared.ok) return prepared;
	const { entry, body } = prepared.value;
	const submitted = await submit(session, entry, plan.request.model.name, body, {
		retryOnServerError: plan.options.retrySubmitOnServerError,
	});
	return submitted.ok ? success(entry) : submitted;
}

/** All that comes before the request that costs money; the ledger knows of the job then. */
async function prepare(
	session: Session,
	plan: Plan,
): Promise<Outcome<{ entry: LedgerEntry; body: IDataObject }>> {
	if (mayNotResubmit(plan)) {
		return failure(
			unknownOutcome('an earlier try of this execution ended before the answer of Segmind came'),
		);
	}
	const body = await placedBody(session, plan);
	if (!body.ok) return body;
	if (session.stop.pressed) return failure(stoppedProblem());
	if (session.halted) return failure(skippedProblem());
	// Only now: until here a job of which nothing is known may still exist.
	if (plan.entry) session.ledger.drop(plan.entry);
	const entry = session.ledger.open(plan.item, plan.hash, Date.now());
	plan.entry = entry;
	return success({ entry, body: body.value });
}

async function finishSynchronously(session: Session, plan: Plan): Promise<Outcome<DoneJob>> {
	const prepared = await prepare(session, plan);
	if (!prepared.ok) return prepared;
	const { entry, body } = prepared.value;
	const video = await callSynchronously(
		session,
		entry,
		{
			model: plan.request.model.name,
			body,
			timeout: plan.options.maxWait,
			fileName: (requestId) => videoFileName(plan.options.fileName, requestId),
		},
		{ retryOnServerError: plan.options.retrySubmitOnServerError },
	);
	return video.ok ? success({ entry, ...video.value }) : video;
}

/** A failed job costs nothing and is submitted anew by a retry, with its files uploaded anew. */
function forget(session: Session, { request }: Plan, entry: LedgerEntry): void {
	session.ledger.drop(entry);
	for (const { hash } of filesOf(request)) session.ledger.forgetUpload(hash);
}

/** A synchronous call whose file n8n did not keep, and that named no request. */
function videoGone(): Problem {
	return {
		kind: 'service',
		message:
			'An earlier try of this execution made and paid this video, but n8n did not keep its file, and Segmind named no request ID: look for the video in the Segmind console before you generate it again',
		description:
			'With binary data kept in memory, or pruned, the file of a synchronous (v1) call is lost with its run. API Version V2 does not have this problem.',
		billed: 'yes',
	};
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
		deadline: submittedAt + plan.options.maxWait,
	});
	if (!ended.ok) return ended;
	if (ended.value.state === 'failed') {
		forget(session, plan, entry);
		return failure(ended.value.problem);
	}
	if (ended.value.state !== 'completed') return failure(unknownOutcome('it has not ended'));
	entry.state = 'completed';
	entry.result = ended.value.result;
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
	const isSynchronous = plan.options.apiVersion === 'v1' && needsSubmit(plan);
	return isSynchronous
		? await finishSynchronously(session, plan)
		: await finishAsynchronously(session, plan);
}
