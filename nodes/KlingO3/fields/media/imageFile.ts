/**
 * Reads an image file's type and size from its first bytes, and checks whether Kling takes it. Pure.
 */
import { MEGABYTE, type FileFacts, type MediaKind } from './media';

/** Limits. Source: Kling's API documentation. */
export const IMAGE_LIMITS = {
	/** bytes */
	size: 10 * MEGABYTE,
	/** px, each side */
	side: 300,
	/** longer side to shorter side */
	ratio: 2.5,
};

/** The limits in words, for the panel. */
export const IMAGE_FORM = `JPEG, PNG or WebP, up to ${IMAGE_LIMITS.size / MEGABYTE} MB, at least ${IMAGE_LIMITS.side} px on each side`;

/** JPEG markers that start a frame and hold its size (SOF0 to SOF15 without DHT, JPG and DAC). */
const isFrameStart = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegSize(file: Buffer): { width: number; height: number } | undefined {
	let at = 2;
	while (at + 9 < file.length) {
		if (file[at] !== 0xff) return undefined;
		const marker = file[at + 1];
		if (marker === 0xff) {
			at++; // A fill byte.
			continue;
		}
		if (isFrameStart(marker)) {
			return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
		}
		at += 2 + file.readUInt16BE(at + 2);
	}
	return undefined;
}

function webpSize(file: Buffer): { width: number; height: number } | undefined {
	if (file.length < 30) return undefined;
	const format = file.toString('latin1', 12, 16);
	if (format === 'VP8X')
		return { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1 };
	if (format === 'VP8 ') {
		return { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff };
	}
	if (format === 'VP8L') {
		const bits = file.readUInt32LE(21);
		return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
	}
	return undefined;
}

/** @returns undefined if the file is not a JPEG, PNG or WebP */
export function imageFacts(file: Buffer): FileFacts | undefined {
	if (file.length > 3 && file.readUIntBE(0, 3) === 0xffd8ff)
		return { type: 'image/jpeg', ...jpegSize(file) };
	if (file.length > 24 && file.toString('latin1', 1, 4) === 'PNG') {
		return { type: 'image/png', width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
	}
	if (file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP') {
		return { type: 'image/webp', ...webpSize(file) };
	}
	return undefined;
}

function problem({ width, height }: FileFacts): string | undefined {
	if (!width || !height) return undefined;
	if (Math.min(width, height) < IMAGE_LIMITS.side) {
		return `is ${width} × ${height} px; Kling needs at least ${IMAGE_LIMITS.side} px on each side`;
	}
	if (Math.max(width, height) / Math.min(width, height) > IMAGE_LIMITS.ratio) {
		return `is ${width} × ${height} px; Kling takes no image that is more than ${IMAGE_LIMITS.ratio} times as long as it is wide, or the other way round`;
	}
	return undefined;
}

export const IMAGE: MediaKind = {
	noun: 'image',
	largest: IMAGE_LIMITS.size,
	types: 'a JPEG, PNG or WebP image',
	facts: imageFacts,
	problem,
};
