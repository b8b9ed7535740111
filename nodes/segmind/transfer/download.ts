/**
 * Downloads a finished video into n8n's binary store, as a stream. The video is paid: a download
 * that breaks is repeated from its URL, never by a new job. No key travels with it.
 */
import { failure, success, withDetail, type Outcome } from '../outcome';
import { TIMEOUTS } from '../policy/limits';
import { failurePause, PAUSES, rateLimitPause } from '../policy/pauses';
import { judgeRead, TRIES } from '../policy/repeats';
import { stoppedProblem, undelivered, type PaidFile } from '../problems';
import { monotonic } from '../wire/clock';
import { errorText } from '../wire/errorText';
import { describeFailure, isRateLimited, type Answer } from '../wire/reply';
import { openFile } from '../wire/request';
import { beginningOf, readText, type OpenBody } from '../wire/stream';
import { storeVideo, type StoredFile } from './store';
import type { Transfers } from './transfers';
import { looksLikeVideo, SIGNATURE_LENGTH } from './videoStream';

export interface VideoFile extends PaidFile {
	/** bytes, as the service announced them */
	expectedSize?: number;
	/** The service's word for the type; `video/mp4` where it has none. */
	contentType?: string;
	fileName: string;
}

type Attempt =
	| { kind: 'stored'; file: StoredFile }
	| {
			kind: 'repeat';
			why: string;
			pause?: number;
			/** It was no video. */
			isOther?: boolean;
			/** The storage does not know the file, or not yet. */
			isAbsent?: boolean;
	  }
	| { kind: 'final'; why: string };

/** The first type that n8n shows a preview for. */
export function videoType(...candidates: Array<string | undefined>): string {
	const types = candidates.map((type) => type?.split(';')[0].trim().toLowerCase());
	return types.find((type) => type?.startsWith('video/')) ?? 'video/mp4';
}

/** How an address answers that is not known to all of the storage yet, or no longer to any. */
const ABSENT = new Set([403, 404]);

/** An answer without the file. */
function refusedFile(answer: Answer): Attempt {
	const { status, headers } = answer;
	const text = errorText(answer.body);
	const why = `the video's address answered with status ${status}${text ? `: ${text}` : ''}`;
	if (ABSENT.has(status)) return { kind: 'repeat', why, isAbsent: true };
	if (judgeRead(answer) !== 'repeat') return { kind: 'final', why };
	const pause = isRateLimited(answer)
		? rateLimitPause(headers, Date.now(), Math.random())
		: undefined;
	return { kind: 'repeat', why, pause };
}

/** A type that says what arrived instead, not one that only says what should have arrived. */
const noVideo = (type: string | undefined) =>
	/^(text\/|image\/|application\/(json|xml))/i.test(type ?? '')
		? `what arrived is no video but ${type}`
		: 'what arrived is no video file';

/** Bytes that are no text come out as this sign. */
const readable = (text: string) => (text.includes('\ufffd') ? '' : text);

/** Whatever it is called, the bytes say what it is. */
async function receive(
	{ context, stop }: Transfers,
	body: OpenBody,
	headers: Record<string, string>,
	file: VideoFile,
): Promise<Attempt> {
	const beginning = await beginningOf(body, SIGNATURE_LENGTH, TIMEOUTS.downloadStall);
	if (beginning.kind === 'late') return { kind: 'repeat', why: 'the download stood still' };
	if (beginning.kind === 'broken') {
		return {
			kind: 'repeat',
			why: 'the connection was closed before the whole file had arrived',
		};
	}
	const type = headers['content-type'];
	if (!looksLikeVideo(beginning.bytes)) {
		if (beginning.bytes.length === 0) return { kind: 'repeat', why: 'the file is empty' };
		const text = errorText(await readText(body, undefined, beginning));
		return { kind: 'repeat', why: withDetail(noVideo(type), readable(text)), isOther: true };
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
	return { kind: final ? 'final' : 'repeat', why };
}

async function attempt(transfers: Transfers, file: VideoFile): Promise<Attempt> {
	const { signal, release } = transfers.stop.immediate();
	const reply = await openFile(transfers.context, {
		url: file.url,
		timeout: TIMEOUTS.download,
		signal,
	});
	try {
		if (reply.kind === 'failure') return { kind: 'repeat', why: describeFailure(reply) };
		if (!reply.open) return refusedFile(reply);
		return await receive(transfers, reply.open, reply.headers, file);
	} finally {
		release();
		if (reply.kind === 'answer') reply.open?.end();
	}
}

/**
 * Downloads a video, again and again while it breaks.
 *
 * @param deadline ms since 1970; at least three attempts are made even after it, and an address that answers
 * 403 or 404 gets its grace
 */
export async function download(
	transfers: Transfers,
	file: VideoFile,
	deadline: number,
): Promise<Outcome<StoredFile>> {
	const { gates, stop } = transfers;
	const { requestId } = file;
	const end = monotonic() + (deadline - Date.now());
	/** When the address answered 403 or 404 for the first time. */
	let absentSince: number | undefined;
	const inTurn = async (): Promise<Attempt> => {
		if (stop.pressed) return { kind: 'final', why: '' };
		transfers.tell('Downloading the video', { requestId });
		return await attempt(transfers, file);
	};
	/** Until when a further attempt is made, on the monotonic clock; undefined when none is. */
	const goesOnUntil = (result: Exclude<Attempt, { kind: 'stored' }>, tries: number) => {
		if (result.kind === 'final') return undefined;
		const now = monotonic();
		if (result.isAbsent) {
			absentSince ??= now;
			const graceEnd = absentSince + TIMEOUTS.freshVideo;
			return now < graceEnd ? graceEnd : undefined;
		}
		if (tries >= (result.isOther ? TRIES.downloadOther : TRIES.download)) return undefined;
		return tries >= TRIES.downloadAtLeast && now >= end ? undefined : end;
	};
	for (let tries = 1; ; tries++) {
		if (stop.pressed) break;
		const result = await gates.download.run(inTurn, stop);
		if (result.kind === 'stored') return success(result.file);
		if (stop.pressed) break;

		const until = goesOnUntil(result, tries);
		if (until === undefined) return failure(undelivered(file, result.why));
		transfers.log('The download broke off, trying again', {
			requestId,
			reason: result.why,
		});
		const asked = result.kind === 'repeat' ? result.pause : undefined;
		const pause = asked ?? failurePause(tries, Math.random());
		await stop.pause(Math.min(pause, Math.max(until - monotonic(), PAUSES.failureFirst)));
	}
	const { url: videoUrl, cost } = file;
	return failure(stoppedProblem({ requestId, videoUrl, cost }));
}
