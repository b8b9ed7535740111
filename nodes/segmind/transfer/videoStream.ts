/**
 * Checks a stream of video bytes while it flows: it must not break off, and nothing may be missing at its end. n8n
 * alone accepts a body that ends early.
 */
import { monotonic } from '../transport/clock';
import type { ByteStream, OpenBody } from '../transport/stream';
import { Mp4Walker } from './mp4';

export interface StreamFault {
	why: string;
	/** Whether another download would end the same. */
	final: boolean;
}

/** Announced sizes in bytes, if there are any. */
export interface Announced {
	/** From the headers of the file's own answer. */
	contentLength?: number;
	/** From the service's description of the video. */
	fileSize?: number;
}

export interface CheckedVideo {
	stream: ByteStream;
	/** Why the stream was ended early, or broke off. */
	fault(): StreamFault | undefined;
	/** Whether everything has arrived, or nothing more will. */
	isOver(): boolean;
	/** What is wrong with a stream that has ended; undefined if nothing is missing. */
	missing(): StreamFault | undefined;
	/** bytes so far */
	received(): number;
	/** ms since the last byte */
	quiet(): number;
	/** Ends the stream and the request. */
	end(fault: StreamFault): void;
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

export const SIGNATURE_LENGTH = 12;

/** Whether a file begins like a video. Pure. */
export function looksLikeVideo(start: Buffer): boolean {
	return SIGNATURES.some(
		({ offset, bytes }) => start.toString('latin1', offset, offset + bytes.length) === bytes,
	);
}

/**
 * What is missing from a file that has ended. Node itself ensures that no body ends before its `content-length`. If
 * fewer bytes arrive, the body was compressed on its way, and axios decompressed it silently. Then the length says
 * nothing about the file, and only the file itself shows whether it is whole. The size that the service names counts
 * too, unless the answer had a length and the file is whole by its own structure: then the service was wrong, and the
 * file is paid. Pure.
 *
 * @param received bytes
 * @param isWhole whether the file's structure is complete; undefined if that is not known
 */
export function missingPart(
	received: number,
	announced: Announced,
	isWhole: boolean | undefined,
): string | undefined {
	const contentLength = announced.contentLength || 0;
	const fileSize = announced.fileSize || 0;
	if (received === 0) return 'the file is empty';
	if (received < SIGNATURE_LENGTH) return 'what arrived is no video file';
	const isAnnounced = fileSize > 0 && received >= fileSize;
	if (received < contentLength && !isWhole && !isAnnounced) {
		return `only ${received} of ${contentLength} bytes arrived`;
	}
	if (received < fileSize && !(contentLength > 0 && isWhole)) {
		return `only ${received} of ${fileSize} bytes arrived`;
	}
	if (isWhole === false && received !== contentLength && received !== fileSize) {
		return `the file ends in the middle, after ${received} bytes`;
	}
	return undefined;
}

/** @param body its first bytes look like a video */
export function checkedVideo(body: OpenBody, announced: Announced): CheckedVideo {
	const source = body.stream;
	const abort = new AbortController();
	const walker = new Mp4Walker();
	let received = 0;
	let lastProgress = monotonic();
	let isMp4 = false;
	let hasEnded = false;
	let fault: StreamFault | undefined;

	const check = (chunk: Buffer): Buffer => {
		if (received === 0) isMp4 = chunk.toString('latin1', 4, 8) === 'ftyp';
		if (isMp4) walker.feed(chunk);
		received += chunk.length;
		lastProgress = monotonic();
		return chunk;
	};
	source.on('end', () => (hasEnded = true));
	source.on('error', () => {
		fault ??= { why: 'the connection was closed before the whole file had arrived', final: false };
	});
	const stream = source.map(check, { signal: abort.signal });
	// The reader gets the error. Without a second listener, Node would call it unhandled.
	stream.on('error', () => {});

	return {
		stream,
		fault: () => fault,
		isOver: () => hasEnded || fault !== undefined,
		missing: () => {
			const why = missingPart(received, announced, isMp4 ? walker.isWhole : undefined);
			return why === undefined ? undefined : { why, final: false };
		},
		received: () => received,
		quiet: () => monotonic() - lastProgress,
		end: (found) => {
			fault ??= found;
			abort.abort();
			body.end();
			source.destroy();
		},
	};
}
