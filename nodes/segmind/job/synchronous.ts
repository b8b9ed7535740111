/**
 * The synchronous call (v1): the connection is held until the video exists, and the answer is the
 * video itself or JSON with its URL. There is no request ID to come back with when it breaks.
 */
import type { Answer } from '../wire/reply';
import { parseText, readText, type ByteStream } from '../wire/stream';
import { storeVideo, videoType, type StoredFile } from './download';
import type { LedgerEntry } from './ledger';
import { failure, sentences, success, type Outcome, type Problem } from './problem';
import { accountingHeaders, readJob, readRequestId, type VideoResult } from './result';
import type { Session } from './session';
import { sendSubmit, type SubmitOptions } from './submit';
import { status } from './wait';

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

/** There is no request ID, so nothing is said of Get. */
const UNKNOWN_SYNCHRONOUS =
	'If it is there, open it in the console. Retry in the executions list looks again and pays nothing. To submit it again all the same, turn on the option "Resubmit If Unknown" and retry with the currently saved workflow. The API version v1 has no request ID to come back with: v2, the default, is safer.';

/** Paid, and the answer with the video broke off. */
function lost(answer: Answer, why: string): Problem {
	const { requestId, cost } = accountingHeaders(answer.headers);
	return {
		kind: 'service',
		message: sentences(
			`Segmind made the video${requestId ? ` (request ${requestId})` : ''}, but its answer could not be read: ${why}`,
			requestId
				? `It is billed: do not generate it again, use the Get operation with request ID ${requestId} within an hour of its submit`
				: 'It is billed: look for the video in the Segmind console before you generate it again',
		),
		description:
			'The API version v1 sends the video over the one connection that ordered it. With v2, the default, a broken download is repeated.',
		billed: 'yes',
		requestId,
		cost,
	};
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

/** The video may still be had by its ID; a GET costs nothing. */
async function rescue(
	session: Session,
	answer: Answer,
	why: string,
): Promise<Outcome<SynchronousVideo>> {
	const { requestId } = accountingHeaders(answer.headers);
	if (requestId) {
		const found = await status(session, { requestId, deadline: Date.now() });
		if (found.ok && found.value.state === 'completed' && found.value.result.videoUrl) {
			return success({ result: withAccounting(found.value.result, answer.headers) });
		}
	}
	return failure(lost(answer, why));
}

async function readJson(
	session: Session,
	answer: Answer,
	body: unknown,
): Promise<Outcome<SynchronousVideo>> {
	const reading = readJob(body, answer.status, Date.now());
	if (reading.state === 'failed') {
		return failure({
			kind: 'service',
			message: sentences(`Segmind could not make this video: ${reading.text}`),
			description:
				'A failed video is not billed. Change the prompt or the image, then run the node again.',
			billed: 'no',
		});
	}
	if (reading.state === 'completed' && reading.result.videoUrl) {
		return success({ result: withAccounting(reading.result, answer.headers) });
	}
	const requestId = readRequestId(body);
	const headers = requestId ? { ...answer.headers, 'x-request-id': requestId } : answer.headers;
	return await rescue(session, { ...answer, headers }, 'there is no video in it');
}

async function readVideo(
	session: Session,
	answer: Answer,
	request: SynchronousCall,
): Promise<Outcome<SynchronousVideo>> {
	const { requestId } = accountingHeaders(answer.headers);
	const type = answer.headers['content-type'];
	const stored = await storeVideo(
		session.context,
		answer.body as ByteStream,
		{
			fileName: request.fileName(requestId),
			mimeType: videoType(type),
			announced: { contentLength: Number(answer.headers['content-length']) },
			// The headers may come before the video is made.
			stall: request.timeout,
		},
		session.stop,
	);
	if (!stored.ok) {
		const { text, why } = stored.fault;
		// JSON under another name is JSON all the same.
		const isJson = text !== undefined && /^\s*[{["]/.test(text.toString('latin1'));
		return isJson
			? await readJson(session, answer, parseText(text))
			: await rescue(session, answer, why);
	}
	const result: VideoResult = { contentType: type, completedAt: Date.now(), response: {} };
	return success({ result: withAccounting(result, answer.headers), stored: stored.file });
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
	const { ledger } = session;
	const sent = await sendSubmit(
		session,
		entry,
		{
			method: 'POST',
			service: 'gateway',
			path: `/v1/${encodeURIComponent(request.model)}`,
			body: request.body,
			timeout: request.timeout,
			stream: true,
		},
		options,
	);
	if (!sent.ok) {
		if (sent.problem.billed !== 'possibly') return sent;
		return failure({ ...sent.problem, description: UNKNOWN_SYNCHRONOUS });
	}
	const answer = sent.value;
	const { requestId } = accountingHeaders(answer.headers);
	if (requestId) ledger.submitted(entry, requestId);
	session.log('Segmind answered the synchronous call', {
		requestId,
		item: entry.item,
	});

	const isJson = /json|text/i.test(answer.headers['content-type'] ?? '');
	// The headers may come before the video is made.
	const body = async () => await readText(answer.body as ByteStream, request.timeout);
	const video = isJson
		? await readJson(session, answer, await body())
		: await readVideo(session, answer, request);
	if (video.ok) {
		const { result, stored } = video.value;
		// Without an ID the file itself would stand in the reference; that has no place in the ledger.
		ledger.completed(entry, result, stored?.binary.id ? stored.binary : undefined);
	} else if (video.problem.billed === 'no') {
		ledger.drop(entry);
	} else ledger.doubt(entry);
	return video;
}
