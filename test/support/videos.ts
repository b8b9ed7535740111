/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** Small video files, made by ffmpeg. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { path as ffmpeg } from '@ffmpeg-installer/ffmpeg';
import execa from 'execa';

/** Quick to make, and what most videos are. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

export interface Wanted {
	size?: string;
	/** s */
	seconds?: number;
	/** Of ffmpeg, behind its input. */
	options?: string[];
	/** Its ending says what it is. */
	name?: string;
}

/** A video of one color. */
export async function makeVideo({
	size = '1280x720',
	seconds = 4,
	options = H264,
	name = 'video.mp4',
}: Wanted = {}): Promise<Buffer> {
	const folder = mkdtempSync(join(tmpdir(), 'kling-video-'));
	const file = join(folder, name);
	const source = ['-f', 'lavfi', '-i', `color=c=gray:size=${size}:rate=24:duration=${seconds}`];
	await execa(ffmpeg, ['-v', 'error', '-y', ...source, ...options, file]);
	const content = readFileSync(file);
	rmSync(folder, { recursive: true });
	return content;
}
