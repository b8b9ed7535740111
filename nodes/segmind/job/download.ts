/**
 * Downloads a finished video into n8n's binary store, as a stream. The video is paid: a download
 * that breaks is repeated from its URL, never by a new job. No key travels with it.
 */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import { failurePause, PAUSES, rateLimitPause } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import { errorText } from '../wire/errorText';
import {
	describeFailure,
	failureFrom,
	isRateLimited,
	type Answer,
	type Reply,
} from '../wire/reply';
import { plainHeaders } from '../wire/request';
import { readText, type ByteStream } from '../wire/stream';
import type { Stop } from '../schedule/stop';
import { failure, sentences, stoppedProblem, success, type Outcome, type Problem } from './problem';
import type { Session } from './session';
import { checkedVideo, type Announced, type StreamFault } from './videoStream';

export interface VideoFile {
	url: string;
	/** bytes, as the service announced them */
	expectedSize?: number;
	/** The service's word for the type; `video/mp4` where it has none. */
	contentType?: string;
	fileName: string;
	requestId?: string;
	/** USD */
	cost?: number;
	/** Whether running the node anew would order another video. */
	isOrdered: boolean;
}

/** A file in n8n's binary store. */
export interface StoredFile {
	binary: IBinaryData;
	/** bytes */
	size: number;
}

type Attempt =
	| { kind: 'stored'; file: StoredFile }
	| { kind: 'repeat'; why: string; pause?: number; isOther?: boolean }
	| { kind: 'final'; why: string };

/** The first type that n8n shows a preview for. */
export function videoType(...candidates: Array<string | undefined>): string {
	const types = candidates.map((type) => type?.split(';')[0].trim().toLowerCase());
	return types.find((type) => type?.startsWith('video/')) ?? 'video/mp4';
}

/** What n8n's own store said; only the code of the system, for n8n takes some texts for others. */
function storageFault(error: unknown): StreamFault {
	const { code } = failureFrom(error);
	const known = code === 'UNKNOWN' ? '' : ` (${code.toLowerCase()})`;
	return { why: `n8n could not store the file${known}`, final: false };
}

/**
 * Stores a stream of video bytes; what arrives is checked on its way.
 *
 * @param file `stall`: ms without a byte that are too long
 */
export async function storeVideo(
	context: IExecuteFunctions,
	stream: ByteStream,
	file: { fileName: string; mimeType: string; announced: Announced; stall: number },
	stop: Stop,
): Promise<{ ok: true; file: StoredFile } | { ok: false; fault: StreamFault }> {
	const checked = checkedVideo(stream, file.announced, file.stall, stop);
	try {
		const binary = await context.helpers.prepareBinaryData(
			checked.stream as never,
			file.fileName,
			file.mimeType,
		);
		const fault = checked.missing();
		if (fault) return { ok: false, fault };
		return { ok: true, file: { binary, size: checked.received() } };
	} catch (error) {
		return { ok: false, fault: checked.broken() ?? storageFault(error) };
	} finally {
		checked.release();
	}
}

/** Opens the file at its URL. A separate function without the credential: the key has no business there. */
async function open(context: IExecuteFunctions, url: string, signal: AbortSignal): Promise<Reply> {
	try {
		const response = await context.helpers.httpRequest({
			method: 'GET',
			url,
			encoding: 'stream',
			timeout: TIMEOUTS.download,
			abortSignal: signal as never,
			ignoreHttpStatusErrors: true,
			returnFullResponse: true,
		});
		const headers = plainHeaders(response.headers);
		return { kind: 'answer', status: response.statusCode, headers, body: response.body };
	} catch (error) {
		return failureFrom(error);
	}
}

/** An answer without the file. */
async function refusedFile(answer: Answer): Promise<Attempt> {
	const text = errorText(await readText(answer.body as ByteStream));
	const why = `the video's address answered with status ${answer.status}${text ? `: ${text}` : ''}`;
	if (judgeRead(answer) !== 'repeat') return { kind: 'final', why };
	const pause = isRateLimited(answer)
		? rateLimitPause(answer.headers, Date.now(), Math.random())
		: undefined;
	return { kind: 'repeat', why, pause };
}

