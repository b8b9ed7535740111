import { caller, dataUrl, drawImage, useSandbox } from './support';

const sandbox = useSandbox({ jobSeconds: 1 });

async function failed(fields: object): Promise<string> {
	const me = caller(sandbox.current);
	const id = await me.finish(fields);
	const [job] = sandbox.current.account(me.key).jobs;
	expect(job).toMatchObject({ status: 'FAILED', billed: false, cost: 0 });
	expect(job.completedAt! - job.createdAt).toBeLessThan(900);
	expect(sandbox.current.account(me.key).balance).toBe(100);
	const { status, data } = await me.status(id);
	expect([status, data.status, data.error]).toEqual([422, 'FAILED', job.error]);
	return job.error!;
}

const segments = (...durations: string[]) => ({
	duration: undefined,
	multi_prompt: durations.map((duration, index) => ({ prompt: `shot ${index}`, duration })),
});

describe('rules that are met only after acceptance', () => {
	it.each([
		['a prompt of 2,501 characters', { prompt: 'x'.repeat(2501) }, /2500 characters/],
		['seven segments', segments('1', '1', '1', '1', '1', '1', '1'), /more than 6 segments/],
		[
			'a segment prompt of 513 characters',
			{ ...segments(), multi_prompt: [{ prompt: 'x'.repeat(513), duration: '3' }] },
			/512 characters/,
		],
		[
			'a segment without words',
			{ ...segments(), multi_prompt: [{ prompt: ' ', duration: '3' }] },
			/needs a prompt/,
		],
		['a segment of half seconds', segments('2.5', '2.5'), /whole number/],
		['a segment of no seconds', segments('0', '5'), /whole number/],
		['a segment whose duration is a word', segments('five'), /whole number/],
		['segments of 2 seconds in all', segments('1', '1'), /3 to 15 seconds, not 2/],
		['segments of 16 seconds in all', segments('8', '8'), /3 to 15 seconds, not 16/],
		[
			'segments that contradict the duration',
			{ ...segments('2', '2'), duration: '5' },
			/sum to duration \(5 seconds\), not 4/,
		],
		['an image that is not on the web', { image_url: 'file:///etc/hostname' }, /public http/],
		['a data URL', { image_url: 'data:image/png;base64,AAAA' }, /public http/],
		['an unreachable image', { image_url: 'http://127.0.0.1:1/a.png' }, /could not be fetched/],
	])('fail a job with %s', async (_name, fields, text) => {
		expect(await failed(fields)).toMatch(text);
	});

	it('fail a job whose image the host does not have, first or last', async () => {
		const gone = `${sandbox.current.filesUrl}/assets/gone.png`;
		expect(await failed({ image_url: gone })).toMatch(/^image_url: .*HTTP 404/);
		expect(await failed({ end_image_url: gone })).toMatch(/^end_image_url: .*HTTP 404/);
	});

	it.each([
		['a GIF', '400x400', 'gif', 'image/gif', 0, /unsupported image format/],
		['a side of 299 pixels', '299x400', 'png', 'image/png', 0, /299x400/],
		['an aspect of 2.51:1', '1004x400', 'png', 'image/png', 0, /aspect ratio/],
		['an aspect of 1:2.51', '400x1004', 'jpg', 'image/jpeg', 0, /aspect ratio/],
		['more than 10 MB', '400x400', 'png', 'image/png', 10 * 1024 * 1024, /exceeds 10 MB/],
	])('fail a job whose image is %s', async (_name, size, extension, type, padding, text) => {
		const image = Buffer.concat([await drawImage(size, extension), Buffer.alloc(padding)]);
		const { data } = await caller(sandbox.current).upload({ data_urls: [dataUrl(image, type)] });
		expect(await failed({ image_url: data.file_urls[0] })).toMatch(text);
	});

	it('fail a job whose image is text', async () => {
		const text = dataUrl(Buffer.from('no image'), 'image/png');
		const { data } = await caller(sandbox.current).upload({ data_urls: [text] });
		expect(await failed({ image_url: data.file_urls[0] })).toMatch(/unsupported image format/);
	});

	it('fail a job whose image is broken off', async () => {
		const whole = await drawImage('400x400', 'png');
		const half = dataUrl(whole.subarray(0, 40), 'image/png');
		const { data } = await caller(sandbox.current).upload({ data_urls: [half] });
		expect(await failed({ image_url: data.file_urls[0] })).toBe(
			'image_url: image could not be decoded',
		);
	});

	it('let the limits themselves pass', async () => {
		const image = dataUrl(await drawImage('750x300', 'webp'), 'image/webp');
		const me = caller(sandbox.current);
		const { data } = await me.upload({ data_urls: [image] });
		await me.finish({
			image_url: data.file_urls[0],
			prompt: 'x'.repeat(2500),
			duration: '6',
			multi_prompt: Array.from({ length: 6 }, () => ({ prompt: 'y'.repeat(512), duration: '1' })),
		});
		expect(sandbox.current.account(me.key).jobs[0].status).toBe('COMPLETED');
	});
});

describe('a failed job', () => {
	it.each([422, 200] as const)('answers %i on status, result and v1', async (failedWith) => {
		sandbox.current.set({ failedWith });
		const me = caller(sandbox.current);
		const id = await me.finish({ prompt: 'x'.repeat(2501) });
		const answers = [
			await me.status(id),
			await me.result(id),
			await me.generate({ prompt: 'x'.repeat(2501) }),
		];
		sandbox.current.set({ failedWith: 422 });
		for (const { status, data } of answers) {
			expect(status).toBe(failedWith);
			expect(data).toMatchObject({ status: 'FAILED', error: expect.stringContaining('2500') });
			expect(data.metrics).not.toHaveProperty('cost');
		}
	});
});
