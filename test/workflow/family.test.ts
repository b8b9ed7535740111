/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Every model of the family: what goes over the wire, what comes back, what is billed, what is uploaded. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

import type { IDataObject } from 'n8n-workflow';

import { MODELS } from '../../nodes/KlingO3/models';
import { fieldsOf } from '../../nodes/KlingO3/models/model';
import type { JobReport } from '../../sandbox';
import { probe } from '../../sandbox/render/probe';
import { makeVideo } from '../support/videos';
import { readBinary, runWorkflow, storedBinary } from './support/engine';
import { useSandbox } from './support/useSandbox';

const [IMAGE, TEXT, REFERENCE, EDIT] = [
	'kling-o3-image2video',
	'kling-o3-text2video',
	'kling-o3-video2video-reference',
	'kling-o3-video2video-edit',
];

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));

const here = useSandbox();
let imageUrl: string;
let videoUrl: string;
/** 4 s long. */
let film: Buffer;

beforeAll(async () => {
	[imageUrl, videoUrl] = ['mountain.jpg', 'waves.mp4'].map(
		(name) => `${here.sandbox.filesUrl}/samples/${name}`,
	);
	film = await makeVideo({ seconds: 4 });
});

async function run(parameters: IDataObject, rest: Partial<Parameters<typeof runWorkflow>[0]> = {}) {
	const account = here.account();
	const result = await runWorkflow({ parameters, credential: account.credential, ...rest });
	const { jobs, uploads, balance } = account.report();
	return { ...result, jobs, uploads, balance, key: account.key };
}

/** The path of a job's submit says which model it was for. */
const submitsOf = (key: string) =>
	here.sandbox
		.requests()
		.filter((request) => request.key === key && request.stage === 'submit')
		.map(({ path }) => path);

const asInput = async (content: Buffer, name = 'film.mp4', type = 'video/mp4') => ({
	items: [{ json: {}, binary: { data: await storedBinary(content, name, type) } }],
});

const prompt = 'Rain sets in';
const multi = { shotMode: 'multi', multiPrompt: { segments: [{ prompt: 'a', duration: 3 }] } };

/** Everything that the panel offers for a model, in values other than the defaults. */
const everything = (): Record<string, { parameters: IDataObject; body: IDataObject }> => ({
	[IMAGE]: {
		parameters: {
			...{ imageUrl, prompt, mode: 'std', generateAudio: true, ...multi },
			...{ endImageSource: 'url', endImageUrl: imageUrl, options: { shotType: 'intelligence' } },
		},
		body: {
			...{ image_url: imageUrl, prompt, duration: '3', mode: 'std', generate_audio: true },
			...{ multi_prompt: [{ prompt: 'a', duration: '3' }], end_image_url: imageUrl },
			shot_type: 'intelligence',
		},
	},
	[TEXT]: {
		parameters: {
			...{ prompt, aspectRatio: '9:16', mode: 'std', generateAudio: true, ...multi },
			...{ negativePrompt: 'text', options: { shotType: 'intelligence', cfgScale: 0.25 } },
		},
		body: {
			...{ prompt, duration: '3', aspect_ratio: '9:16', mode: 'std', generate_audio: true },
			...{ multi_prompt: [{ prompt: 'a', duration: '3' }], negative_prompt: 'text' },
			...{ cfg_scale: 0.25, shot_type: 'intelligence' },
		},
	},
	[REFERENCE]: {
		parameters: {
			...{ videoUrl, prompt, duration: '3', aspectRatio: '1:1', mode: 'std', keepAudio: false },
			elements: { element: [{ frontalImageUrl: imageUrl, referenceImageUrls: imageUrl }] },
			...{ referenceImageUrls: [imageUrl], options: { shotType: 'intelligence' } },
		},
		body: {
			...{ video_url: videoUrl, prompt, duration: '3', aspect_ratio: '1:1', mode: 'std' },
			elements: [{ frontal_image_url: imageUrl, reference_image_urls: [imageUrl] }],
			...{ keep_audio: false, image_urls: [imageUrl], shot_type: 'intelligence' },
		},
	},
	[EDIT]: {
		parameters: {
			...{ videoUrl, prompt, duration: '3', aspectRatio: '1:1', mode: 'std', keepAudio: false },
			elements: { element: [{ frontalImageUrl: imageUrl, referenceImageUrls: imageUrl }] },
			referenceImageUrls: [imageUrl],
		},
		body: {
			...{ video_url: videoUrl, prompt, duration: '3', aspect_ratio: '1:1', mode: 'std' },
			elements: [{ frontal_image_url: imageUrl, reference_image_urls: [imageUrl] }],
			...{ keep_audio: false, image_urls: [imageUrl] },
		},
	},
});

