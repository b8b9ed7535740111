/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { access, chmod, constants } from 'node:fs/promises';

import ffmpegBinary from '@ffmpeg-installer/ffmpeg';
import ffprobeBinary from '@ffprobe-installer/ffprobe';
import execa, { type ExecaChildProcess } from 'execa';

/** Some of the packages ship their binary without the executable bit. */
async function executable(path: string): Promise<string> {
	try {
		await access(path, constants.X_OK);
	} catch {
		await chmod(path, 0o755);
	}
	return path;
}

/**
 * Runs ffmpeg, overwriting outputs.
 * @param started receives the process, so that it can be ended early
 * @throws Error with ffmpeg's own words when it fails
 */
export async function ffmpeg(
	args: string[],
	started: (process: ExecaChildProcess) => void = () => {},
): Promise<void> {
	const run = execa(await executable(ffmpegBinary.path), [
		'-nostdin',
		'-v',
		'error',
		'-y',
		...args,
	]);
	started(run);
	await run;
}

/** Runs ffprobe and returns what it prints. Throws with its own words when it fails. */
export async function ffprobe(args: string[]): Promise<string> {
	const { stdout } = await execa(await executable(ffprobeBinary.path), ['-v', 'error', ...args]);
	return stdout;
}
