/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caller, http, useSandbox } from './support';
import { ffmpeg } from '../../sandbox/render/ffmpeg';
import { probe } from '../../sandbox/render/probe';

const sandbox = useSandbox({ render: { width: 160, fps: 8 } });

async function videoOf(fields: object): Promise<string> {
	const me = caller(sandbox.current);
	await me.finish(fields);
	const [job] = sandbox.current.account(me.key).jobs;
	expect(job.error).toBeUndefined();
	return job.videoUrl!;
}

/** Mean color of the frame at a time, 0 to 255 each. */
async function colorAt(url: string, second: number): Promise<[number, number, number]> {
	const folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
	try {
		const file = join(folder, 'pixel.rgb');
		const one = ['-frames:v', '1', '-vf', 'scale=1:1:flags=area', '-pix_fmt', 'rgb24'];
		await ffmpeg(['-i', url, '-ss', String(second), ...one, '-f', 'rawvideo', file]);
		const [red, green, blue] = await readFile(file);
		return [red, green, blue];
	} finally {
		await rm(folder, { recursive: true });
	}
}

const distance = (a: number[], b: number[]) =>
	a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0);

describe('the video', () => {
	it('is H.264 of the asked length without sound, in the shape of the image', async () => {
		const video = await probe(await videoOf({ duration: '5' }));
		expect(video).toEqual({
			durationSeconds: expect.closeTo(5, 1),
			width: 160,
			height: 90,
			hasVideo: true,
			hasAudio: false,
			fps: 8,
			format: expect.stringContaining('mp4'),
		});
	});

	it('has sound when asked for', async () => {
		const video = await probe(await videoOf({ duration: '4', generate_audio: true }));
		expect(video).toMatchObject({ hasVideo: true, hasAudio: true });
		expect(Math.abs(video.durationSeconds - 4)).toBeLessThan(0.15);
	});

	it('moves', async () => {
		const url = await videoOf({ prompt: 'Clouds' });
		const image = await http.get(url, { responseType: 'arraybuffer' });
		// A still of three seconds at this size takes next to nothing.
		expect((image.data as Buffer).length).toBeGreaterThan(4000);
		expect(distance(await colorAt(url, 0), await colorAt(url, 2.8))).toBeGreaterThan(3);
	});

	it('ends on the end image', async () => {
		const { filesUrl } = sandbox.current;
		const moon = `${filesUrl}/samples/moon.png`;
		const url = await videoOf({ end_image_url: moon });
		expect((await probe(url)).durationSeconds).toBeCloseTo(3, 1);
		const sky = await colorAt(`${filesUrl}/samples/mountain.jpg`, 0);
		expect(distance(await colorAt(url, 0), sky)).toBeLessThan(30);
		const [red, , blue] = await colorAt(url, 2.87);
		expect(blue - red).toBeGreaterThan(40);
	});

	it('has one look a segment and the length of all, with sound and end image', async () => {
		const multi_prompt = ['1', '2', '1'].map((duration) => ({ prompt: 'x', duration }));
		const fields = { duration: undefined, multi_prompt, generate_audio: true };
		const url = await videoOf(fields);
		const video = await probe(url);
		expect(Math.abs(video.durationSeconds - 4)).toBeLessThan(0.15);
		expect(video.hasAudio).toBe(true);
		expect(distance(await colorAt(url, 0.8), await colorAt(url, 1.1))).toBeGreaterThan(20);
		const end_image_url = `${sandbox.current.filesUrl}/samples/rings.webp`;
		const ending = await probe(await videoOf({ ...fields, end_image_url }));
		expect(Math.abs(ending.durationSeconds - 4)).toBeLessThan(0.15);
	});

	it.each(['moon.png', 'rings.webp'])('can start from %s', async (name) => {
		const image_url = `${sandbox.current.filesUrl}/samples/${name}`;
		const { width, height } = await probe(await videoOf({ image_url }));
		expect([width, height]).toEqual([160, name === 'moon.png' ? 284 : 160]);
	});

	it('starts with its index, so that it plays while it loads', async () => {
		const { data } = await http.get(await videoOf({}), { responseType: 'arraybuffer' });
		const file = data as Buffer;
		expect(file.indexOf('moov')).toBeLessThan(file.indexOf('mdat'));
	});

	it('has its own URL even when another job rendered the same', async () => {
		const [one, two] = [await videoOf({}), await videoOf({})];
		expect(one).not.toBe(two);
		const load = async (url: string) => (await http.get(url, { responseType: 'arraybuffer' })).data;
		expect(await load(one)).toEqual(await load(two));
	});
});

describe('a padded video', () => {
	const heavy = useSandbox({ padBytes: 1_000_000 });

	it('has the wanted size and still plays', async () => {
		const me = caller(heavy.current);
		const { data } = await me.result(await me.finish());
		const url = data.output as string;
		expect(data.video.file_size).toBe(1_000_000);
		expect((await http.head(url)).headers['content-length']).toBe('1000000');
		expect((await probe(url)).durationSeconds).toBeCloseTo(3, 1);
	});
});
