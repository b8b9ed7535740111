/**
 * Downloads a finished video into n8n's binary store, as a stream. The video is paid: a broken download is retried
 * from its URL, never with a new job. The request does not carry the key.
 */
import { failure, success, withDetail, type Outcome } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { failureBackoff, BACKOFF, rateLimitBackoff } from '../policy/backoff';
import { judgeRead, ATTEMPTS } from '../policy/retries';
import { stoppedProblem, undelivered, type PaidFile } from '../problems';
import { monotonic } from '../transport/clock';
import { errorText } from '../transport/errorText';
import { describeFailure, isRateLimited, type Answer } from '../transport/reply';
import { openFile } from '../transport/request';
import { beginningOf, readText, type OpenBody } from '../transport/stream';
import { storeVideo, type StoredFile } from './store';
import type { Transfers } from './transfers';
import { looksLikeVideo, SIGNATURE_LENGTH } from './videoStream';

export interface VideoFile extends PaidFile {
	/** bytes, as the service announced them */
	expectedSize?: number;
	/** The type that the service names; `video/mp4` if it names none. */
	contentType?: string;
	fileName: string;
}

type Attempt =
	| { kind: 'stored'; file: StoredFile }
	| {
			kind: 'retry';
			why: string;
			pause?: number;
			/** Something else than a video arrived. */
			isOther?: boolean;
			/** The storage does not know the file (yet). */
			isAbsent?: boolean;
	  }
	| { kind: 'final'; why: string };

/** The first type that n8n shows a preview for. */
export function videoType(...candidates: Array<string | undefined>): string {
	const types = candidates.map((type) => type?.split(';')[0].trim().toLowerCase());
	return types.find((type) => type?.startsWith('video/')) ?? 'video/mp4';
}

/** The statuses of a file that not all of the storage knows yet, or that has expired. */
const ABSENT = new Set([403, 404]);

/** An answer without the file. */
function refusedFile(answer: Answer): Attempt {
	const { status, headers } = answer;
	const text = errorText(answer.body);
	const why = `the video's address answered with status ${status}${text ? `: ${text}` : ''}`;
	if (ABSENT.has(status)) return { kind: 'retry', why, isAbsent: true };
	if (judgeRead(answer) !== 'retry') return { kind: 'final', why };
	const pause = isRateLimited(answer)
		? rateLimitBackoff(headers, Date.now(), Math.random())
		: undefined;
	return { kind: 'retry', why, pause };
}

/** Names the type only if it says what arrived instead, not what should have arrived. */
const noVideo = (type: string | undefined) =>
	/^(text\/|image\/|application\/(json|xml))/i.test(type ?? '')
		? `what arrived is no video but ${type}`
		: 'what arrived is no video file';

/** Bytes that are not text become this character. */
const readable = (text: string) => (text.includes('\ufffd') ? '' : text);

/** Stores the file if its bytes are a video. The bytes decide, not the content type. */
async function receive(
	{ context, stop }: Transfers,
	body: OpenBody,
	headers: Record<string, string>,
	file: VideoFile,
): Promise<Attempt> {
	const beginning = await beginningOf(body, SIGNATURE_LENGTH, TIMEOUTS.downloadStall);
	if (beginning.kind === 'late') return { kind: 'retry', why: 'the download stood still' };
	if (beginning.kind === 'broken') {
		return {
			kind: 'retry',
			why: 'the connection was closed before the whole file had arrived',
		};
	}
	const type = headers['content-type'];
	if (!looksLikeVideo(beginning.bytes)) {
		if (beginning.bytes.length === 0) return { kind: 'retry', why: 'the file is empty' };
		const text = errorText(await readText(body, undefined, beginning));
		return { kind: 'retry', why: withDetail(noVideo(type), readable(text)), isOther: true };
	}
	const stored = await storeVideo(
		context,
		body,
		{
			fileName: file.fileName,
			mimeType: videoType(file.contentType, type),
			announced: {
				fileSize: file.expectedSize,
				contentLength: Number(headers['content-length']),
			},
		},
		stop,
	);
	if (stored.ok) return { kind: 'stored', file: stored.file };
	const { why, final } = stored.fault;
	return { kind: final ? 'final' : 'retry', why };
}

async function attempt(transfers: Transfers, file: VideoFile): Promise<Attempt> {
	const { signal, release } = transfers.stop.immediate();
	const reply = await openFile(transfers.context, {
		url: file.url,
		timeout: TIMEOUTS.download,
		signal,
	});
	try {
		if (reply.kind === 'failure') return { kind: 'retry', why: describeFailure(reply) };
		if (!reply.open) return refusedFile(reply);
		return await receive(transfers, reply.open, reply.headers, file);
	} finally {
		release();
		if (reply.kind === 'answer') reply.open?.end();
	}
}

/**
 * Downloads a video, with retries.
 *
 * @param deadline ms since 1970. Even after it the node makes at least three attempts, and retries 403 and 404 for
 * {@link TIMEOUTS.freshVideo}
 */
export async function download(
	transfers: Transfers,
	file: VideoFile,
	deadline: number,
): Promise<Outcome<StoredFile>> {
	const { limiters, stop } = transfers;
	const { requestId } = file;
	const end = monotonic() + (deadline - Date.now());
	/** When the URL first answered 403 or 404, on the monotonic clock. */
	let absentSince: number | undefined;
	const inTurn = async (): Promise<Attempt> => {
		if (stop.pressed) return { kind: 'final', why: '' };
		transfers.tell('Downloading the video', { requestId });
		return await attempt(transfers, file);
	};
	/** The end of further attempts, on the monotonic clock; undefined if there are none. */
	const goesOnUntil = (result: Exclude<Attempt, { kind: 'stored' }>, attempts: number) => {
		if (result.kind === 'final') return undefined;
		const now = monotonic();
		if (result.isAbsent) {
			absentSince ??= now;
			const graceEnd = absentSince + TIMEOUTS.freshVideo;
			return now < graceEnd ? graceEnd : undefined;
		}
		if (attempts >= (result.isOther ? ATTEMPTS.downloadOther : ATTEMPTS.download)) return undefined;
		return attempts >= ATTEMPTS.downloadAtLeast && now >= end ? undefined : end;
	};
	for (let attempts = 1; ; attempts++) {
		if (stop.pressed) break;
		const result = await limiters.download.run(inTurn, stop);
		if (result.kind === 'stored') return success(result.file);
		if (stop.pressed) break;

		const until = goesOnUntil(result, attempts);
		if (until === undefined) return failure(undelivered(file, result.why));
		transfers.log('The download broke off, trying again', {
			requestId,
			reason: result.why,
		});
		const asked = result.kind === 'retry' ? result.pause : undefined;
		const pause = asked ?? failureBackoff(attempts, Math.random());
		await stop.pause(Math.min(pause, Math.max(until - monotonic(), BACKOFF.failureFirst)));
	}
	const { url: videoUrl, cost } = file;
	return failure(stoppedProblem({ requestId, videoUrl, cost }));
}
