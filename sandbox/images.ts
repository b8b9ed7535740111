/* eslint-disable @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */

import { imageSize } from 'image-size';

import { IMAGE_FORMATS, LIMITS, TIMING } from './catalogue';

/** A job that ends as FAILED, with the text its owner reads. */
export class JobFailed extends Error {}

export interface InputImage {
	bytes: Buffer;
	/** jpg, png or webp */
	format: string;
	width: number;
	height: number;
}

async function body(response: Response, field: string): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let total = 0;
	for await (const chunk of response.body ?? []) {
		const bytes = chunk as Uint8Array;
		total += bytes.length;
		// Checked while reading: an endless body must not fill the memory.
		if (total > LIMITS.imageBytes)
			throw new JobFailed(`${field}: image exceeds ${LIMITS.imageBytes / 1024 / 1024} MB`);
		chunks.push(bytes);
	}
	return Buffer.concat(chunks);
}

async function download(url: string, field: string, closed: AbortSignal): Promise<Buffer> {
	if (!/^https?:\/\//i.test(url))
		throw new JobFailed(`${field}: image could not be fetched, it needs a public http(s) URL`);
	try {
		const response = await fetch(url, {
			headers: { 'user-agent': 'segmind-sandbox-fetcher' },
			signal: AbortSignal.any([closed, AbortSignal.timeout(TIMING.imageFetchMs)]),
		});
		if (!response.ok) throw new Error(`HTTP ${response.status}`);
		return await body(response, field);
	} catch (error) {
		if (error instanceof JobFailed) throw error;
		throw new JobFailed(`${field}: image could not be fetched (${(error as Error).message})`);
	}
}

function measure(bytes: Buffer): { format: string; width: number; height: number } | undefined {
	try {
		const { type = '', width, height } = imageSize(bytes);
		return { format: type, width, height };
	} catch {
		return undefined; // no image format that the library knows
	}
}

/**
 * Fetches an input image as the service does and applies Kling's limits to it.
 * @param field the body's field, named in complaints
 * @throws JobFailed when it cannot be fetched or breaks a limit
 */
export async function fetchImage(
	url: string,
	field: string,
	closed: AbortSignal,
): Promise<InputImage> {
	return readImage(await download(url, field, closed), field);
}

/** @throws JobFailed when it is no image of the known formats, or breaks a limit */
export function readImage(bytes: Buffer, field: string): InputImage {
	const size = measure(bytes);
	if (!size || !(size.format in IMAGE_FORMATS))
		throw new JobFailed(`${field}: unsupported image format, use JPEG, PNG or WebP`);
	const { width, height } = size;
	if (Math.min(width, height) < LIMITS.imageSidePixels)
		throw new JobFailed(
			`${field}: image is ${width}x${height}, each side needs ${LIMITS.imageSidePixels} pixels`,
		);
	if (Math.max(width, height) / Math.min(width, height) > LIMITS.imageAspect)
		throw new JobFailed(
			`${field}: aspect ratio of ${width}x${height} is outside 1:${LIMITS.imageAspect} to ${LIMITS.imageAspect}:1`,
		);
	return { bytes, ...size };
}
