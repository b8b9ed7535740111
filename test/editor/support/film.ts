/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** A short film of the editor for the README: an animated GIF of screenshots. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { ffmpeg } from '../../../sandbox/render/ffmpeg';
import type { Clip } from '../../../harness/drive/editor/part';

/** px. GitHub shows a README about 850 px wide, and n8n's text is still readable. */
const WIDTH = 720;
/** Few colors make a small file. They are enough, because the panel is gray and only the video moves. */
const PALETTE = [
	`[0]scale=${WIDTH}:-1:flags=lanczos,split[film][same]`,
	'[same]palettegen=max_colors=96:stats_mode=diff[colors]',
	'[film][colors]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle',
].join(';');

export class Film {
	private readonly folder = mkdtempSync(join(tmpdir(), 'segmind-kling-film-'));
	private readonly lines: string[] = [];

	/** @param clip the part of the window to film */
	constructor(
		private readonly page: Page,
		private readonly clip: Clip,
	) {}

	/** @param seconds how long the film shows the picture */
	async shoot(seconds: number): Promise<void> {
		const file = join(this.folder, `${this.lines.length}.png`);
		await this.page.screenshot({ path: file, clip: this.clip });
		this.lines.push(`file '${file}'\nduration ${seconds}`);
	}

	/** Takes one picture after the other, until the event has happened. */
	async during<T>(event: Promise<T>, seconds: number): Promise<T> {
		let isOver = false;
		const end = () => (isOver = true);
		event.then(end, end);
		while (!isOver) {
			await this.shoot(seconds);
			await this.page.waitForTimeout(seconds * 1000);
		}
		return await event;
	}

	/** Writes the GIF, which loops, and deletes the pictures. */
	async save(file: string): Promise<void> {
		mkdirSync(dirname(file), { recursive: true });
		const list = join(this.folder, 'list.txt');
		writeFileSync(list, this.lines.join('\n'));
		const pictures = ['-f', 'concat', '-safe', '0', '-i', list];
		try {
			await ffmpeg([...pictures, '-filter_complex', PALETTE, '-loop', '0', file]);
		} finally {
			rmSync(this.folder, { recursive: true, force: true });
		}
	}
}
