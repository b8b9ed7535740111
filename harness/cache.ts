/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that holds the installed n8n versions. It lies outside the working tree, so that a second clone or a
 * `git clean` does not cost minutes.
 */
export function cacheFolder(): string {
	const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
	const folder = join(base, 'n8n-nodes-segmind-kling');
	mkdirSync(folder, { recursive: true });
	return folder;
}
