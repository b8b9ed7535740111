/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * What docs/ says of the node's output is what the node puts out. `UPDATE_DOCS=1 npx jest test/workflow/documents
 * --selectProjects workflow` writes the error item into docs/errors.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { OUTPUT, SOMETIMES } from '../../docs/reference/output';
import { withSections } from '../../docs/reference/sections';
import { runWorkflow, storedBinary } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const ERRORS = join(__dirname, '../../docs/errors.md');

const here = useSandbox();
let account: TestAccount;
let video: IDataObject;

const run = async (parameters: IDataObject) =>
	(await runWorkflow({ credential: account.credential, parameters })).output[0].json;

beforeAll(async () => {
	account = here.account({}, { history: true });
	video = {
		imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: 'Clouds drift past the summit',
		duration: '3',
	};
});

describe('docs/parameters.md names the keys of the output, in their order', () => {
	const documented = (operation: string, without: string[]) =>
		Object.keys(OUTPUT[operation]).filter((key) => !without.includes(key));

	it('of Generate', async () => {
		expect(Object.keys(await run(video))).toEqual(documented('Generate', SOMETIMES));
	});

	it('of Generate with all that is not always there but the last frame', async () => {
		const segments = [{ prompt: 'Clouds drift', duration: 3 }];
		const json = await run({
			...video,
			shotMode: 'multi',
			multiPromptSource: 'json',
			multiPromptJson: segments,
			options: { simplify: false },
		});
		expect(Object.keys(json)).toEqual(
			documented('Generate with Simplify off', ['lastFrameUrl', 'estimatedCostIsMaximum']),
		);
	});

	it('of Start, and of Get before and after the video is done', async () => {
		here.sandbox.set({ jobSeconds: 60 });
		const { requestId: slow } = await run({ ...video, operation: 'start' });
		const early = await run({ operation: 'get', requestId: slow, waitForCompletion: false });
		expect(Object.keys(early)).toEqual(documented('Get of an unfinished video', []));
		here.sandbox.set({ jobSeconds: 0.2 });
		const started = await run({ ...video, operation: 'start' });
		expect(Object.keys(started)).toEqual(documented('Start', SOMETIMES));
		const { requestId } = started;
		const done = await run({ operation: 'get', requestId });
		expect(Object.keys(done)).toEqual(documented('Get', SOMETIMES));
	});

	it('of Estimate Cost and Get Credits', async () => {
		const estimate = await run({ ...video, operation: 'estimateCost' });
		expect(Object.keys(estimate)).toEqual(documented('Estimate Cost', SOMETIMES));
		const credits = await run({ resource: 'account', operation: 'getCredits' });
		expect(Object.keys(credits)).toEqual(documented('Get Credits', []));
	});

	it('of Get Many', async () => {
		const other = here.account({}, { history: true });
		const createdAt = Date.now() - 60_000;
		await here.sandbox.addPast(other.key, { createdAt });
		await here.sandbox.addPast(other.key, { createdAt: createdAt - 1000, status: 'FAILED' });
		const parameters = { operation: 'getMany', simplify: false };
		const { output } = await runWorkflow({ credential: other.credential, parameters });
		const [done, failed] = output.map(({ json }) => Object.keys(json));
		expect(done).toEqual(documented('Get Many', ['errorMessage']));
		expect(failed).toEqual(documented('Get Many', ['videoUrl', 'videoUrlExpiresAt']));
	});

	it('of Get Usage, and of its lists', async () => {
		const usage = await run({ resource: 'account', operation: 'getUsage' });
		expect(Object.keys(usage)).toEqual(documented('Get Usage', []));
		for (const list of ['byModel', 'byDay']) {
			const [entry] = usage[list] as object[];
			const named = [...OUTPUT['Get Usage'][list].matchAll(/`(\w+)`/g)].map(([, key]) => key);
			expect(Object.keys(entry)).toEqual(named);
		}
	});

	it('of Upload', async () => {
		const binary = { data: await storedBinary(PICTURE, 'mountain.jpg', 'image/jpeg') };
		const { output } = await runWorkflow({
			credential: account.credential,
			items: [{ json: {}, binary }],
			parameters: { resource: 'asset', operation: 'upload', binaryField: 'data' },
		});
		expect(Object.keys(output[0].json)).toEqual(documented('Upload', []));
	});
});

describe('docs/errors.md', () => {
	it('shows an error item as the node makes it (UPDATE_DOCS=1 writes it)', async () => {
		here.sandbox.set({ jobSeconds: 60 });
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: { ...video, options: { maxWait: 1 / 60 } },
			settings: { onError: 'continueRegularOutput' },
		});
		// What differs each time is written as one example.
		const item = JSON.stringify(output[0].json, null, 2)
			.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '3b241101-e2bb-4255-8caf-4136c566a962')
			.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '2026-11-24 15:03 UTC');
		const text = readFileSync(ERRORS, 'utf8');
		const current = withSections(text, { 'error item': `\`\`\`json\n${item}\n\`\`\`` });
		if (process.env.UPDATE_DOCS) writeFileSync(ERRORS, current);
		else expect(text).toBe(current);
	});
});
