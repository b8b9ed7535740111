/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The pictures of examples/README.md: each example's canvas in the real editor, and the last page of the form. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';

import { launchBrowser } from '../../../harness/drive/editor/browser';
import { Editor } from '../../../harness/drive/editor/editor';
import type { Clip } from '../../../harness/drive/editor/part';
import { ffmpeg } from '../../../sandbox/render/ffmpeg';
import { EXAMPLES } from '../support/examples';
import type { Stage } from './stage';

const PICTURE = join(__dirname, '../../../demo/assets/mountain.jpg');
/** s of the video, after which it surely plays. */
const PLAYED = 1;

/** A canvas has few colors: with a palette of them its file is less than half as large, and looks the same. */
const WITH_PALETTE =
	'split[colors][picture];[colors]palettegen=max_colors=128:stats_mode=single[palette];[picture][palette]paletteuse=dither=none';

/** Every example fits at its full size, with the editor's bars around it. */
const WINDOW = { width: 2100, height: 1300 };
/** px around the nodes and their names. */
const MARGIN = 24;
/** The canvas's dots make the file larger. */
const WITHOUT_DOTS = '.vue-flow__background { display: none !important; }';

/** The rectangle around all visible nodes, names and connections. It runs in the page. */
const AROUND_NODES = `(() => {
	const parts = document.querySelectorAll(
		'.vue-flow__node, .vue-flow__node *, .vue-flow__edge-path, .vue-flow__edge-label',
	);
	const boxes = [...parts]
		.filter((part) => part.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
		// The toolbars show only while the mouse is over a node, but their opacity does not change.
		.filter((part) => !part.closest('[data-test-id*="toolbar"], [class*="toolbar"]'))
		.map((part) => part.getBoundingClientRect())
		.filter(({ width, height }) => width + height > 0);
	const x = Math.min(...boxes.map(({ left }) => left)) - ${MARGIN};
	const y = Math.min(...boxes.map(({ top }) => top)) - ${MARGIN};
	const right = Math.max(...boxes.map((box) => box.right)) + ${MARGIN};
	const bottom = Math.max(...boxes.map((box) => box.bottom)) + ${MARGIN};
	return { x, y, width: right - x, height: bottom - y };
})()`;

/** Saves the canvas of a workflow, cut to its nodes. */
async function takeCanvas(editor: Editor, workflowId: string, file: string): Promise<void> {
	const page = editor.window;
	await page.setViewportSize(WINDOW);
	await editor.openWorkflow(workflowId);
	const clip = await page.evaluate<Clip>(AROUND_NODES);
	await page.screenshot({ path: file, animations: 'disabled', style: WITHOUT_DOTS, clip });
}

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
