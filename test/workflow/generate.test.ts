/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

import type { IDataObject } from 'n8n-workflow';

import { probe } from '../../sandbox/render/probe';
import { readBinary, runWorkflow, storedBinary, useBinaryMode } from './support/engine';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));
const NIGHT = readFileSync(join(__dirname, '../../demo/assets/mountain-night.jpg'));
const dataUrl = (file: Buffer) => `data:image/jpeg;base64,${file.toString('base64')}`;

const here = useSandbox();
let imageUrl: string;

beforeAll(async () => {
	imageUrl = `${here.sandbox.filesUrl}/samples/mountain.jpg`;
});

/** Runs Generate with these parameters on top of the least that it needs. */
async function generate(
	parameters: IDataObject,
	rest: Partial<Parameters<typeof runWorkflow>[0]> = {},
) {
	const account = here.account();
	const result = await runWorkflow({
		parameters: { imageUrl, prompt: 'Clouds drift past the summit', duration: '3', ...parameters },
		credential: account.credential,
		...rest,
	});
	const { jobs } = account.report();
	return { ...result, account, jobs, body: jobs[0]?.body };
}

describe('the body that Segmind gets', () => {
	it('has exactly the fields of the model page, with its defaults', async () => {
		const { body, jobs } = await generate({ duration: undefined });
		expect(jobs).toHaveLength(1);
		expect(body).toEqual({
			image_url: imageUrl,
			prompt: 'Clouds drift past the summit',
			duration: '5',
			generate_audio: false,
			mode: 'pro',
			shot_type: 'customize',
		});
	});

	const rows: Array<[string, IDataObject, string, unknown]> = [
		['prompt', { prompt: 'Snow falls' }, 'prompt', 'Snow falls'],
		['duration', { duration: '7' }, 'duration', '7'],
		['mode', { mode: 'std' }, 'mode', 'std'],
		['generateAudio', { generateAudio: true }, 'generate_audio', true],
		['shotType', { options: { shotType: 'intelligence' } }, 'shot_type', 'intelligence'],
	];
	it.each(rows)('maps %s', async (_name, parameters, field, value) => {
		const { body } = await generate(parameters);
		expect(body[field]).toEqual(value);
	});

	it('sends extra fields, which this model of the service must know', async () => {
		const extraBody = '{"seed": 7}';
		here.sandbox.set({ unknownFields: 'ignore' });
		const { body } = await generate({ options: { extraBody } });
		here.sandbox.set({ unknownFields: 'fail' });
		expect(body.seed).toBe(7);
	});

	it('maps the end image', async () => {
		const endImageUrl = `${here.sandbox.filesUrl}/samples/moon.png`;
		const { body } = await generate({ endImageSource: 'url', endImageUrl });
		expect(body.end_image_url).toBe(endImageUrl);
	});

	it('sends the segments of the fields with durations as strings, and their sum as the duration', async () => {
		const segments = [
			{ prompt: 'Fog lifts', duration: 1 },
			{ prompt: 'The sun rises', duration: 3 },
		];
		const { body } = await generate({ shotMode: 'multi', multiPrompt: { segments } });
		expect(body.multi_prompt).toEqual([
			{ prompt: 'Fog lifts', duration: '1' },
			{ prompt: 'The sun rises', duration: '3' },
		]);
		expect(body.duration).toBe('4');
	});

	it.each([
		['an array', [{ prompt: 'Fog lifts', duration: '4' }]],
		['JSON text', '[{"prompt":"Fog lifts","duration":4}]'],
		['JSON text in a code block', '```json\n[{"prompt":"Fog lifts","duration":4}]\n```'],
	])('accepts segments as %s', async (_name, multiPromptJson) => {
		const parameters = { shotMode: 'multi', multiPromptSource: 'json', multiPromptJson };
		const { body } = await generate(parameters as IDataObject);
		expect(body.multi_prompt).toEqual([{ prompt: 'Fog lifts', duration: '4' }]);
		expect(body.duration).toBe('4');
	});

	it('resolves expressions for each item', async () => {
		const { jobs } = await generate(
			{ prompt: '={{ $json.motion }}', mode: '={{ $json.mode }}' },
			{
				items: [
					{ json: { motion: 'Rain', mode: 'std' } },
					{ json: { motion: 'Wind', mode: 'pro' } },
				],
			},
		);
		const sent = jobs.map(({ body }) => [body.prompt, body.mode]);
		expect(sent.sort()).toEqual([
			['Rain', 'std'],
			['Wind', 'pro'],
		]);
	});
});