describe.each(MODELS)('$label', (model) => {
	it('sends every field of its table (everything() above), and no other, to its own address', async () => {
		const { parameters, body } = everything()[model.name];
		const { jobs, key, error } = await run({ ...parameters, model: model.name });
		expect(error).toBeUndefined();
		expect(submitsOf(key)).toEqual([`/v2/${model.name}`]);
		expect(jobs.map((job) => job.body)).toEqual([body]);
		expect(Object.keys(body).sort()).toEqual(
			fieldsOf(model)
				.map(({ api }) => api.name)
				.sort(),
		);
	});

	it('makes a video that plays, and says its model and what it cost', async () => {
		const { parameters } = everything()[model.name];
		const { output, jobs, balance } = await run({ ...parameters, model: model.name });
		const [{ json, binary }] = output;
		const file = join(tmpdir(), `kling-${jobs[0].requestId}.mp4`);
		writeFileSync(file, await readBinary(binary!.data));
		expect(await probe(file)).toMatchObject({ hasVideo: true });
		expect(json).toMatchObject({
			requestId: jobs[0].requestId,
			status: 'COMPLETED',
			model: model.name,
			cost: jobs[0].cost,
			remainingCredits: balance,
		});
		expect(json.cost).toBeGreaterThan(0);
		expect(Object.keys(json).length).toBeLessThanOrEqual(10);
	});

	it('is made by the synchronous call as well', async () => {
		const { parameters } = everything()[model.name];
		const options = { ...(parameters.options as IDataObject), apiVersion: 'v1' };
		const { output, jobs } = await run({ ...parameters, model: model.name, options });
		expect(jobs).toMatchObject([{ api: 'v1', billed: true }]);
		expect(output[0].binary!.data.fileType).toBe('video');
	});

	it('is started and fetched later', async () => {
		const { parameters } = everything()[model.name];
		const account = here.account();
		const { credential } = account;
		const started = await runWorkflow({
			credential,
			parameters: { ...parameters, model: model.name, operation: 'start' },
		});
		const { requestId, model: named } = started.output[0].json;
		expect(named).toBe(model.name);
		expect(Object.keys(started.output[0].json).length).toBeLessThanOrEqual(10);
		const got = await runWorkflow({ credential, parameters: { operation: 'get', requestId } });
		expect(got.output[0].json).toMatchObject({ requestId, status: 'COMPLETED' });
		expect(account.report().jobs).toHaveLength(1);
	});
});

describe('a text', () => {
	it.each([
		['16:9', (width: number, height: number) => width > height],
		['9:16', (width: number, height: number) => width < height],
		['1:1', (width: number, height: number) => width === height],
	])('in %s becomes a video of that shape', async (aspectRatio, fits) => {
		const { output } = await run({ model: TEXT, prompt, duration: '3', aspectRatio });
		const file = join(tmpdir(), `kling-${String(output[0].json.requestId)}.mp4`);
		writeFileSync(file, await readBinary(output[0].binary!.data));
		const { width, height } = await probe(file);
		expect(fits(width, height)).toBe(true);
	});

	it('needs no image and sends none, also where one was left over in the panel', async () => {
		const { jobs } = await run({ model: TEXT, prompt, duration: '3', imageUrl });
		expect(jobs[0].body).not.toHaveProperty('image_url');
	});
});

