/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The pictures of examples/README.md: each example's canvas in the real editor, and the last page of the form. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';

import { launchBrowser } from '../../../harness/editor/browser';
import { takeCanvas } from '../../../harness/editor/canvas';
import { Editor } from '../../../harness/editor/editor';
import { ffmpeg } from '../../../sandbox/render/ffmpeg';
import { EXAMPLES } from '../support/examples';
import type { Stage } from './stage';

const PICTURE = join(__dirname, '../../../demo/assets/mountain.jpg');
/** s of the video, after which it surely plays. */
const PLAYED = 1;

/** A canvas has few colours: with a palette of them its file is less than half as large, and looks the same. */
const WITH_PALETTE =
	'split[colours][picture];[colours]palettegen=max_colors=128:stats_mode=single[palette];[picture][palette]paletteuse=dither=none';

/** What the people see who fill in the form. */
async function takeLastPage(browser: Browser, url: string, file: string): Promise<void> {
	const page = await browser.newPage({ viewport: { width: 800, height: 620 } });
	await page.goto(url);
	await page.locator('input[type=file]').setInputFiles(PICTURE);
	await page.locator('textarea').fill('The camera glides over the lake');
	await page.getByText('Make my video').click();
	await page.locator('video').waitFor();
	await page.waitForFunction(`document.querySelector('video').currentTime > ${PLAYED}`);
	await page.screenshot({ path: file, type: 'jpeg', quality: 80 });
	await page.close();
}

export async function takePictures({ n8n, folder, workflows }: Stage): Promise<void> {
	mkdirSync(join(EXAMPLES, 'images'), { recursive: true });
	const browser = await launchBrowser();
	try {
		const page = join(EXAMPLES, 'images', 'form-to-video-page.jpg');
		await takeLastPage(browser, `${n8n.url}/form/kling-picture-to-video`, page);
		const editor = await Editor.open(browser, n8n.url);
		for (const [name, { id }] of workflows) {
			const file = join(EXAMPLES, 'images', name.replace('.json', '.png'));
			const taken = join(folder, 'canvas.png');
			await takeCanvas(editor, id, taken);
			await ffmpeg(['-i', taken, '-vf', WITH_PALETTE, file]);
		}
		await editor.close();
	} finally {
		await browser.close();
	}
}
