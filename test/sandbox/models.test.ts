/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caller, dataUrl, drawImage, drawVideo, http, useSandbox, type Caller } from './support';
import type { JobReport } from '../../sandbox';
import { ffmpeg } from '../../sandbox/render/ffmpeg';
import { probe } from '../../sandbox/render/probe';
import { FACTS } from '../unit/KlingO3/models/facts';

const sandbox = useSandbox({ render: { width: 160, fps: 8 } });

const IMAGE = 'kling-o3-image2video';
const TEXT = 'kling-o3-text2video';
const REFERENCE = 'kling-o3-video2video-reference';
const EDIT = 'kling-o3-video2video-edit';

const sample = (name: string) => `${sandbox.current.filesUrl}/samples/${name}`;

/** A body with every field that the model's page lists, and no other; FILES is the files origin. */
const BODIES: Record<string, object> = {
	[IMAGE]: {
		...{ image_url: 'FILES/samples/mountain.jpg', end_image_url: 'FILES/samples/moon.png' },
		...{ prompt: 'Clouds drift', duration: '3', generate_audio: false, mode: 'std' },
		...{ multi_prompt: [{ prompt: 'One', duration: '3' }], shot_type: 'customize' },
	},
	[TEXT]: {
		...{ prompt: 'A lighthouse', negative_prompt: 'fog', duration: '3', aspect_ratio: '1:1' },
		...{ mode: 'std', generate_audio: false, cfg_scale: 0.7, shot_type: 'customize' },
		multi_prompt: [{ prompt: 'One', duration: '3' }],
	},
	[REFERENCE]: {
		...{ prompt: '@Element1 dances', video_url: 'FILES/samples/waves.mp4', duration: '3' },
		...{ aspect_ratio: '1:1', mode: 'std', keep_audio: false, shot_type: 'customize' },
		elements: [
			{
				frontal_image_url: 'FILES/samples/moon.png',
				reference_image_urls: ['FILES/samples/rings.webp'],
			},
		],
		image_urls: ['FILES/samples/mountain.jpg'],
	},
	[EDIT]: {
		...{ prompt: 'Make it night', video_url: 'FILES/samples/waves.mp4', duration: '3' },
		...{ aspect_ratio: '1:1', mode: 'std', keep_audio: false },
		elements: [{ frontal_image_url: 'FILES/samples/moon.png' }],
		image_urls: ['FILES/samples/mountain.jpg'],
	},
};
const NAMES = Object.keys(BODIES);
const full = (model: string): Record<string, unknown> =>
	JSON.parse(JSON.stringify(BODIES[model]).replaceAll('FILES', sandbox.current.filesUrl)) as Record<
		string,
		unknown
	>;

async function made(model: string, fields: object, me: Caller = caller(sandbox.current)) {
	const job = await me.order(model, fields);
	expect(job.error).toBeUndefined();
	return job;
}

/** A file in the storage, uploaded as a client would. */
async function stored(me: Caller, bytes: Buffer, type: string): Promise<string> {
	const { status, data } = await me.upload({ data_urls: [dataUrl(bytes, type)] });
	expect(status).toBe(200);
	return (data.file_urls as string[])[0];
}