describe('a video file', () => {
	it.each([REFERENCE, EDIT])('is uploaded whole, once (%s)', async (model) => {
		const parameters = { model, prompt, videoSource: 'binary', duration: '3' };
		const { jobs, uploads, error } = await run(parameters, await asInput(film));
		expect(error).toBeUndefined();
		expect(uploads).toMatchObject([{ contentType: 'video/mp4', bytes: film.length }]);
		expect(jobs.map(({ body }) => body.video_url)).toEqual([uploads[0].url]);
		expect(await (await fetch(uploads[0].url)).arrayBuffer()).toEqual(
			film.buffer.slice(film.byteOffset, film.byteOffset + film.length),
		);
	});

	it('of an edit decides the estimate, which is the bill', async () => {
		const parameters = { model: EDIT, prompt, videoSource: 'binary', duration: '15' };
		const { output, jobs } = await run(parameters, await asInput(film));
		expect(output[0].json).toMatchObject({ duration: 4, estimatedCost: 1.68, cost: 1.68 });
		expect(output[0].json).not.toHaveProperty('estimatedCostIsMaximum');
		expect(jobs[0].cost).toBe(1.68);
	});

	it('that Kling would refuse is refused before anything is sent', async () => {
		const long = await makeVideo({ seconds: 17 });
		const parameters = { model: EDIT, prompt, videoSource: 'binary' };
		const { error, uploads, jobs, key } = await run(parameters, await asInput(long));
		expect(error).toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringMatching(/"film\.mp4" lasts 17\.0 seconds; Kling takes .* 3 to 15/),
		});
		expect([
			uploads,
			jobs,
			here.sandbox.requests().filter((request) => request.key === key),
		]).toEqual([[], [], []]);
	});

	it('is not uploaded again by a retry, and its failed job is no bill', async () => {
		const account = here.account();
		here.sandbox.inject({
			stage: 'submit',
			key: account.key,
			fault: { kind: 'respond', status: 400, body: { error: 'injected' }, accepted: false },
		});
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: { model: EDIT, prompt, videoSource: 'binary' },
			...(await asInput(film)),
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(output[0].json).toMatchObject({ status: 'COMPLETED', model: EDIT });
		expect(account.report().uploads).toHaveLength(1);
		expect(account.report().jobs.filter(({ billed }) => billed)).toHaveLength(1);
	});

	it('goes up one at a time, while images go beside it', async () => {
		const account = here.account();
		const since = Date.now();
		here.sandbox.inject({
			stage: 'upload',
			key: account.key,
			times: 0,
			fault: { kind: 'delay', ms: 300 },
		});
		const films = await Promise.all([4, 5, 6].map(async (seconds) => await makeVideo({ seconds })));
		const items = await Promise.all(
			films.map(async (content) => (await asInput(content)).items[0]),
		);
		const { output } = await runWorkflow({
			credential: account.credential,
			parameters: { model: EDIT, prompt, videoSource: 'binary', mode: 'std' },
			items,
		});
		expect(output).toHaveLength(films.length);
		const uploads = here.sandbox
			.requests()
			.filter(({ stage, at, key }) => stage === 'upload' && at >= since && key === account.key)
			.sort((one, other) => one.at - other.at);
		expect(uploads).toHaveLength(films.length);
		for (const [index, { endedAt }] of uploads.slice(0, -1).entries()) {
			expect(uploads[index + 1].at).toBeGreaterThanOrEqual(endedAt!);
		}
	});
});

describe('a video at an address', () => {
	it('costs an edit at most 15 s, and the output says so; the bill is the length', async () => {
		const { output, jobs } = await run({ model: EDIT, prompt, videoUrl, mode: 'std' });
		const { json } = output[0];
		expect(json).toMatchObject({ estimatedCost: 4.725, estimatedCostIsMaximum: true });
		expect(json).not.toHaveProperty('duration');
		expect(json.cost).toBe(jobs[0].cost);
		expect(jobs[0].cost).toBeLessThan(4.725);
	});

	it.each([
		['maxCostPerVideo', 5, /would cost up to \$6\.30, more than Max Cost Per Video/],
		['maxCostPerRun', 5, /would cost up to \$6\.30 for 1 video, more than Max Cost Per Run/],
	])('is held against %s at the most that it can cost', async (option, limit, message) => {
		const parameters = { model: EDIT, prompt, videoUrl, options: { [option]: limit } };
		const { error, jobs } = await run(parameters);
		expect(error?.message).toMatch(message);
		expect(jobs).toEqual([]);
	});

	it('is within the limit when the file is there and short', async () => {
		const parameters = {
			...{ model: EDIT, prompt, videoSource: 'binary' },
			options: { maxCostPerVideo: 2 },
		};
		expect((await run(parameters, await asInput(film))).jobs).toHaveLength(1);
	});
});