describe('images', () => {
	it('uploads a binary file, byte by byte as it was', async () => {
		const data = await storedBinary(PICTURE, 'mountain.jpg', 'image/jpeg');
		const { account, body } = await generate(
			{ imageSource: 'binary' },
			{ items: [{ json: {}, binary: { data } }] },
		);
		const { uploads } = account.report();
		expect(uploads).toHaveLength(1);
		expect(uploads[0].sha256).toBe(createHash('sha256').update(PICTURE).digest('hex'));
		expect(body.image_url).toBe(uploads[0].url);
	});

	it('uploads an image once that several items use, even as different files', async () => {
		const items = [];
		for (let item = 0; item < 3; item++) {
			items.push({
				json: { n: item },
				binary: { picture: await storedBinary(PICTURE, `m${item}.jpg`, 'image/jpeg') },
			});
		}
		const { account, jobs } = await generate(
			{ imageSource: 'binary', imageBinaryField: 'picture', prompt: '=Take {{ $json.n }}' },
			{ items },
		);
		expect(jobs).toHaveLength(3);
		expect(account.report().uploads).toHaveLength(1);
	});

	it('uploads data URLs and the end image from a binary field', async () => {
		const last = await storedBinary(NIGHT, 'night.jpg', 'image/jpeg');
		const { account, body } = await generate(
			{ imageUrl: dataUrl(PICTURE), endImageSource: 'binary', endImageBinaryField: 'last' },
			{ items: [{ json: {}, binary: { last } }] },
		);
		const { uploads } = account.report();
		expect(uploads.map(({ url }) => url)).toEqual([body.image_url, body.end_image_url]);
	});

	it('reads binaries from JSON where the workflow keeps them there (binary mode "combined")', async () => {
		const data = await storedBinary(PICTURE, 'mountain.jpg', 'image/jpeg');
		const { jobs, account } = await generate(
			{ imageSource: 'binary', imageBinaryField: 'files.picture' },
			{
				items: [{ json: { files: { picture: data as unknown as IDataObject } } }],
				workflowSettings: { binaryMode: 'combined' },
			},
		);
		expect(jobs).toHaveLength(1);
		expect(account.report().uploads).toHaveLength(1);
	});

	it('understands both answers of the upload', async () => {
		for (const uploadResponse of ['urls', 'file_urls'] as const) {
			here.sandbox.set({ uploadResponse });
			const { jobs } = await generate({ imageUrl: dataUrl(PICTURE) });
			expect(jobs).toHaveLength(1);
		}
	});
});

