/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { download, JobFailed } from './download';
import { probe, type Probe } from './render/probe';
import type { Shared } from './service';

export interface InputVideo extends Pick<Probe, 'width' | 'height' | 'hasAudio'> {
	/** Where it lies on disk. */
	file: string;
	seconds: number;
}

/** Kling's limits for an input video. */
const LIMITS = {
	...{ name: 'video', mostMegabytes: 200, timeoutMs: 60_000 },
	seconds: [3, 15],
	pixels: [720, 2160],
	fps: [24, 60],
} as const;

/** A frame rate is a fraction: 23.976 counts as 24. */
const FPS_TOLERANCE = 0.1;

async function save(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<string> {
	const part = join(folder, `input-${randomUUID()}`);
	const hash = createHash('sha256');
	const hashed = async function* () {
		for await (const chunk of chunks) {
			hash.update(chunk);
			yield chunk;
		}
	};
	await writeFile(part, hashed());
	// Named by its content: equal inputs give equal clips, which are rendered once.
	const file = join(folder, `input-${hash.digest('hex').slice(0, 32)}`);
	await rename(part, file);
	return file;
}

const isOutside = (
	value: number,
	[least, most]: readonly [number, number],
	tolerance = 0,
): boolean => value < least - tolerance || value > most + tolerance;

/** What is wrong with a video. @param isOwn one that the sandbox made may be smaller than a real one */
function complaint(media: Probe | undefined, isOwn: boolean): string | undefined {
	if (!media?.hasVideo || !/\b(mp4|mov)\b/.test(media.format))
		return 'unsupported video format, use MP4 or MOV';
	const { durationSeconds, width, height, fps } = media;
	const [seconds, pixels, rates] = [LIMITS.seconds, LIMITS.pixels, LIMITS.fps];
	if (isOutside(Math.round(durationSeconds), seconds))
		return `video lasts ${durationSeconds} seconds, use ${seconds.join(' to ')}`;
	if (isOwn) return undefined;
	if (isOutside(width, pixels) || isOutside(height, pixels))
		return `video is ${width}x${height}, each side needs ${pixels.join(' to ')} pixels`;
	if (isOutside(fps, rates, FPS_TOLERANCE))
		return `video has ${fps} frames a second, use ${rates.join(' to ')}`;
	return undefined;
}

/**
 * Fetches an input video as the service does and applies Kling's limits to it. One that this sandbox rendered is taken
 * from disk: fetching it would look like a download by the client.
 * @param field the body's field, named in complaints
 * @throws JobFailed when it cannot be fetched or breaks a limit
 */
export async function fetchVideo(url: string, field: string, shared: Shared): Promise<InputVideo> {
	const { folder, closed, files, urls } = shared;
	const isOwn = url.startsWith(`${urls.files}/videos/`);
	const own = isOwn ? files.get(url.slice(urls.files.length))?.file : undefined;
	const file = own ?? (await save(download(url, field, LIMITS, closed), folder));
	const media = await probe(file).catch(() => undefined);
	const wrong = complaint(media, own !== undefined);
	if (!media || wrong) throw new JobFailed(`${field}: ${wrong}`);
	const { durationSeconds: seconds, width, height, hasAudio } = media;
	return { file, seconds, width, height, hasAudio };
}
