/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Every file in examples/ is imported with n8n's own import and run in real n8n against the sandbox, as it
 * is in the repository but with pictures and videos that the sandbox can fetch. `start-wait-get.json` runs in
 * durable.test.ts, `parked-batch.json` in park.test.ts. With UPDATE_DOCS=1 their pictures are taken.
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { buildAndPack } from '../../harness/install/pack';
import type { N8nVersion } from '../../harness/install';
import type { WorkflowNode } from '../../harness/run/n8n';
import { agentExample } from './examples/agent';
import { agentErrors } from './examples/agentErrors';
import { approvalExample } from './examples/approval';
import { budgetExample } from './examples/budget';
import { filmExample } from './examples/film';
import { formExample } from './examples/form';
import { takePictures } from './examples/pictures';
import {
	editExample,
	imageUrlExample,
	referenceExample,
	storyboardExample,
	textExample,
} from './examples/simple';
import { startStage, type Stage } from './examples/stage';
import { storageExample } from './examples/storage';
import { tableExample } from './examples/table';
import { telegramExample } from './examples/telegram';
import { Cleanup } from '../../harness/run/cleanup';
import { exampleFiles, EXAMPLES, readExample } from './support/examples';

/** What each example is run by; `undefined`: by durable.test.ts, or by park.test.ts. */
const RUN_BY: Record<string, ((stage: () => Stage) => void) | undefined> = {
	'image-url-to-video.json': imageUrlExample,
	'text-to-portrait-video.json': textExample,
	'video-restyle.json': referenceExample,
	'video-edit.json': editExample,
	'form-to-video.json': formExample,
	'products-to-videos.json': tableExample,
	'storyboard-to-video.json': storyboardExample,
	'film-from-key-frames.json': filmExample,
	'store-in-s3.json': storageExample,
	'telegram-bot.json': telegramExample,
	'start-wait-get.json': undefined,
	'parked-batch.json': undefined,
	'approval-above-a-limit.json': approvalExample,
	'monthly-budget.json': budgetExample,
	'ai-agent-tool.json': agentExample,
};
/** n8n 1.100.1 has no Data Table and no AI Agent node of version 3, and parks nothing. */
const ONLY_IN_2 = ['products-to-videos.json', 'parked-batch.json', 'ai-agent-tool.json'];

/** It has no Authentication. The example itself lets nobody in, as telegram.ts tests. */
const BY_MESSAGE = 'n8n-nodes-base.telegramTrigger';
const BY_HAND = 'n8n-nodes-base.manualTrigger';
const BY_CLOCK = 'n8n-nodes-base.scheduleTrigger';

const shared = new Cleanup();
let tarball: string;

beforeAll(async () => {
	tarball = await buildAndPack();
	shared.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
}, 120_000);
afterAll(async () => await shared.run());

describe.each([
	['2.41.1', Object.keys(RUN_BY)],
	['1.100.1', Object.keys(RUN_BY).filter((file) => !ONLY_IN_2.includes(file))],
] as Array<[N8nVersion, string[]]>)('n8n %s', (version, files) => {
	const cleanup = new Cleanup();
	let stage: Stage;

	beforeAll(async () => {
		stage = await startStage(version, tarball, files, cleanup);
	}, 300_000);
	afterAll(async () => await cleanup.run(), 60_000);

	for (const file of files) RUN_BY[file]?.(() => stage);
	agentErrors(version, () => stage);

	it('has run every example that it has imported', async () => {
		for (const file of files.filter((name) => RUN_BY[name])) {
			const executions = await stage.n8n.api.executions({
				workflowId: stage.workflows.get(file)!.id,
				status: ['success'],
			});
			expect([file, executions.length > 0]).toEqual([file, true]);
		}
	});

	if (version === '2.41.1' && process.env.UPDATE_DOCS) {
		it('has its pictures taken', async () => await takePictures(stage), 600_000);
	}
});

describe('examples/', () => {
	const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
	const sectionOf = (file: string) =>
		readme.split(/^## /m).find((section) => section.includes(`](${file})`));
	/** Whoever knows its address can spend the owner's money. */
	const isOpenToOthers = ({ type }: WorkflowNode) =>
		/\.(webhook|\w+Trigger)$/.test(type) && ![BY_HAND, BY_CLOCK, BY_MESSAGE].includes(type);

	it('has no file that no test runs', () => {
		expect(exampleFiles().sort()).toEqual(Object.keys(RUN_BY).sort());
	});

	it.each(exampleFiles())('%s is explained, and holds nobody’s data', (file) => {
		const workflow = readExample(file, {
			imageUrl: 'http://127.0.0.1/',
			videoUrl: 'http://127.0.0.1/',
		});
		const notes = workflow.nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
		const text = notes.map(({ parameters }) => String(parameters.content)).join('\n');
		expect(text).toMatch(/credential/);
		expect(text).toMatch(/costs? (you )?money/);
		expect(workflow.pinData ?? {}).toEqual({});
		expect(workflow.active).toBe(false);
		for (const { name } of workflow.nodes.filter(isOpenToOthers)) {
			expect(text).toMatch(
				new RegExp(`\\*\\*Set \\*Authentication\\* in \\*${name}\\* before you `),
			);
			expect(sectionOf(file)).toContain(`**Set _Authentication_ in _${name}_ before you `);
		}
		// A credential is named, not held.
		for (const { credentials = {} } of workflow.nodes) {
			for (const named of Object.values(credentials as Record<string, object>)) {
				expect(Object.keys(named).sort()).toEqual(['id', 'name']);
			}
		}
		expect(JSON.stringify(workflow)).not.toMatch(/SG_\w|sk-\w|"apiKey"/);
	});

	it('has in its README no picture that is missing or too large', () => {
		const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path);
		for (const picture of pictures) {
			expect([picture, existsSync(join(EXAMPLES, picture))]).toEqual([picture, true]);
			expect(statSync(join(EXAMPLES, picture)).size).toBeLessThan(150_000);
		}
	});

	it.each(exampleFiles())('%s is in the README, with a picture', (file) => {
		expect(readme).toContain(`](${file})`);
		expect(readme).toContain(`](images/${file.replace('.json', '.png')})`);
	});
});
