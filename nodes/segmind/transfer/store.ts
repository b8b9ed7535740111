/**
 * Puts a stream of video bytes into n8n's binary store. Every wait has an end: for a stalled connection, for one that
 * trickles, and for a store that hangs after the file has arrived.
 */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import type { Stop } from '../schedule/stop';
import { monotonic } from '../transport/clock';
import { failureFrom } from '../transport/reply';
import type { OpenBody } from '../transport/stream';
import { checkedVideo, type Announced, type CheckedVideo, type StreamFault } from './videoStream';

/** A file in n8n's binary store. */
export interface StoredFile {
	binary: IBinaryData;
	/** bytes */
	size: number;
}

export interface FileToStore {
	fileName: string;
	mimeType: string;
	announced: Announced;
}

type Stored = { ok: true; file: StoredFile } | { ok: false; fault: StreamFault };

/** An error of n8n's own store. It shows only the system's code, because n8n replaces some texts with others. */
function storageFault(error: unknown): StreamFault {
	const { code } = failureFrom(error);
	const known = code === 'UNKNOWN' ? '' : ` (${code.toLowerCase()})`;
	return { why: `n8n could not store the file${known}`, final: false };
}

/** Final: another attempt would hang too, for each video of a batch. */
const STORE_HANGS: StreamFault = {
	why: "the file has arrived, but n8n's binary store did not take it in time",
	final: true,
};

async function store(
	context: IExecuteFunctions,
	video: CheckedVideo,
	file: FileToStore,
): Promise<Stored> {
	try {
		const binary = await context.helpers.prepareBinaryData(
			video.stream as never,
			file.fileName,
			file.mimeType,
		);
		const fault = video.fault() ?? video.missing();
		if (fault) return { ok: false, fault };
		return { ok: true, file: { binary, size: video.received() } };
	} catch (error) {
		return { ok: false, fault: video.fault() ?? storageFault(error) };
	}
}

/** ms between two checks of a transfer. */
const CHECK_EVERY = 1000;

/** Resolves with the reason when a transfer must be given up, or without one when the transfer has ended. */
async function givenUp(
	video: CheckedVideo,
	stop: Stop,
	isDone: () => boolean,
): Promise<StreamFault | undefined> {
	const { downloadStall, downloadWhole, store: storing, storeAfterFault } = TIMEOUTS;
	const begun = monotonic();
	while (!video.isOver()) {
		await stop.pause(Math.min(downloadStall / 4, CHECK_EVERY));
		if (isDone()) return undefined;
		if (stop.pressed) video.end({ why: 'the execution was stopped', final: true });
		else if (video.quiet() > downloadStall) {
			video.end({ why: 'the download stood still', final: false });
		} else if (monotonic() - begun > downloadWhole) {
			video.end({ why: 'the download took too long', final: false });
		}
	}
	const patience = video.fault() ? storeAfterFault : storing;
	for (const since = monotonic(); !stop.pressed && monotonic() - since < patience; ) {
		await stop.pause(Math.min(patience / 4, CHECK_EVERY));
		if (isDone()) return undefined;
	}
	return video.fault() ?? STORE_HANGS;
}

/** Stores a video whose first bytes were already checked, and checks the rest while it streams. Never throws. */
export async function storeVideo(
	context: IExecuteFunctions,
	body: OpenBody,
	file: FileToStore,
	stop: Stop,
): Promise<Stored> {
	const video = checkedVideo(body, file.announced);
	let isDone = false;
	const stored = store(context, video, file).finally(() => (isDone = true));
	const fault = await Promise.race([
		stored.then(() => undefined),
		givenUp(video, stop, () => isDone),
	]);
	// Closes the connection in every case.
	body.end();
	return fault ? { ok: false, fault } : await stored;
}