describe('Estimate Cost', () => {
	const estimate = async (
		parameters: IDataObject,
		rest: Partial<Parameters<typeof runWorkflow>[0]> = {},
	) => {
		const result = await run(
			{ operation: 'estimateCost', ...parameters },
			{ ...rest, settings: { credentials: undefined } },
		);
		expect(here.sandbox.requests().filter(({ key }) => key === result.key)).toEqual([]);
		return result.output[0].json;
	};

	it('of a text', async () => {
		expect(await estimate({ model: TEXT, duration: '10' })).toEqual({
			...{ model: TEXT, duration: 10, mode: 'pro', audio: false },
			...{ estimatedCost: 2.8, costPerSecond: 0.28, currency: 'USD' },
		});
	});

	it('of a new video after another', async () => {
		expect(await estimate({ model: REFERENCE, duration: '3', mode: 'std' })).toEqual({
			...{ model: REFERENCE, duration: 3, mode: 'std' },
			...{ estimatedCost: 0.945, costPerSecond: 0.315, currency: 'USD' },
		});
	});

	it('of an edit looks at the file, and says at most where there is none', async () => {
		const file = { model: EDIT, videoSource: 'binary' };
		expect(await estimate(file, await asInput(film))).toEqual({
			...{ model: EDIT, duration: 4, mode: 'pro' },
			...{ estimatedCost: 1.68, costPerSecond: 0.42, currency: 'USD' },
		});
		expect(await estimate({ model: EDIT, videoUrl })).toEqual({
			...{ model: EDIT, mode: 'pro', estimatedCost: 6.3, estimatedCostIsMaximum: true },
			...{ costPerSecond: 0.42, currency: 'USD' },
		});
	});
});

describe('what does not go together', () => {
	const hintsOf = ({ run: ran }: Awaited<ReturnType<typeof run>>) =>
		(ran.data.resultData.runData.Kling[0].hints ?? []).map(({ message }) => message);

	it('is a hint after the run, and no refusal', async () => {
		const { parameters } = everything()[IMAGE];
		const result = await run({ ...parameters, model: IMAGE });
		expect(result.jobs).toHaveLength(1);
		expect(hintsOf(result)).toEqual(
			expect.arrayContaining([
				'Kling does not support an end image together with multiple shots',
				expect.stringMatching(/^Segments belong to Shot Type Customize/),
			]),
		);
	});

	it('names the items, where it is some of them', async () => {
		const result = await run(
			{ model: EDIT, prompt, videoUrl, referenceImageUrls: '={{ $json.images }}' },
			{ items: [4, 5].map((count) => ({ json: { images: Array(count).fill(imageUrl) } })) },
		);
		expect(result.jobs).toHaveLength(2);
		expect(hintsOf(result)).toContain(
			'Kling takes up to 4 elements and reference images together with a video (items 1)',
		);
	});
});

describe('asset: upload', () => {
	const parameters = { resource: 'asset', operation: 'upload' };

	it('takes a video, whose URL a video can be made from', async () => {
		const { output, uploads } = await run(parameters, await asInput(film));
		expect(output[0].json).toEqual({ url: uploads[0].url });
		const edit = await run({ model: EDIT, prompt, videoUrl: output[0].json.url as string });
		expect(edit.output[0].json.status).toBe('COMPLETED');
	});

	it('takes a picture, and neither a text nor a video that is too long', async () => {
		const picture = await run(parameters, await asInput(PICTURE, 'a.jpg', 'image/jpeg'));
		expect(picture.uploads).toMatchObject([{ contentType: 'image/jpeg' }]);
		const text = await run(parameters, await asInput(Buffer.from('text, and nothing else')));
		expect(text.error?.message).toMatch(/is not a JPEG, PNG or WebP image or an MP4 or MOV video$/);
		const long = await run(parameters, await asInput(await makeVideo({ seconds: 17 })));
		expect(long.error?.message).toMatch(/lasts 17\.0 seconds/);
	});
});

describe('a fifth model, put into the list', () => {
	const NAME = 'kling-o5-text2video';

	it('makes a video in the sandbox, which knows it from the same table', async () => {
		const textToVideo = MODELS.find(({ name }) => name === TEXT)!;
		const rates = textToVideo.rates.map((rate) => ({ ...rate, usdPerSecond: 1 }));
		MODELS.push({ ...textToVideo, name: NAME, label: 'Text to Film', rates });
		const { output, key, jobs } = await run({ model: NAME, prompt, duration: '3' });
		MODELS.pop();
		expect(submitsOf(key)).toEqual([`/v2/${NAME}`]);
		expect(jobs).toMatchObject([{ model: NAME, billed: true, cost: 3 }]);
		expect(output[0].json).toMatchObject({ model: NAME, estimatedCost: 3, cost: 3 });
		expect(output[0].binary!.data.fileType).toBe('video');
	});
});

describe('a model that does not exist', () => {
	it('is refused before anything is sent', async () => {
		const { error, jobs } = await run({ model: 'kling-o4-text2video', prompt });
		expect(error?.message).toMatch(/^Model must be one of kling-o3-image2video, /);
		expect(jobs as JobReport[]).toEqual([]);
	});
});
