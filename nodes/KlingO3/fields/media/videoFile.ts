/**
 * Reads a video file's type, size and length from the boxes of an MP4 or MOV, and checks whether Kling takes it.
 * Pure.
 * Source: ISO/IEC 14496-12, sections 4.2 (boxes), 8.2.2 (mvhd), 8.3.2 (tkhd), 8.4.3 (hdlr); Apple's QuickTime File
 * Format, its origin.
 */
import { MEGABYTE, type FileFacts, type MediaKind } from './media';

/** Limits. Sources: the pages of the two models on Segmind (width); Kling's API documentation (the rest). */
export const VIDEO_LIMITS = {
	/** bytes */
	size: 200 * MEGABYTE,
	/** px */
	narrowest: 720,
	/** px */
	widest: 2160,
	/** s */
	shortest: 3,
	/** s; the documentation said 10 until the middle of 2026 */
	longest: 15,
};

/** The limits in words, for the panel. */
export const VIDEO_FORM = `MP4 or MOV, ${VIDEO_LIMITS.shortest} to ${VIDEO_LIMITS.longest} seconds, ${VIDEO_LIMITS.narrowest} to ${VIDEO_LIMITS.widest} px wide, up to ${VIDEO_LIMITS.size / MEGABYTE} MB`;

const HEADER = 8;
const LONG_HEADER = 16;

interface Box {
	type: string;
	/** Without its header. */
	content: Buffer;
}

/** The boxes in a part of a file, one after the other. Stops at an invalid one. */
function* boxesOf(part: Buffer): Generator<Box> {
	let at = 0;
	while (at + HEADER <= part.length) {
		const short = part.readUInt32BE(at);
		// A size of 1 means that the real size follows the type; 0, that the box reaches to the end.
		const isLong = short === 1 && at + LONG_HEADER <= part.length;
		const header = isLong ? LONG_HEADER : HEADER;
		const stated = isLong ? Number(part.readBigUInt64BE(at + HEADER)) : short;
		const size = stated === 0 ? part.length - at : stated;
		if (size < header) return;
		yield {
			type: part.toString('latin1', at + 4, at + HEADER),
			content: part.subarray(at + header, at + size),
		};
		at += size;
	}
}

/** The first box at the end of a path of box types. */
function boxAt(part: Buffer, ...path: string[]): Buffer | undefined {
	const [wanted, ...rest] = path;
	for (const { type, content } of boxesOf(part)) {
		if (type === wanted) return rest.length === 0 ? content : boxAt(content, ...rest);
	}
	return undefined;
}

/** The first byte of such a box is its version. Version 1 has times of 8 bytes instead of 4. */
const isVersion1 = (box: Buffer) => box[0] === 1;

/** @returns s; undefined if the file does not say it, for example because it was recorded in fragments */
function secondsOf(movie: Buffer): number | undefined {
	const header = boxAt(movie, 'mvhd');
	if (!header || header.length < 32) return undefined;
	const [scaleAt, durationAt] = isVersion1(header) ? [20, 24] : [12, 16];
	const scale = header.readUInt32BE(scaleAt);
	const duration = isVersion1(header)
		? Number(header.readBigUInt64BE(durationAt))
		: header.readUInt32BE(durationAt);
	const seconds = duration / scale;
	// All bits 1 mean "unknown". A length of more than a day is not a clip, and most likely also unknown.
	return seconds > 0 && seconds < 86_400 ? seconds : undefined;
}

/**
 * Width and height as a player shows them. Phones store portrait films in landscape, with a rotation in the header.
 */
function sizeOf(movie: Buffer): { width: number; height: number } | undefined {
	for (const { type, content: track } of boxesOf(movie)) {
		const handler = type === 'trak' ? boxAt(track, 'mdia', 'hdlr') : undefined;
		if (handler?.toString('latin1', 8, 12) !== 'vide') continue;
		const header = boxAt(track, 'tkhd');
		const matrixAt = header && isVersion1(header) ? 52 : 40;
		if (!header || header.length < matrixAt + 44) return undefined;
		// 16.16 fixed point.
		const [width, height] = [36, 40].map((at) => header.readUInt32BE(matrixAt + at) / 65_536);
		// The matrix (a b u, c d v, x y w) turns by 90 or 270 degrees if a and d are 0.
		const isTurned = header.readInt32BE(matrixAt) === 0 && header.readInt32BE(matrixAt + 16) === 0;
		return isTurned ? { width: height, height: width } : { width, height };
	}
	return undefined;
}

/** Old MOV files begin with one of these boxes and name no brand. */
const UNBRANDED = ['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];

function typeOf(file: Buffer): string | undefined {
	if (file.length < 12) return undefined;
	const first = file.toString('latin1', 4, 8);
	if (first !== 'ftyp') return UNBRANDED.includes(first) ? 'video/quicktime' : undefined;
	const brand = file.toString('latin1', 8, 12);
	// Pictures from phones use the same boxes.
	if (/^(hei|hev|mif|msf|avi)/.test(brand)) return undefined;
	return brand === 'qt  ' ? 'video/quicktime' : 'video/mp4';
}

/** @returns undefined if the file is not an MP4 or MOV */
export function videoFacts(file: Buffer): FileFacts | undefined {
	const type = typeOf(file);
	if (!type) return undefined;
	const movie = boxAt(file, 'moov');
	return movie ? { type, seconds: secondsOf(movie), ...sizeOf(movie) } : { type };
}

/**
 * Checks only what is certain: the length rounded, as it is billed, and the width, because Segmind's pages do not
 * limit the height.
 */
function problem({ width, height, seconds }: FileFacts): string | undefined {
	const { narrowest, widest, shortest, longest } = VIDEO_LIMITS;
	if (width && (width < narrowest || width > widest)) {
		return `is ${width} × ${height} px; Kling takes videos that are ${narrowest} to ${widest} px wide`;
	}
	const length = seconds === undefined ? shortest : Math.round(seconds);
	if (length < shortest || length > longest) {
		return `lasts ${seconds?.toFixed(1)} seconds; Kling takes videos of ${shortest} to ${longest} seconds`;
	}
	return undefined;
}

export const VIDEO: MediaKind = {
	noun: 'video',
	largest: VIDEO_LIMITS.size,
	types: 'an MP4 or MOV video',
	facts: videoFacts,
	problem,
};