describe('the output', () => {
	it('is a video that plays, previewed by n8n, with everything known of it', async () => {
		const { output, account, jobs } = await generate({
			generateAudio: true,
			options: { simplify: false },
		});
		expect(output).toHaveLength(1);
		const [{ json, binary, pairedItem }] = output;
		const file = await readBinary(binary!.data);
		const path = join(tmpdir(), `kling-${jobs[0].requestId}.mp4`);
		writeFileSync(path, file);
		const facts = await probe(path);
		expect(facts.durationSeconds).toBeCloseTo(3, 0);
		expect(facts).toMatchObject({ hasVideo: true, hasAudio: true });

		expect(binary!.data).toMatchObject({
			mimeType: 'video/mp4',
			fileType: 'video',
			fileName: `kling-o3-${jobs[0].requestId}.mp4`,
		});
		expect(pairedItem).toEqual({ item: 0 });
		const { balance } = account.report();
		expect(json).toMatchObject({
			requestId: jobs[0].requestId,
			status: 'COMPLETED',
			model: 'kling-o3-image2video',
			videoUrl: jobs[0].videoUrl,
			fileName: `kling-o3-${jobs[0].requestId}.mp4`,
			mimeType: 'video/mp4',
			fileSize: file.length,
			duration: 3,
			mode: 'pro',
			audio: true,
			cost: 1.05,
			estimatedCost: 1.05,
			remainingCredits: balance,
		});
		for (const key of ['queueTime', 'inferenceTime', 'totalTime'])
			expect(json[key]).toEqual(expect.any(Number));
		const days = (Date.parse(json.videoUrlExpiresAt as string) - Date.now()) / 86_400_000;
		expect(days).toBeGreaterThan(6.99);
		expect(days).toBeLessThanOrEqual(7);
		expect(Object.keys(json)).not.toContain('error');
	});

	it('has ten keys at most when it is simplified, and no response', async () => {
		const { output, jobs } = await generate({});
		const { json } = output[0];
		expect(json).toMatchObject({
			requestId: jobs[0].requestId,
			model: 'kling-o3-image2video',
			duration: 3,
			estimatedCost: 0.84,
			cost: 0.84,
		});
		expect(Object.keys(json).length).toBeLessThanOrEqual(10);
		expect(Object.keys(json)).not.toContain('response');
	});

	it("has the service's own body with Simplify off, and still no key named error", async () => {
		const { output } = await generate({ options: { simplify: false } });
		expect(output[0].json.response).toMatchObject({ status: 'COMPLETED', error: null });
		expect(Object.keys(output[0].json)).not.toContain('error');
	});

	it('has the segments in multi', async () => {
		const segments = [{ prompt: 'Fog lifts', duration: 3 }];
		const { output } = await generate({
			shotMode: 'multi',
			multiPrompt: { segments },
			options: { simplify: false },
		});
		expect(output[0].json.segments).toEqual(segments);
	});

	it('has only the URL with Download Video off', async () => {
		const { output } = await generate({ downloadVideo: false });
		expect(output[0].binary).toBeUndefined();
		expect(output[0].json.videoUrl).toMatch(/^http/);
		expect(output[0].json.fileSize).toBeUndefined();
		expect(
			here.sandbox
				.requests()
				.filter(
					({ stage, path }) =>
						stage === 'download' && output[0].json.videoUrl!.toString().endsWith(path),
				),
		).toHaveLength(0);
	});

	it('puts the file where and under the name that the user wants', async () => {
		const options = { outputBinaryField: 'clip', fileName: 'summit' };
		const { output } = await generate({ options });
		expect(output[0].binary!.clip.fileName).toBe('summit.mp4');
	});

	it('works with binary data in memory', async () => {
		await useBinaryMode('default');
		const { output } = await generate({ options: { simplify: false } });
		await useBinaryMode('filesystem');
		expect(output[0].binary!.data.id).toBeUndefined();
		expect(Buffer.from(output[0].binary!.data.data, 'base64')).toHaveLength(
			output[0].json.fileSize as number,
		);
	});

	it.each(['full', 'video-only', 'output-only', 'output-array', 'no-status'] as const)(
		'understands a result of the shape %s',
		async (resultShape) => {
			here.sandbox.set({ resultShape });
			const { output, jobs } = await generate({});
			here.sandbox.set({ resultShape: 'full' });
			expect(output[0].json.videoUrl).toBe(jobs[0].videoUrl);
			expect(output[0].binary!.data.mimeType).toBe('video/mp4');
		},
	);

	it("leaves nothing in the node's context", async () => {
		expect((await generate({})).nodeContext).toEqual({});
	});
});

describe('the synchronous call (v1)', () => {
	it.each(['video', 'json'] as const)('understands %s', async (v1Response) => {
		here.sandbox.set({ v1Response });
		const { output, jobs } = await generate({ options: { apiVersion: 'v1' } });
		expect(jobs.map(({ api, billed }) => [api, billed])).toEqual([['v1', true]]);
		expect(output[0].json).toMatchObject({ requestId: jobs[0].requestId, cost: 0.84 });
		const file = await readBinary(output[0].binary!.data);
		expect(file.toString('latin1', 4, 8)).toBe('ftyp');
		expect(output[0].binary!.data.fileType).toBe('video');
	});

	it('keeps the file when only the URL was asked for: there is none', async () => {
		here.sandbox.set({ v1Response: 'video' });
		const { output } = await generate({ downloadVideo: false, options: { apiVersion: 'v1' } });
		expect(output[0].binary!.data.fileType).toBe('video');
	});
});

describe('the key', () => {
	it("reaches the gateway and the storage, and never the video's host", async () => {
		const { account } = await generate({ imageUrl: dataUrl(PICTURE) });
		const seen = here.sandbox
			.requests()
			.filter(({ headers }) => headers['x-api-key'] === account.key);
		expect(new Set(seen.map(({ origin }) => origin))).toEqual(new Set(['gateway', 'storage']));
		const downloads = here.sandbox.requests().filter(({ origin }) => origin === 'files');
		expect(downloads.length).toBeGreaterThan(0);
		expect(JSON.stringify(downloads)).not.toContain(account.key);
	});
});
