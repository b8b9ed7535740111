/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/**
 * `npx tsx docs/pictures/take.ts`: takes the pictures in docs/images of the node in a real n8n, in both themes.
 * The videos come from the sandbox and cost nothing. `--tarball <file>` uses a package that is already packed.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { terminalReporter } from '../../demo/console';
import { runDemo, type DemoResult } from '../../demo/run';
import { sandboxService } from '../../demo/service';
import { launchBrowser } from '../../harness/editor/browser';
import { Editor, THEMES } from '../../harness/editor/editor';
import { NODE, singleShot, storyboard } from './workflows';

const IMAGES = join(__dirname, '..', 'images');
const NODE_TYPE = 'Segmind Kling O3';
const CREDENTIAL_TYPE = 'Segmind API';
const JOB_SECONDS = 3;

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { tarball: { type: 'string' } } });
	const report = terminalReporter();
	const browser = await launchBrowser();
	const outputFolder = mkdtempSync(join(tmpdir(), 'segmind-kling-pictures-'));
	let demo: DemoResult | undefined;
	try {
		demo = await runDemo({
			service: await sandboxService(JOB_SECONDS),
			tarball: values.tarball,
			outputFolder,
			report,
		});
		mkdirSync(IMAGES, { recursive: true });
		const { n8n, service, workflow } = demo;
		const { id: single } = await n8n.api.addWorkflow(singleShot());
		const { id: multiple } = await n8n.api.addWorkflow(storyboard());
		const credential = workflow.nodes.find(({ name }) => name === NODE)!.credentials as {
			segmindApi: { id: string };
		};
		const editor = await Editor.open(browser, n8n.url, 'light');
		const wrongKey = await editor.addCredential('Segmind (wrong key)', 'segmindApi', {
			...service.credential,
			apiKey: 'SG_example_wrong_key',
		});
		await editor.close();
		for (const theme of THEMES) {
			report.step(`Taking the ${theme} pictures`);
			await takeAll(theme, { single, multiple, goodKey: credential.segmindApi.id, wrongKey });
		}
	} finally {
		await demo?.close();
		await browser.close();
		rmSync(outputFolder, { recursive: true, force: true });
	}

	async function takeAll(
		theme: (typeof THEMES)[number],
		ids: { single: string; multiple: string; goodKey: string; wrongKey: string },
	): Promise<void> {
		const editor = await Editor.open(browser, demo!.n8n.url, theme);
		const take = async (name: string) => {
			const file = join(IMAGES, `${name}-${theme}.png`);
			await editor.picture(file);
			console.log(`   ${basename(file)}, ${Math.round(statSync(file).size / 1000)} kB`);
		};

		await editor.openWorkflow(ids.single);
		await editor.execute(3);
		await take('canvas');
		await editor.openNode(NODE);
		await editor.viewInputImage();
		await editor.showOutputAs('JSON');
		await take('panel-generate');
		// The picture and the film together would make too large a file.
		await editor.showInputAs('JSON');
		await editor.showOutputAs('Binary');
		await editor.viewVideo(2);
		await take('output-video');

		await editor.openWorkflow(ids.multiple);
		await editor.execute(3);
		await editor.openNode(NODE);
		await editor.viewInputImage();
		await editor.showOutputAs('JSON');
		await editor.scrollTo('shotMode');
		await take('panel-storyboard');

		await editor.openWorkflow(ids.single);
		await editor.searchNode('kling', NODE_TYPE);
		await take('search-kling');
		await editor.searchNode('image to video', NODE_TYPE);
		await take('search-image-to-video');

		await editor.newCredential(CREDENTIAL_TYPE);
		await take('credential-new');
		await editor.openCredential(ids.goodKey);
		await take('credential-accepted');
		await editor.openCredential(ids.wrongKey);
		await take('credential-refused');

		for (const problem of editor.problems) console.log(`   The browser's console: ${problem}`);
		await editor.close();
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