/** A frame as bytes, three for each pixel. @param filters what ffmpeg does with it before */
async function frame(url: string, second: number, ...filters: string[]): Promise<number[]> {
	const folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
	try {
		const file = join(folder, 'pixels.rgb');
		const one = ['-frames:v', '1', '-vf', [...filters, 'format=rgb24'].join(',')];
		await ffmpeg(['-i', url, '-ss', String(second), ...one, '-f', 'rawvideo', file]);
		return [...(await readFile(file))];
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** Mean colors of the left and the right half of a frame, 0 to 255 each. */
async function halves(url: string, second = 1): Promise<[number[], number[]]> {
	const pixels = await frame(url, second, 'scale=2:1:flags=area');
	return [pixels.slice(0, 3), pixels.slice(3, 6)];
}

/** Share of a frame's pixels that are nearly white. */
async function whiteness(url: string): Promise<number> {
	const bytes = await frame(url, 1);
	const pixels = Array.from({ length: bytes.length / 3 }, (_, index) =>
		Math.min(...bytes.slice(index * 3, index * 3 + 3)),
	);
	return pixels.filter((least) => least > 225).length / pixels.length;
}

const distance = (one: number[], other: number[]) =>
	one.reduce((sum, value, index) => sum + Math.abs(value - other[index]), 0);

describe('each model', () => {
	it.each(NAMES)('%s takes all fields of its page', async (model) => {
		const job = await made(model, full(model));
		expect(job).toMatchObject({ model, status: 'COMPLETED', billed: true });
		expect((await http.head(job.videoUrl!)).headers['content-type']).toBe('video/mp4');
	});

	it.each(NAMES)('%s: its body here has every field of its page', (model) => {
		expect(Object.keys(BODIES[model]).sort()).toEqual(Object.keys(FACTS[model].fields).sort());
	});

	const foreign = NAMES.flatMap((model) =>
		NAMES.flatMap((other) =>
			Object.keys(BODIES[other])
				.filter((field) => !(field in BODIES[model]))
				.map((field) => [model, field, other]),
		),
	);
	it.each([...new Map(foreign.map((row) => [row.slice(0, 2).join(), row])).values()])(
		'%s fails a job with %s, which is known to %s, within a second',
		async (model, field, other) => {
			sandbox.current.set({ jobSeconds: 1 });
			const value = full(other)[field];
			const job = await caller(sandbox.current).order(model, { ...full(model), [field]: value });
			sandbox.current.set({ jobSeconds: 0.05 });
			expect(job).toMatchObject({
				...{ status: 'FAILED', billed: false, cost: 0 },
				error: `Additional properties are not allowed ('${field}' was unexpected)`,
			});
			expect(job.completedAt! - job.createdAt).toBeLessThan(1000);
		},
	);

	it.each([
		[TEXT, 'prompt'],
		[REFERENCE, 'prompt'],
		[REFERENCE, 'video_url'],
		[EDIT, 'prompt'],
		[EDIT, 'video_url'],
	])('%s is refused without %s', async (model, field) => {
		const body = { ...full(model), [field]: '' };
		await expect(caller(sandbox.current).order(model, body)).rejects.toThrow(
			`400 {"error":"${field}`,
		);
	});

	it.each<[string, object, string]>([
		[TEXT, { aspect_ratio: '4:3' }, 'literal_error'],
		[TEXT, { cfg_scale: '0.5' }, 'float_type'],
		[TEXT, { cfg_scale: 1.1 }, 'less_than_equal'],
		[TEXT, { cfg_scale: -0.1 }, 'greater_than_equal'],
		[TEXT, { negative_prompt: 7 }, 'string_type'],
		[REFERENCE, { keep_audio: 'yes' }, 'bool_type'],
		[REFERENCE, { elements: {} }, 'list_type'],
		[REFERENCE, { elements: [{ reference_image_urls: [] }] }, 'missing'],
		[
			REFERENCE,
			{ elements: [{ frontal_image_url: 'x', reference_image_urls: [1] }] },
			'string_type',
		],
		[EDIT, { image_urls: 'http://example.com/a.png' }, 'list_type'],
		[EDIT, { video_url: ['x'] }, 'string_type'],
	])('%s refuses %j with 422', async (model, fields, type) => {
		const order = caller(sandbox.current).order(model, { ...full(model), ...fields });
		await expect(order).rejects.toThrow(new RegExp(`^422 .*"type":"${type}"`));
	});

	it.each<[string, string, object, RegExp]>([
		['2,501 characters', TEXT, { prompt: 'x'.repeat(2501) }, /^prompt must not exceed 2500/],
		[
			'2,501 negative characters',
			TEXT,
			{ negative_prompt: 'x'.repeat(2501) },
			/^negative_prompt must not exceed 2500/,
		],
		[
			'segments of 2 seconds',
			TEXT,
			{ multi_prompt: [{ prompt: 'x', duration: '2' }] },
			/sum to 3 to 15 seconds, not 2/,
		],
		[
			'11 elements',
			EDIT,
			{ elements: Array(11).fill({ frontal_image_url: 'x' }) },
			/more than 10 items/,
		],
		[
			'4 references',
			REFERENCE,
			{ elements: [{ frontal_image_url: 'x', reference_image_urls: ['a', 'b', 'c', 'd'] }] },
			/reference_image_urls must not have more than 3/,
		],
		[
			'an unreachable picture',
			REFERENCE,
			{ image_urls: ['http://127.0.0.1:1/a.png'] },
			/^image_urls\[0\]: .*fetched/,
		],
		[
			'a data URL',
			EDIT,
			{ elements: [{ frontal_image_url: 'data:image/png;base64,AA' }] },
			/^elements\[0\]\.frontal_image_url: .*public/,
		],
	])('fails a job with %s: %s', async (_name, model, fields, text) => {
		const job = await caller(sandbox.current).order(model, { ...full(model), ...fields });
		expect([job.status, job.billed]).toEqual(['FAILED', false]);
		expect(job.error).toMatch(text);
	});

	it('is named in the history, with what it takes for fields that were not sent', async () => {
		const me = caller(sandbox.current);
		await made(TEXT, { prompt: 'A lighthouse', duration: '3' }, me);
		const { data } = await me.history('request-history');
		expect(data.generations).toMatchObject([
			{
				model_name: TEXT,
				request_body: {
					...{ prompt: 'A lighthouse', duration: '3', mode: 'pro', generate_audio: false },
					...{ aspect_ratio: '16:9', cfg_scale: 0.5, multi_prompt: null },
					negative_prompt: 'blur, distort, and low quality',
				},
			},
		]);
		expect(data.generations[0].request_body).not.toHaveProperty('image_url');
	});
});

describe('prices', () => {
	it.each<[string, object, number]>([
		[TEXT, { mode: 'std', duration: '3' }, 0.63],
		[TEXT, { mode: 'std', duration: '3', generate_audio: true }, 0.84],
		[TEXT, { duration: '15', generate_audio: true }, 5.25],
		[REFERENCE, { mode: 'std', duration: '3' }, 0.945],
		[REFERENCE, { mode: 'std', duration: '3', keep_audio: true }, 0.945],
		[REFERENCE, { duration: '15' }, 6.3],
	])('of %s with %j are $%d', async (model, fields, cost) => {
		const video_url = sample('waves.mp4');
		const input = model === REFERENCE ? { video_url } : {};
		const job = await made(model, { prompt: 'x', ...input, ...fields });
		expect(job.cost).toBe(cost);
	});

	it('of an edit are those of its input, rounded to whole seconds, whatever the duration', async () => {
		const me = caller(sandbox.current, { credits: 10 });
		const input = await drawVideo('720x720', 3.6);
		const video_url = await stored(me, input, 'video/mp4');
		const job = await made(EDIT, { prompt: 'x', video_url, duration: '15' }, me);
		expect(job.cost).toBe(1.68);
		expect(sandbox.current.account(me.key)).toMatchObject({ spent: 1.68, balance: 8.32 });
		const { durationSeconds } = await probe(job.videoUrl!);
		expect(Math.abs(durationSeconds - 3.6)).toBeLessThan(0.15);
		expect((await me.result(job.requestId)).data.metrics.cost).toBe(1.68);
		// What was reserved is free again: the rest can be spent.
		expect((await me.order(IMAGE, { ...full(IMAGE), mode: 'pro' })).billed).toBe(true);
	});
});

describe('a video of a text', () => {
	it.each([
		['16:9', 160, 90],
		['9:16', 160, 284],
		['1:1', 160, 160],
	])('has the aspect %s', async (aspect_ratio, width, height) => {
		const job = await made(TEXT, { prompt: 'A lighthouse', duration: '3', aspect_ratio });
		const media = await probe(job.videoUrl!);
		expect(media).toMatchObject({ width, height, hasAudio: false });
		expect(media.durationSeconds).toBeCloseTo(3, 1);
	});

	it('has sound when asked for, and a title for each segment', async () => {
		const multi_prompt = ['One', 'Two'].map((prompt) => ({ prompt, duration: '2' }));
		const job = await made(TEXT, { prompt: 'Ignored', multi_prompt, generate_audio: true });
		const media = await probe(job.videoUrl!);
		expect(media.hasAudio).toBe(true);
		expect(Math.abs(media.durationSeconds - 4)).toBeLessThan(0.15);
		const [[before], [after]] = [
			await halves(job.videoUrl!, 1.8),
			await halves(job.videoUrl!, 2.2),
		];
		expect(distance(before, after)).toBeGreaterThan(20);
	});

	it('moves, and bears the words in white', async () => {
		const words = await made(TEXT, { prompt: 'MMMMMMMMMMMM', duration: '3' });
		const none = await made(TEXT, { prompt: '.', duration: '3' });
		const [early] = await halves(words.videoUrl!, 0);
		expect(distance(early, (await halves(words.videoUrl!, 2.5))[0])).toBeGreaterThan(10);
		expect(await whiteness(words.videoUrl!)).toBeGreaterThan(0.005);
		expect(await whiteness(none.videoUrl!)).toBeLessThan(0.001);
	});

	it.each([
		['marks', "It's 100% 'quoted': a\\b, [x];%{pts}"],
		['other scripts', 'Ünïcödé — Привет 🌊'],
		['2,500 characters', 'x'.repeat(2500)],
	])('can be made of %s', async (_name, prompt) => {
		await made(TEXT, { prompt, duration: '3' });
	});
});

describe('a video of a video', () => {
	/** Red on the left, blue on the right, three seconds, with sound. */
	let input: Buffer;
	beforeAll(async () => (input = await drawVideo('1280x720', 3, { audio: true })));

	async function orders(model: string, fields: object = {}, bytes = input, type = 'video/mp4') {
		const me = caller(sandbox.current);
		const video_url = await stored(me, bytes, type);
		return { me, job: await me.order(model, { prompt: 'Make it night', video_url, ...fields }) };
	}
	const media = async ({ job }: { job: JobReport }) => {
		expect(job.error).toBeUndefined();
		return await probe(job.videoUrl!);
	};

	it('edit: the same picture in other colors, in the shape of the input', async () => {
		const { job } = await orders(EDIT, { aspect_ratio: '9:16' });
		expect(await probe(job.videoUrl!)).toMatchObject({ width: 160, height: 90 });
		const [left, right] = await halves(job.videoUrl!);
		expect(distance(left, right)).toBeGreaterThan(60);
		expect(distance(left, [254, 0, 0])).toBeGreaterThan(100);
	});

	it('reference: mirrored, as long and in the shape as asked, longer than its input if need be', async () => {
		const edit = await orders(EDIT);
		const long = await orders(REFERENCE, { duration: '7', aspect_ratio: '1:1' });
		const film = await media(long);
		expect(film).toMatchObject({ width: 160, height: 160 });
		expect(Math.abs(film.durationSeconds - 7)).toBeLessThan(0.2);
		const [left, right] = await halves(edit.job.videoUrl!);
		const [mirroredLeft, mirroredRight] = await halves(long.job.videoUrl!, 6);
		expect(distance(left, mirroredRight)).toBeLessThan(30);
		expect(distance(right, mirroredLeft)).toBeLessThan(30);
		expect((await media(await orders(REFERENCE, {}))).durationSeconds).toBeCloseTo(5, 0);
	});

	it.each([EDIT, REFERENCE])('%s keeps the sound unless told not to', async (model) => {
		expect((await media(await orders(model, { keep_audio: true }))).hasAudio).toBe(true);
		expect((await media(await orders(model, { keep_audio: false }))).hasAudio).toBe(false);
	});

	it('takes QuickTime files, and has no sound where its input has none', async () => {
		const silent = await drawVideo('720x1280', 3, { extension: 'mov' });
		const order = await orders(EDIT, { keep_audio: true }, silent, 'video/quicktime');
		expect(await media(order)).toMatchObject({ width: 160, height: 284, hasAudio: false });
		const { uploads } = sandbox.current.account(order.me.key);
		expect(uploads).toMatchObject([
			{ contentType: 'video/quicktime', url: expect.stringMatching(/\.mov$/) },
		]);
	});

	it('can be made of a video that the sandbox made, which is no download', async () => {
		const me = caller(sandbox.current);
		const first = await made(TEXT, { prompt: 'A lighthouse', duration: '4' }, me);
		const second = await made(EDIT, { prompt: 'At night', video_url: first.videoUrl }, me);
		expect(second.cost).toBe(1.68);
		const path = new URL(first.videoUrl!).pathname;
		expect(sandbox.current.requests().filter((request) => request.path === path)).toEqual([]);
	});

	it.each<[string, () => Promise<[Buffer, string]>, RegExp]>([
		[
			'a WebM',
			async () => [await drawVideo('720x720', 3, { extension: 'webm' }), 'video/webm'],
			/use MP4 or MOV/,
		],
		['a picture', async () => [await drawImage('720x720', 'png'), 'image/png'], /use MP4 or MOV/],
		['text', async () => [Buffer.from('no video'), 'video/mp4'], /use MP4 or MOV/],
		['a broken file', async () => [input.subarray(0, 2000), 'video/mp4'], /use MP4 or MOV/],
		['2 seconds long', async () => [await drawVideo('720x720', 2), 'video/mp4'], /lasts 2 seconds/],
		[
			'16 seconds long',
			async () => [await drawVideo('720x720', 16), 'video/mp4'],
			/lasts 16 seconds/,
		],
		['718 pixels high', async () => [await drawVideo('720x718', 3), 'video/mp4'], /720x718/],
		['2162 pixels wide', async () => [await drawVideo('2162x720', 3), 'video/mp4'], /2162x720/],
		['slow', async () => [await drawVideo('720x720', 3, { fps: 20 }), 'video/mp4'], /20 frames/],
	])('fails when its input is %s', async (_name, file, text) => {
		const [bytes, type] = await file();
		const { me, job } = await orders(EDIT, {}, bytes, type);
		expect(job).toMatchObject({ status: 'FAILED', error: expect.stringMatching(text), cost: 0 });
		expect(job.error).toMatch(/^video_url: /);
		expect(sandbox.current.account(me.key)).toMatchObject({ balance: 100, spent: 0 });
	});

	it.each([
		['http://127.0.0.1:1/a.mp4', /could not be fetched/],
		['ftp://127.0.0.1/a.mp4', /needs a public http/],
	])('fails when its input is at %s', async (video_url, text) => {
		const job = await caller(sandbox.current).order(REFERENCE, { prompt: 'x', video_url });
		expect(job).toMatchObject({ status: 'FAILED', error: expect.stringMatching(text) });
	});

	it('fails when the host does not have its input', async () => {
		const video_url = `${sandbox.current.filesUrl}/videos/gone.mp4`;
		const job = await caller(sandbox.current).order(EDIT, { prompt: 'x', video_url });
		expect(job.error).toMatch(/^video_url: .*HTTP 404/);
	});
});

describe('the sample video', () => {
	it('meets the limits of an input, and has sound', async () => {
		expect(await probe(sample('waves.mp4'))).toMatchObject({
			...{ width: 1280, height: 720, fps: 24, hasAudio: true },
			durationSeconds: expect.closeTo(5, 1),
		});
	});
});
