/**
 * A stream of video bytes that is checked while it flows: that it is a video at all, that it does not
 * stall, and that nothing is missing at its end. (n8n waits for ever for a body that stalls, and takes
 * a body that ends early for a whole one.)
 */
import type { Stop } from '../schedule/stop';
import type { ByteStream } from '../wire/stream';
import { Mp4Walker } from './mp4';

export interface StreamFault {
	why: string;
	/** Whether another download would bring the same. */
	final: boolean;
	/** The beginning of what arrived instead of a video. */
	text?: Buffer;
}

/** Sizes in bytes that were announced, where they were. */
export interface Announced {
	/** By the answer that brings the file. */
	contentLength?: number;
	/** By the service's description of the video. */
	fileSize?: number;
}

export interface CheckedVideo {
	stream: ByteStream;
	/** Why the stream was ended on its way, or broke off; undefined when it came to its end. */
	broken(): StreamFault | undefined;
	/** What is wrong with a stream that came to its end; undefined when all is there. */
	missing(): StreamFault | undefined;
	/** bytes so far */
	received(): number;
	/** Ends the watch over the stream, and the stream where it has not ended. */
	release(): void;
}

const SIGNATURES: Array<{ offset: number; bytes: string }> = [
	// ISO media (MP4, MOV): a size, then the type of the first box.
	...['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'styp'].map((bytes) => ({
		offset: 4,
		bytes,
	})),
	// Matroska and WebM.
	{ offset: 0, bytes: '\x1aE\xdf\xa3' },
	{ offset: 8, bytes: 'AVI ' },
];

/** Bytes that a signature needs. */
const SHORTEST_CHECK = 12;

/** Whether bytes begin like a video file. Pure. */
export function looksLikeVideo(start: Buffer): boolean {
	return SIGNATURES.some(
		({ offset, bytes }) => start.toString('latin1', offset, offset + bytes.length) === bytes,
	);
}

/**
 * What is missing of a file that came to its end. The transport's own length must be met. The service's
 * word for the size counts too, unless the transport's length is met and the file is whole by its own
 * structure: then the service was wrong, and the file is paid. Pure.
 *
 * @param received bytes
 * @param isWhole whether the file's structure is complete; undefined where that is not known
 */
export function missingPart(
	received: number,
	announced: Announced,
	isWhole: boolean | undefined,
): string | undefined {
	const contentLength = announced.contentLength || 0;
	const fileSize = announced.fileSize || 0;
	if (received === 0) return 'the file is empty';
	if (received < SHORTEST_CHECK) return 'what arrived is no video file';
	if (received < contentLength) return `only ${received} of ${contentLength} bytes arrived`;
	if (received < fileSize && !(contentLength > 0 && isWhole)) {
		return `only ${received} of ${fileSize} bytes arrived`;
	}
	if (contentLength === 0 && fileSize === 0 && isWhole === false) {
		return `the file ends in the middle, after ${received} bytes`;
	}
	return undefined;
}

/** Ends a stream that brings nothing for too long; returns what ends the watch. */
function watchForStall(
	stall: number,
	stop: Stop,
	lastProgress: () => number,
	end: (why: string) => void,
) {
	let released = false;
	const watch = async () => {
		while (!released) {
			await stop.pause(Math.min(stall / 4, 1000));
			if (released) return;
			if (stop.pressed) return end('the execution was stopped');
			if (Date.now() - lastProgress() > stall) return end('the download stood still');
		}
	};
	void watch();
	return () => {
		released = true;
	};
}

/**
 * @param stall ms without a byte after which the stream is given up
 */
export function checkedVideo(
	source: ByteStream,
	announced: Announced,
	stall: number,
	stop: Stop,
): CheckedVideo {
	const abort = new AbortController();
	const walker = new Mp4Walker();
	let received = 0;
	let lastProgress = Date.now();
	let isMp4 = false;
	let fault: StreamFault | undefined;

	const endWith = (found: StreamFault) => {
		fault ??= found;
		abort.abort();
		source.destroy();
	};
	const check = (chunk: Buffer): Buffer => {
		if (received === 0) {
			isMp4 = chunk.toString('latin1', 4, 8) === 'ftyp';
			if (chunk.length >= SHORTEST_CHECK && !looksLikeVideo(chunk)) {
				endWith({ why: 'what arrived is no video file', final: false, text: chunk });
			}
		}
		if (isMp4) walker.feed(chunk);
		received += chunk.length;
		lastProgress = Date.now();
		return chunk;
	};
	const release = watchForStall(
		stall,
		stop,
		() => lastProgress,
		(why) => endWith({ why, final: stop.pressed }),
	);
	// n8n may take its time to store what has arrived: that is no stall.
	source.on('end', release);
	source.on('error', () => {
		fault ??= { why: 'the connection was closed before the whole file had arrived', final: false };
	});
	const stream = source.map(check, { signal: abort.signal });
	// The reader gets the error; without a listener of its own Node would call it unhandled.
	stream.on('error', () => {});

	return {
		stream,
		broken: () => fault,
		missing: () => {
			const why = missingPart(received, announced, isMp4 ? walker.isWhole : undefined);
			return why === undefined ? undefined : { why, final: false };
		},
		received: () => received,
		release: () => {
			release();
			source.destroy();
		},
	};
}
