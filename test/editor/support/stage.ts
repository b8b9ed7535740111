/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- test, runs outside n8n */
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { launchBrowser } from '../../../harness/drive/editor/browser';
import { Editor } from '../../../harness/drive/editor/editor';
import { installN8n } from '../../../harness/install';
import { startN8n, type N8n, type Workflow } from '../../../harness/run/n8n';
import { buildAndPack } from '../../../harness/install/pack';
import type { JobReport, Sandbox } from '../../../sandbox';
import { Cleanup } from '../../../harness/run/cleanup';
import { testService } from '../../e2e/support/service';
import { FILES, NODE } from './workflows';

const ROOT = join(__dirname, '../../..');
/** Where the screenshots go. */
export const SHOTS = join(ROOT, 'test/output/pictures');

/** A real n8n with our package, a browser that shows its editor, and the sandbox behind it. */
export interface Stage {
	n8n: N8n;
	editor: Editor;
	sandbox: Sandbox;
	/** Fields of the credential that the sandbox accepts. */
	credential: { [field: string]: string };
	imageUrl: string;
	videoUrl: string;
	/** The account's jobs, the oldest first. */
	jobs(): JobReport[];
	/** Saves a workflow and opens it in the editor. */
	show(workflow: Workflow): Promise<string>;
	/** Our node's parameters as n8n has saved them. */
	saved(workflowId: string): Promise<{ [name: string]: unknown }>;
	close(): Promise<void>;
}

/** @param jobSeconds how long a video takes */
export async function openStage(jobSeconds: number): Promise<Stage> {
	const cleanup = new Cleanup();
	const close = async () => await cleanup.run();
	try {
		const log = (line: string) => process.stdout.write(`${line}\n`);
		const { sandbox, credential, imageUrl, videoUrl, jobs } = await testService(jobSeconds, {
			// About as large as the panel shows it.
			width: 480,
			fps: 24,
		});
		cleanup.add(async () => await sandbox.close());
		const tarball = await buildAndPack();
		cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
		const userFolder = cleanup.temporaryFolder('segmind-kling-editor-');
		const n8n = await startN8n({
			installation: await installN8n('2.41.1', log),
			userFolder,
			tarball,
			credentials: [credential],
			fileAccess: FILES,
		});
		cleanup.add(async () => await n8n.stop());
		await n8n.api.setupOwner();
		const browser = await launchBrowser(log);
		cleanup.add(async () => await browser.close());
		const editor = await Editor.open(browser, n8n.url);
		return {
			n8n,
			editor,
			sandbox,
			credential: credential.data as Stage['credential'],
			imageUrl,
			videoUrl,
			jobs,
			async show(workflow) {
				const { id } = await n8n.api.addWorkflow(workflow);
				await editor.openWorkflow(id);
				return id;
			},
			async saved(workflowId) {
				const { nodes } = await n8n.api.workflow(workflowId);
				return nodes.find(({ name }) => name === NODE)!.parameters;
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** `UPDATE_DOCS=1`: the pictures in the documents are those of this run. */
export function updateDocuments(): void {
	const documents = [
		join(ROOT, 'README.md'),
		...readdirSync(join(ROOT, 'docs'))
			.filter((name) => name.endsWith('.md'))
			.map((name) => join(ROOT, 'docs', name)),
	];
	const text = documents.map((file) => readFileSync(file, 'utf8')).join('\n');
	const shown = new Set(
		[...text.matchAll(/images\/([\w-]+\.(?:png|gif))/g)].map(([, name]) => name),
	);
	for (const name of readdirSync(SHOTS)) {
		if (shown.has(name)) copyFileSync(join(SHOTS, name), join(ROOT, 'docs/images', basename(name)));
	}
}
