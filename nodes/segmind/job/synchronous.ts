/**
 * The synchronous call (v1): the connection is held until the video exists, and the answer is the
 * video itself or JSON with its URL. There is no request ID to come back with when it breaks.
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
import { monotonic } from '../wire/clock';
import type { Answer } from '../wire/reply';
import { beginningOf, readText, type Beginning, type OpenBody } from '../wire/stream';
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
import { sendSubmit, type SubmitOptions } from './submit';
import { wait } from './wait';

export interface SynchronousCall {
	model: string;
	body: object;
	/** ms the connection is held at most */
	timeout: number;
	/** Names the file, once the request ID is known or known to be missing. */
	fileName: (requestId: string | undefined) => string;
}

export interface SynchronousVideo {
	result: VideoResult;
	/** There when the answer was the video itself. */
	stored?: StoredFile;
}

/** The answer has come, and its body is being read. */
interface Call {
	session: Session;
	entry: LedgerEntry;
	request: SynchronousCall;
	answer: Answer;
	body: OpenBody;
	/** Until when the video is waited for, on the monotonic clock. */
	end: number;
	/** To be told the request's ID as soon as the answer names it. */
	named: (requestId: string | undefined) => void;
}

/** Headers count where the body says nothing. */
function withAccounting(result: VideoResult, headers: Record<string, string>): VideoResult {
	const { cost, remainingCredits, inferenceTime } = accountingHeaders(headers);
	return {
		...result,
		cost: result.cost ?? cost,
		remainingCredits: result.remainingCredits ?? remainingCredits,
		inferenceTime: result.inferenceTime ?? inferenceTime,
	};
}

/** The request can be asked for by its ID like any other; a GET costs nothing. */
async function rescue(call: Call, why: string, isMade = false): Promise<Outcome<SynchronousVideo>> {
	const { session, entry, request, answer } = call;
	const { requestId, submittedAt } = entry;
	const { cost } = accountingHeaders(answer.headers);
	if (!requestId) return failure(lostAnswer(why, isMade, cost));
	session.log('The answer with the video broke off, asking for it by its ID', {
		requestId,
		reason: why,
	});
	const deadline = submittedAt + request.timeout;
	const ended = await wait(session, { requestId, submittedAt, deadline, isFinished: isMade });
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

/** Of JSON that was cut, the ID may be there all the same. */
function requestIdIn(body: unknown): string | undefined {
	const cut = typeof body === 'string' && /^\s*\{/.test(body) ? body : '';
	return readRequestId(body) ?? /"request_id"\s*:\s*"([^"\\]+)"/.exec(cut)?.[1];
}

/** JSON, whatever it is called. Where its headers name no request, it may. */
async function readJson(
	call: Call,
	body: unknown,
	why: string,
): Promise<Outcome<SynchronousVideo>> {
	const { entry, answer } = call;
	if (!entry.requestId) call.named(requestIdIn(body));
	const { requestId } = entry;
	// A bare URL, or a list of them, is what stands under `output` elsewhere.
	const isBare = typeof body === 'string' || Array.isArray(body);
	const reading = readJob(isBare ? { output: body } : body, answer.status, Date.now());
	if (reading.state === 'failed' && requestId) {
		return failure(failedJob(requestId, reading.text));
	}
	if (reading.state === 'failed') {
		failedUnnamed(entry.hash, entry.submittedAt);
		return failure(failedCall(reading.text));
	}
	if (reading.state === 'completed' && reading.result.videoUrl) {
		return success({ result: withAccounting(reading.result, answer.headers) });
	}
	return await rescue(call, why);
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
	if (!stored.ok) return await rescue(call, stored.fault.why, true);
	const result: VideoResult = { contentType: type, completedAt: Date.now(), response: {} };
	return success({ result: withAccounting(result, answer.headers), stored: stored.file });
}

/** What to say of a body without a video in it. */
const WITHOUT_VIDEO: Record<Beginning['kind'], string> = {
	open: 'there is no video in it',
	whole: 'there is no video in it',
	broken: 'the connection was closed before the video came',
	late: 'the video did not come within the time set in Max Wait',
};

/**
 * Reads the answer: the video itself or JSON with its URL. The bytes say which, for the content type does not
 * always. The headers may come long before the video is made, so its first bytes have until Max Wait.
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
 * Orders a video and waits for it on the same connection. The ledger's entry has the result, and where
 * n8n keeps its files in a store, the reference of the stored file.
 */
export async function callSynchronously(
	session: Session,
	entry: LedgerEntry,
	request: SynchronousCall,
	options: SubmitOptions,
): Promise<Outcome<SynchronousVideo>> {
	const { ledger, stop } = session;
	// Until the request has a name, it is nobody's who looks for a lost one in the account's history.
	const arrived = inFlight(entry.hash, { model: entry.model, body: { ...entry.body } });
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
		// Its refusal may be the end of a job that failed.
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
	// Stop leaves the call some time to name its request; when it has, there is nothing more to wait for.
	const release = requestId ? stop.onPress(body.end) : () => {};
	const passed = Math.max(Date.now() - entry.submittedAt, 0);
	const end = monotonic() + request.timeout - passed;
	const video = await receive({ session, entry, request, answer, body, end, named });
	release();
	body.end();
	arrived();
	if (video.ok) {
		const { result, stored } = video.value;
		// Without an ID the file itself would stand in the reference; that has no place in the ledger.
		ledger.completed(entry, result, stored?.binary.id ? stored.binary : undefined);
	} else if (video.problem.billed === 'no') {
		ledger.drop(entry);
	} else ledger.doubt(entry);
	return video;
}
