/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { access, chmod, constants } from 'node:fs/promises';

import ffmpegBinary from '@ffmpeg-installer/ffmpeg';
import ffprobeBinary from '@ffprobe-installer/ffprobe';
import execa from 'execa';

/** Some of the packages ship their binary without the executable bit. */
async function executable(path: string): Promise<string> {
	await access(path, constants.X_OK).catch(async () => await chmod(path, 0o755));
	return path;
}

/**
 * Runs ffmpeg, overwriting outputs.
 * @param closed ends it
 * @throws Error with ffmpeg's own words when it fails
 */
export async function ffmpeg(args: string[], closed?: AbortSignal): Promise<void> {
	const binary = await executable(ffmpegBinary.path);
	// Node's own option, which execa hands on but does not name in its types.
	const options = { signal: closed, killSignal: 'SIGKILL' } as execa.Options;
	await execa(binary, ['-nostdin', '-v', 'error', '-y', ...args], options);
}

/** Runs ffprobe and returns what it prints. Throws with its own words when it fails. */
export async function ffprobe(args: string[]): Promise<string> {
	const { stdout } = await execa(await executable(ffprobeBinary.path), ['-v', 'error', ...args]);
	return stdout;
}
