/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { TIMING } from './catalogue';
import { fetchPublic, JobFailed } from './images';
import { probe, type Probe } from './render/probe';

export interface InputVideo {
	/** Where it lies on disk. */
	file: string;
	seconds: number;
	width: number;
	height: number;
	hasAudio: boolean;
}

/** Kling's limits for an input video. */
const LIMITS = {
	bytes: 200 * 1024 * 1024,
	leastSeconds: 3,
	mostSeconds: 15,
	leastPixels: 720,
	mostPixels: 2160,
	leastFps: 24,
	mostFps: 60,
} as const;

/** A frame rate is a fraction: 23.976 counts as 24. */
const FPS_TOLERANCE = 0.1;

async function download(
	url: string,
	field: string,
	folder: string,
	closed: AbortSignal,
): Promise<string> {
	const response = await fetchPublic(url, `${field}: video`, TIMING.videoFetchMs, closed);
	const part = join(folder, `input-${randomUUID()}`);
	const hash = createHash('sha256');
	const handle = await open(part, 'w');
	let total = 0;
	try {
		for await (const chunk of response.body ?? []) {
			const bytes = chunk as Uint8Array;
			total += bytes.length;
			if (total > LIMITS.bytes)
				throw new JobFailed(`${field}: video exceeds ${LIMITS.bytes / 1024 / 1024} MB`);
			hash.update(bytes);
			await handle.write(bytes);
		}
	} catch (error) {
		if (error instanceof JobFailed) throw error;
		throw new JobFailed(`${field}: video could not be fetched (${(error as Error).message})`);
	} finally {
		await handle.close();
	}
	// Named by its content: equal inputs give equal clips, which are rendered once.
	const file = join(folder, `input-${hash.digest('hex').slice(0, 32)}`);
	await rename(part, file);
	return file;
}

async function measure(file: string, field: string): Promise<Probe> {
	const media = await probe(file).catch(() => undefined);
	if (!media?.hasVideo || !/\b(mp4|mov)\b/.test(media.format))
		throw new JobFailed(`${field}: unsupported video format, use MP4 or MOV`);
	const seconds = Math.round(media.durationSeconds);
	if (seconds < LIMITS.leastSeconds || seconds > LIMITS.mostSeconds)
		throw new JobFailed(
			`${field}: video lasts ${media.durationSeconds} seconds, use ${LIMITS.leastSeconds} to ${LIMITS.mostSeconds}`,
		);
	return media;
}

function checkFrame({ width, height, fps }: Probe, field: string): void {
	if (Math.min(width, height) < LIMITS.leastPixels || Math.max(width, height) > LIMITS.mostPixels)
		throw new JobFailed(
			`${field}: video is ${width}x${height}, each side needs ${LIMITS.leastPixels} to ${LIMITS.mostPixels} pixels`,
		);
	if (fps < LIMITS.leastFps - FPS_TOLERANCE || fps > LIMITS.mostFps + FPS_TOLERANCE)
		throw new JobFailed(
			`${field}: video has ${fps} frames a second, use ${LIMITS.leastFps} to ${LIMITS.mostFps}`,
		);
}

/**
 * Fetches an input video as the service does and applies Kling's limits to it.
 * @param field the body's field, named in complaints
 * @param own the file, if the address is that of a video which this sandbox rendered; it may be smaller than
 *   a real one, and fetching it would look like a download by the client
 * @throws JobFailed when it cannot be fetched or breaks a limit
 */
export async function fetchVideo(
	url: string,
	field: string,
	{ folder, closed, own }: { folder: string; closed: AbortSignal; own?: string },
): Promise<InputVideo> {
	const file = own ?? (await download(url, field, folder, closed));
	const media = await measure(file, field);
	if (!own) checkFrame(media, field);
	const { durationSeconds: seconds, width, height, hasAudio } = media;
	return { file, seconds, width, height, hasAudio };
}
