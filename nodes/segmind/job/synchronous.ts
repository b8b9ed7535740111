/**
 * The synchronous call (v1). The connection stays open until the video exists. The answer is the video itself, or
 * JSON with its URL. If the connection breaks, there is no request ID to come back with.
 */
import { API } from '../api';
import { failure, sentences, success, type Outcome } from '../outcome';
import {
	failedCall,
	failedJob,
	LATER,
	lostAnswer,
	stoppedProblem,
	UNKNOWN_CALL,
} from '../problems';
import { videoType } from '../transfer/download';
import { storeVideo, type StoredFile } from '../transfer/store';
import { looksLikeVideo, SIGNATURE_LENGTH } from '../transfer/videoStream';
import { monotonic } from '../transport/clock';
import { namesCharge, type Answer } from '../transport/reply';
import { beginningOf, readText, type Beginning, type OpenBody } from '../transport/stream';
import { failedUnnamed, inFlight } from './known';
import type { LedgerEntry } from './ledger';
import {
	accountingHeaders,
	FAILED_JOB_STATUS,
	readJob,
	readRequestId,
	type VideoResult,
} from './result';
import type { Session } from './session';
import { sendSubmit, sentBy, type SubmitOptions } from './submit';
import { wait } from './wait';

export interface SynchronousCall {
	model: string;
	body: object;
	/** The longest time that the connection stays open (ms). */
	timeout: number;
	/** Gives the file's name, when the request ID is known or known to be missing. */
	fileName: (requestId: string | undefined) => string;
}

export interface SynchronousVideo {
	result: VideoResult;
	/** Set if the answer was the video itself. */
	stored?: StoredFile;
}

/** The answer has come, and the node reads its body. */
interface Call {
	session: Session;
	entry: LedgerEntry;
	request: SynchronousCall;
	answer: Answer;
	body: OpenBody;
	/** When the wait for the video ends, on the monotonic clock (ms). */
	end: number;
	/** Called with the request ID when the answer names it. */
	named: (requestId: string | undefined) => void;
}

/** A header counts if the body does not have its value. */
function withAccounting(result: VideoResult, headers: Record<string, string>): VideoResult {
	const { cost, remainingCredits, inferenceTime } = accountingHeaders(headers);
	return {
		...result,
		cost: result.cost ?? cost,
		remainingCredits: result.remainingCredits ?? remainingCredits,
		inferenceTime: result.inferenceTime ?? inferenceTime,
	};
}

/** Polls the request by its ID, like any other job. A GET costs nothing. */
async function rescue(
	call: Call,
	why: string,
	{ isMade = false, body }: { isMade?: boolean; body?: unknown },
): Promise<Outcome<SynchronousVideo>> {
	const { session, entry, request, answer } = call;
	const { ledger } = session;
	const { requestId, submittedAt } = entry;
	// It did not fail for free, and a later attempt must know that.
	if (isMade || namesCharge({ body, headers: answer.headers })) ledger.finished(entry);
	const { cost } = accountingHeaders(answer.headers);
	if (!requestId) return failure(lostAnswer(why, isMade, cost));
	session.log('The answer with the video broke off, asking for it by its ID', {
		requestId,
		reason: why,
	});
	const deadline = submittedAt + request.timeout;
	const ended = await wait(session, {
		...{ requestId, submittedAt, deadline },
		isFinished: entry.isFinished,
		onFinished: () => ledger.finished(entry),
	});
	if (ended.ok && ended.value.state === 'failed') return failure(ended.value.problem);
	if (ended.ok && ended.value.state === 'completed' && ended.value.result.videoUrl) {
		return success({ result: withAccounting(ended.value.result, answer.headers) });
	}
	if (session.stop.pressed) return failure(stoppedProblem({ requestId, cost }));
	const problem = ended.ok ? lostAnswer(why, isMade, cost) : ended.problem;
	return failure({
		...problem,
		message: sentences(
			`The answer to the synchronous call could not be read: ${why}`,
			problem.message,
		),
		description: sentences(problem.description, LATER),
		requestId,
		cost: problem.cost ?? cost,
	});
}

/** Cut JSON may still contain the ID. */
function requestIdIn(body: unknown): string | undefined {
	const cut = typeof body === 'string' && /^\s*\{/.test(body) ? body : '';
	return readRequestId(body) ?? /"request_id"\s*:\s*"([^"\\]+)"/.exec(cut)?.[1];
}

