/**
 * A stream of video bytes that is checked while it flows: that it is a video at all, that it does not
 * stall, and that nothing is missing at its end. (n8n waits for ever for a body that stalls, and takes
 * a body that ends early for a whole one.)
 */
import type { ByteStream } from '../wire/stream';
import type { Stop } from './clock';
import { Mp4Walker } from './mp4';

export interface StreamFault {
	why: string;
	/** Whether another download would bring the same. */
	final: boolean;
}

export interface CheckedVideo {
	stream: ByteStream;
	/** Why the stream was ended on its way; undefined when it was not. */
	fault(): StreamFault | undefined;
	/** What is wrong with a stream that came to its end; undefined when all is there. */
	missing(): StreamFault | undefined;
	/** bytes so far */
	received(): number;
	/** Ends the watch over the stream. */
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

function missing(received: number, announced: Array<number | undefined>): StreamFault | undefined {
	if (received === 0) return { why: 'the file is empty', final: false };
	if (received < SHORTEST_CHECK) return { why: 'what arrived is no video file', final: false };
	const expected = Math.max(0, ...announced.filter((size): size is number => (size ?? 0) > 0));
	if (received >= expected) return undefined;
	return { why: `only ${received} of ${expected} bytes arrived`, final: false };
}

/**
 * @param announced sizes in bytes that were announced, where they were
 * @param stall ms without a byte after which the stream is given up
 */
export function checkedVideo(
	source: ByteStream,
	announced: Array<number | undefined>,
	stall: number,
	stop: Stop,
): CheckedVideo {
	const watch = new AbortController();
	let received = 0;
	let fault: StreamFault | undefined;
	let lastProgress = Date.now();
	let released = false;
	// Where a length was announced, that is the better witness.
	const walker = announced.some((size) => (size ?? 0) > 0) ? undefined : new Mp4Walker();
	let isMp4 = false;

	const endWith = (found: StreamFault) => {
		fault ??= found;
		watch.abort();
		source.destroy();
	};
	const check = (chunk: Buffer): Buffer => {
		if (received === 0 && chunk.length >= SHORTEST_CHECK && !looksLikeVideo(chunk)) {
			endWith({ why: 'what arrived is no video file', final: false });
		}
		if (received === 0) isMp4 = chunk.toString('latin1', 4, 8) === 'ftyp';
		if (isMp4) walker?.feed(chunk);
		received += chunk.length;
		lastProgress = Date.now();
		return chunk;
	};
	const stream = source.map(check, { signal: watch.signal });
	// The reader gets the error; without a listener of its own Node would call it unhandled.
	stream.on('error', () => {});

	const guard = async () => {
		while (!released) {
			await stop.pause(Math.min(stall / 4, 1000));
			if (released) return;
			if (stop.pressed) return endWith({ why: 'the execution was stopped', final: true });
			if (Date.now() - lastProgress > stall) {
				return endWith({ why: 'the download stood still', final: false });
			}
		}
	};
	void guard();

	return {
		stream,
		fault: () => fault,
		missing: () => {
			if (isMp4 && walker && !walker.isWhole) {
				return { why: `the file ends in the middle, after ${received} bytes`, final: false };
			}
			return missing(received, announced);
		},
		received: () => received,
		release: () => {
			released = true;
		},
	};
}
