/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Files to make videos of: pictures of three formats and aspects, and a video. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { HostedFile } from '../tables';

const SAMPLES = [
	['../../demo/assets/mountain.jpg', 'image/jpeg'],
	['moon.png', 'image/png'],
	['rings.webp', 'image/webp'],
	['waves.mp4', 'video/mp4'],
];

/** As the sandbox hosts them. */
export const SAMPLE_FILES: HostedFile[] = SAMPLES.map(([name, contentType]) => {
	const file = join(__dirname, name);
	return { path: `/samples/${basename(name)}`, file, contentType, bytes: statSync(file).size };
});

export const SAMPLE_NAMES = SAMPLES.map(([name]) => basename(name));
