/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Files to make videos of: pictures of three formats and aspects, and a video. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { HostedFile } from '../files';

interface Sample {
	file: string;
	contentType: string;
}

const SAMPLES: Record<string, Sample> = {
	'mountain.jpg': {
		file: join(__dirname, '../../demo/assets/mountain.jpg'),
		contentType: 'image/jpeg',
	},
	'moon.png': { file: join(__dirname, 'moon.png'), contentType: 'image/png' },
	'rings.webp': { file: join(__dirname, 'rings.webp'), contentType: 'image/webp' },
	'waves.mp4': { file: join(__dirname, 'waves.mp4'), contentType: 'video/mp4' },
};

export const SAMPLE_NAMES = Object.keys(SAMPLES);

/** As the sandbox hosts them. */
export const SAMPLE_FILES: HostedFile[] = Object.entries(SAMPLES).map(([name, sample]) => ({
	...sample,
	path: `/samples/${name}`,
	bytes: statSync(sample.file).size,
}));
