/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { join } from 'node:path';

import type { Clip, Frame, Write } from './clip';
import { soundOf, variant, type Shot } from './looks';

export interface TextClip {
	shots: Shot[];
	/** One for each shot. */
	titles: string[];
	/** Width over height. */
	aspect: number;
	audio: boolean;
}

/** Shipped, for not every machine has one. */
const FONT = join(__dirname, 'fonts/LiberationSans-Bold.ttf');
const LINE_CHARACTERS = 26;
const LINES = 4;
/** The ground is drawn this wide and enlarged: it is soft, and drawing costs time for each pixel. */
const GROUND_WIDTH = 64;

/** The beginning of a text in lines of words. */
function lines(text: string): string[] {
	const all: string[] = [];
	for (const word of text.trim().split(/\s+/)) {
		const line = `${all.at(-1) ?? ''} ${word}`.trim();
		if (all.length > 0 && line.length <= LINE_CHARACTERS) all[all.length - 1] = line;
		else all.push(word.slice(0, LINE_CHARACTERS));
	}
	return all.length > LINES ? [...all.slice(0, LINES - 1), `${all[LINES - 1]} …`] : all;
}

/** Three colors that wander over the frame, others for each title. */
function ground(title: string, index: number): string {
	const phase = (variant(title) % 100) / 16 + index * 2;
	return [
		`geq=r='128+90*sin(X/15+T+${phase})'`,
		`g='100+70*sin(Y/11-T*0.7+${phase * 2})'`,
		`b='140+80*sin((X+Y)/20+T*1.3-${phase})'`,
	].join(':');
}

function shotGraph(shot: Shot, title: string, index: number, frame: Frame, write: Write): string {
	const { width, height, fps } = frame;
	const size = Math.round(width / 17);
	const written = lines(title);
	const rows = written.map((line, row) =>
		[
			`drawtext=fontfile='${FONT}':textfile='${write(line)}':expansion=none`,
			`fontsize=${size}:fontcolor=white:shadowcolor=black:shadowx=1:shadowy=1`,
			`x=(w-text_w)/2`,
			`y=h/2+${(row - written.length / 2) * size * 1.25}+h/40*sin(t)`,
		].join(':'),
	);
	const small = `${GROUND_WIDTH}x${Math.max(2, Math.round((GROUND_WIDTH * height) / width))}`;
	const filters = [ground(title, index), `scale=${width}:${height}:flags=bicubic`, ...rows];
	return `nullsrc=s=${small}:r=${fps}:d=${shot.seconds},${filters.join(',')},format=yuv420p,setsar=1[shot${index}]`;
}

/** A title for each shot, on a ground that moves. */
export const textClip = ({ shots, titles, aspect, audio }: TextClip): Clip => ({
	inputs: [],
	aspect,
	plan: (frame, write) => ({
		graph: [
			...shots.map((shot, index) => shotGraph(shot, titles[index], index, frame, write)),
			`${shots.map((_, index) => `[shot${index}]`).join('')}concat=n=${shots.length}:v=1:a=0[v]`,
		].join(';'),
		output: soundOf(shots, audio, 0),
	}),
});
