/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** The pictures of examples/README.md: each example's canvas in the real editor. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { launchBrowser } from '../../../harness/editor/browser';
import { takeCanvas } from '../../../harness/editor/canvas';
import { Editor } from '../../../harness/editor/editor';
import { EXAMPLES } from '../support/examples';
import type { Stage } from './stage';

export async function takePictures({ n8n, workflows }: Stage): Promise<void> {
	mkdirSync(join(EXAMPLES, 'images'), { recursive: true });
	const browser = await launchBrowser();
	try {
		const editor = await Editor.open(browser, n8n.url, 'light');
		for (const [name, { id }] of workflows) {
			const file = join(EXAMPLES, 'images', name.replace('.json', '.png'));
			await takeCanvas(editor, id, file);
		}
		await editor.close();
	} finally {
		await browser.close();
	}
}
