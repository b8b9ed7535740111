/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { ffmpeg } from './ffmpeg';
import type { HostedFile } from '../files';

interface Sample {
	size: string;
	contentType: string;
	/** Of a video: its length, and the size it is enlarged to, for drawing takes time for each pixel. */
	moving?: { seconds: number; scale: string };
	/** Colour of pixel X,Y at second T, 0 to 255, as ffmpeg's geq filter takes it. */
	red: string;
	green: string;
	blue: string;
	encoder: string[];
}

const RIDGE = 'gt(Y,330+60*sin(X/97)+25*sin(X/31))';
const SUN = '60*exp(-(pow(X-660,2)+pow(Y-170,2))/6000)';
const MOON = 'lt(hypot(X-360,Y-210),62)';

/** Drawn, not shipped: pictures of three formats and aspects, and a video. */
const SAMPLES: Record<string, Sample> = {
	'mountain.jpg': {
		size: '960x540',
		contentType: 'image/jpeg',
		red: `if(${RIDGE},38+Y/12,255-Y/4+${SUN})`,
		green: `if(${RIDGE},52+Y/9,120+Y/4+${SUN})`,
		blue: `if(${RIDGE},70+Y/10,90+Y/3.2)`,
		encoder: ['-q:v', '2'],
	},
	'moon.png': {
		size: '540x960',
		contentType: 'image/png',
		red: `if(gt(Y,620),26+18*sin(X/9+Y/3),15+Y/14+230*${MOON})`,
		green: `if(gt(Y,620),45+22*sin(X/11-Y/4),22+Y/12+225*${MOON})`,
		blue: `if(gt(Y,620),80+25*sin(X/13+Y/5),60+Y/8+190*${MOON})`,
		encoder: [],
	},
	'rings.webp': {
		size: '640x640',
		contentType: 'image/webp',
		red: '128+110*sin(hypot(X-320,Y-320)/18)',
		green: '110+80*sin(hypot(X-220,Y-380)/23)',
		blue: '140+100*sin((X+Y)/41)',
		encoder: ['-q:v', '80'],
	},
	'waves.mp4': {
		size: '64x36',
		moving: { seconds: 5, scale: '1280:720' },
		contentType: 'video/mp4',
		red: '40+30*sin(X/4+T*2)+2*Y',
		green: '90+40*sin(X/4+T*2+sin(Y/3))',
		blue: '160+60*sin(X/5-T+Y/7)',
		encoder: ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
	},
};

/** ffmpeg's inputs and what follows the drawing: one frame, or a film with a tone. */
function medium({ size, moving }: Sample): { inputs: string[]; scale: string[]; output: string[] } {
	const ground = `color=black:s=${size}`;
	if (!moving)
		return { inputs: ['-f', 'lavfi', '-i', ground], scale: [], output: ['-frames:v', '1'] };
	const { seconds, scale } = moving;
	const film = ['-f', 'lavfi', '-i', `${ground}:r=24:d=${seconds}`];
	const tone = ['-f', 'lavfi', '-i', `sine=220:d=${seconds}`];
	return { inputs: [...film, ...tone], scale: [`scale=${scale}`], output: [] };
}

export const SAMPLE_NAMES = Object.keys(SAMPLES);

async function draw(name: string, folder: string): Promise<HostedFile> {
	const { red, green, blue, contentType, encoder, moving } = SAMPLES[name];
	const { inputs, scale, output } = medium(SAMPLES[name]);
	const file = join(folder, `sample-${name}`);
	// geq wraps around beyond 255, so each colour is clipped.
	const [r, g, b] = [red, green, blue].map((colour) => `'clip(${colour},0,255)'`);
	await ffmpeg([
		...[...inputs, ...output],
		...['-vf', [`format=gbrp,geq=r=${r}:g=${g}:b=${b}`, ...scale].join(',')],
		...[...encoder, ...(moving ? ['-movflags', '+faststart'] : []), file],
	]);
	return { path: `/samples/${name}`, file, contentType, bytes: (await stat(file)).size };
}

/** Sample files, each drawn when it is first asked for. */
export class Samples {
	private readonly drawn = new Map<string, Promise<HostedFile>>();

	constructor(private readonly folder: string) {}

	/** The file of that name, or undefined if there is none. */
	async find(name: string): Promise<HostedFile | undefined> {
		if (!SAMPLE_NAMES.includes(name)) return undefined;
		const drawing = this.drawn.get(name) ?? draw(name, this.folder);
		this.drawn.set(name, drawing);
		return await drawing;
	}
}