/** JSON with any content type. If its headers name no request, the JSON may. */
async function readJson(
	call: Call,
	body: unknown,
	why: string,
): Promise<Outcome<SynchronousVideo>> {
	const { entry, answer } = call;
	if (!entry.requestId) call.named(requestIdIn(body));
	const { requestId } = entry;
	// Other answers have a URL, or a list of them, under `output`. This one has it bare.
	const isBare = typeof body === 'string' || Array.isArray(body);
	const { status, headers } = answer;
	const reading = readJob(isBare ? { output: body } : body, status, Date.now(), headers);
	if (reading.state === 'failed' && requestId) {
		return failure(failedJob(requestId, reading.text));
	}
	if (reading.state === 'failed') {
		failedUnnamed(entry.hash, entry.submittedAt);
		return failure(failedCall(reading.text));
	}
	if (reading.state === 'completed' && reading.result.videoUrl) {
		return success({ result: withAccounting(reading.result, headers) });
	}
	return await rescue(call, why, { isMade: reading.state === 'completed', body });
}

async function readVideo(call: Call): Promise<Outcome<SynchronousVideo>> {
	const { session, entry, request, answer, body } = call;
	const type = answer.headers['content-type'];
	const stored = await storeVideo(
		session.context,
		body,
		{
			fileName: request.fileName(entry.requestId),
			mimeType: videoType(type),
			announced: { contentLength: Number(answer.headers['content-length']) },
		},
		session.stop,
	);
	if (!stored.ok) return await rescue(call, stored.fault.why, { isMade: true });
	const result: VideoResult = { contentType: type, completedAt: Date.now(), response: {} };
	return success({ result: withAccounting(result, answer.headers), stored: stored.file });
}

/** The message for a body without a video. */
const WITHOUT_VIDEO: Record<Beginning['kind'], string> = {
	open: 'there is no video in it',
	whole: 'there is no video in it',
	broken: 'the connection was closed before the video came',
	late: 'the video did not come within the time set in Max Wait',
};

/**
 * Reads the answer: the video itself, or JSON with its URL. The bytes tell which, because the content type is not
 * reliable. The headers may come long before the video is made, so its first bytes have until Max Wait.
 */
async function receive(call: Call): Promise<Outcome<SynchronousVideo>> {
	const { body, end } = call;
	const left = () => end - monotonic();
	const beginning = await beginningOf(body, SIGNATURE_LENGTH, left());
	if (looksLikeVideo(beginning.bytes)) return await readVideo(call);
	const text = await readText(body, left(), beginning);
	return await readJson(call, text, WITHOUT_VIDEO[beginning.kind]);
}

/**
 * Submits a video and waits for it on the same connection. The ledger's entry gets the result. If n8n keeps files in
 * a store, it also gets the reference of the stored file.
 */
export async function callSynchronously(
	session: Session,
	entry: LedgerEntry,
	request: SynchronousCall,
	options: SubmitOptions,
): Promise<Outcome<SynchronousVideo>> {
	const { ledger, stop } = session;
	// Until the request has an ID, no search in the account's history may take it.
	const arrived = inFlight(entry.hash, sentBy(session, entry));
	const named = (requestId: string | undefined) => {
		if (requestId === undefined) return;
		ledger.submitted(entry, requestId);
		arrived(requestId);
	};
	const sent = await sendSubmit(
		session,
		entry,
		{
			...API.call(request.model),
			body: request.body,
			timeout: request.timeout,
			stream: true,
		},
		options,
	);
	if (!sent.ok) {
		arrived();
		// This refusal may be the end of a job that failed.
		if (sent.problem.status === FAILED_JOB_STATUS) failedUnnamed(entry.hash, entry.submittedAt);
		if (sent.problem.billed !== 'possibly') return sent;
		return failure({ ...sent.problem, description: UNKNOWN_CALL });
	}
	const answer = sent.value;
	const body = answer.open!;
	const { requestId } = accountingHeaders(answer.headers);
	named(requestId);
	session.log('Segmind answered the synchronous call', {
		requestId,
		item: entry.item,
	});
	// After Stop, the call gets some time to name its request. When it has, nothing is left to wait for.
	const release = requestId ? stop.onPress(body.end) : () => {};
	const passed = Math.max(Date.now() - entry.submittedAt, 0);
	const end = monotonic() + request.timeout - passed;
	const video = await receive({ session, entry, request, answer, body, end, named });
	release();
	body.end();
	arrived();
	if (video.ok) {
		const { result, stored } = video.value;
		// Without an ID, the reference would contain the file itself. The ledger must not hold that.
		ledger.completed(entry, result, stored?.binary.id ? stored.binary : undefined);
	} else if (video.problem.billed === 'no') {
		ledger.drop(entry);
	} else ledger.doubt(entry);
	return video;
}