async function attempt(session: Session, file: VideoFile): Promise<Attempt> {
	const { context, stop } = session;
	const cut = new AbortController();
	const release = stop.onPress(() => cut.abort());
	try {
		const reply: Reply = await open(context, file.url, cut.signal);
		if (reply.kind === 'failure') return { kind: 'repeat', why: describeFailure(reply) };
		if (reply.status < 200 || reply.status >= 300) return await refusedFile(reply);

		const type = reply.headers['content-type'];
		if (/^(text\/|application\/(json|xml))/i.test(type ?? '')) {
			const text = errorText(await readText(reply.body as ByteStream));
			const why = `what arrived is no video but ${type}${text ? `: ${text}` : ''}`;
			return { kind: 'repeat', why, isOther: true };
		}
		// A compressed body has another length than the header says.
		const length = reply.headers['content-encoding']
			? NaN
			: Number(reply.headers['content-length']);
		const stored = await storeVideo(
			context,
			reply.body as ByteStream,
			{
				fileName: file.fileName,
				mimeType: videoType(file.contentType, type),
				announced: { fileSize: file.expectedSize, contentLength: length },
				stall: TIMEOUTS.downloadStall,
			},
			stop,
		);
		if (stored.ok) return { kind: 'stored', file: stored.file };
		const { why, final, text } = stored.fault;
		return final ? { kind: 'final', why } : { kind: 'repeat', why, isOther: text !== undefined };
	} finally {
		release();
		// Ends what is left of the connection, whatever became of it.
		cut.abort();
	}
}

/** The video is paid and can still be had by hand. */
function undelivered(file: VideoFile, why: string): Problem {
	return {
		kind: 'service',
		message: sentences(
			`The video${file.requestId ? ` of request ${file.requestId}` : ''} is finished and paid, but its file could not be downloaded: ${why}`,
			`Do not generate it again: open ${file.url} within 7 days`,
		),
		description: sentences(
			file.requestId && 'Get with this request ID downloads it too, within an hour of its submit',
			file.isOrdered
				? 'Retry in the executions list downloads the file without paying again. Execute step in the editor does not: it would order and pay a new video'
				: undefined,
		),
		billed: 'yes',
		requestId: file.requestId,
		videoUrl: file.url,
		cost: file.cost,
	};
}

/**
 * Downloads a video, again and again while it breaks.
 *
 * @param deadline ms since 1970; at least three attempts are made even after it
 */
export async function download(
	session: Session,
	file: VideoFile,
	deadline: number,
): Promise<Outcome<StoredFile>> {
	const { gates, stop } = session;
	const { requestId } = file;
	const inTurn = async (): Promise<Attempt> => {
		if (stop.pressed) return { kind: 'final', why: '' };
		session.tell('Downloading the video', { requestId });
		return await attempt(session, file);
	};
	for (let tries = 1; ; tries++) {
		if (stop.pressed) break;
		const result = await gates.download.run(inTurn, stop);
		if (result.kind === 'stored') return success(result.file);
		if (stop.pressed) break;

		const isLate = tries >= TRIES.downloadAtLeast && Date.now() >= deadline;
		const most = result.kind === 'repeat' && result.isOther ? TRIES.downloadOther : TRIES.download;
		if (result.kind === 'final' || tries >= most || isLate) {
			return failure(undelivered(file, result.why));
		}
		session.log('The download broke off, trying again', {
			requestId,
			reason: result.why,
		});
		const pause = result.pause ?? failurePause(tries, Math.random());
		await stop.pause(Math.min(pause, Math.max(deadline - Date.now(), PAUSES.failureFirst)));
	}
	const { url: videoUrl, cost } = file;
	return failure(stoppedProblem({ requestId, videoUrl, cost }));
}
