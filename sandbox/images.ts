/* eslint-disable @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */

import { imageSize } from 'image-size';

import { TIMING } from './catalogue';

/** Kling's limits for an input image. */
const LIMITS = {
	bytes: 10 * 1024 * 1024,
	sidePixels: 300,
	/** Longer side over shorter side. */
	aspect: 2.5,
} as const;

/** image-size's names of the accepted formats. */
const FORMATS = ['jpg', 'png', 'webp'];

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
		if (total > LIMITS.bytes)
			throw new JobFailed(`${field}: image exceeds ${LIMITS.bytes / 1024 / 1024} MB`);
		chunks.push(bytes);
	}
	return Buffer.concat(chunks);
}

/**
 * Asks for a file as the service does.
 * @param what the field and the kind of file, named in complaints
 * @throws JobFailed when the address is not on the web, or does not answer with a file
 */
export async function fetchPublic(
	url: string,
	what: string,
	timeoutMs: number,
	closed: AbortSignal,
): Promise<Response> {
	if (!/^https?:\/\//i.test(url))
		throw new JobFailed(`${what} could not be fetched, it needs a public http(s) URL`);
	try {
		const response = await fetch(url, {
			headers: { 'user-agent': 'segmind-sandbox-fetcher' },
			signal: AbortSignal.any([closed, AbortSignal.timeout(timeoutMs)]),
		});
		if (!response.ok) throw new Error(`HTTP ${response.status}`);
		return response;
	} catch (error) {
		throw new JobFailed(`${what} could not be fetched (${(error as Error).message})`);
	}
}

async function download(url: string, field: string, closed: AbortSignal): Promise<Buffer> {
	const what = `${field}: image`;
	const response = await fetchPublic(url, what, TIMING.imageFetchMs, closed);
	try {
		return await body(response, field);
	} catch (error) {
		if (error instanceof JobFailed) throw error;
		throw new JobFailed(`${what} could not be fetched (${(error as Error).message})`);
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
	if (!size || !FORMATS.includes(size.format))
		throw new JobFailed(`${field}: unsupported image format, use JPEG, PNG or WebP`);
	const { width, height } = size;
	if (Math.min(width, height) < LIMITS.sidePixels)
		throw new JobFailed(
			`${field}: image is ${width}x${height}, each side needs ${LIMITS.sidePixels} pixels`,
		);
	if (Math.max(width, height) / Math.min(width, height) > LIMITS.aspect)
		throw new JobFailed(
			`${field}: aspect ratio of ${width}x${height} is outside 1:${LIMITS.aspect} to ${LIMITS.aspect}:1`,
		);
	return { bytes, ...size };
}
