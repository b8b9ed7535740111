import { imageSize } from 'image-size';

import { caller, dataUrl, http, useSandbox } from './support';

const sandbox = useSandbox();
const bytes = Buffer.from('these bytes come back');

describe('uploads', () => {
	it('are answered with one public URL each, and noted in the ledger', async () => {
		const me = caller(sandbox.current);
		const urls = [dataUrl(bytes, 'image/png'), dataUrl(bytes, 'image/jpeg')];
		const { status, data } = await me.upload({ data_urls: urls });
		expect(status).toBe(200);
		expect(data).toEqual({ file_urls: expect.any(Array), message: expect.any(String) });
		const types = ['image/png', 'image/jpeg'];
		const uploads = sandbox.current.account(me.key).uploads;
		for (const [index, url] of (data.file_urls as string[]).entries()) {
			const file = await http.get(url, { responseType: 'arraybuffer' });
			expect(url.startsWith(sandbox.current.filesUrl)).toBe(true);
			expect(file.data).toEqual(bytes);
			expect(file.headers['content-type']).toBe(types[index]);
			expect(file.headers['content-length']).toBe(String(bytes.length));
			expect(uploads[index]).toMatchObject({ url, contentType: types[index], bytes: 21 });
		}
	});

	it('can be answered the way the documentation shows', async () => {
		sandbox.current.set({ uploadResponse: 'urls' });
		const { data } = await caller(sandbox.current).upload({
			data_urls: [dataUrl(bytes, 'image/png')],
		});
		sandbox.current.set({ uploadResponse: 'file_urls' });
		expect(data).toEqual({ urls: [expect.stringMatching(/^http/)] });
	});

	it.each([
		['no list', {}],
		['an empty list', { data_urls: [] }],
		['a web address', { data_urls: ['http://example.com/a.png'] }],
		['an entry without bytes', { data_urls: ['data:image/png;base64,'] }],
		['one bad entry among good ones', { data_urls: [dataUrl(bytes, 'image/png'), 'x'] }],
	])('of %s are refused with 400 and store nothing', async (_name, body) => {
		const me = caller(sandbox.current);
		expect((await me.upload(body)).status).toBe(400);
		expect(sandbox.current.account(me.key).uploads).toEqual([]);
	});

	it('need a key, JSON and POST', async () => {
		const url = `${sandbox.current.storageUrl}/upload-asset`;
		const { key } = caller(sandbox.current);
		const headers = { 'x-api-key': key, 'content-type': 'text/plain' };
		expect((await http.post(url, {})).status).toBe(401);
		expect((await http.post(url, 'x', { headers })).status).toBe(406);
		expect((await http.get(url)).status).toBe(405);
		expect((await http.get(`${sandbox.current.storageUrl}/other`)).status).toBe(404);
	});
});

describe('the files origin', () => {
	it.each([
		['mountain.jpg', 'image/jpeg', 'jpg'],
		['moon.png', 'image/png', 'png'],
		['rings.webp', 'image/webp', 'webp'],
	])('offers the sample %s', async (name, contentType, type) => {
		const url = `${sandbox.current.filesUrl}/samples/${name}`;
		const { headers, data } = await http.get(url, { responseType: 'arraybuffer' });
		expect(headers['content-type']).toBe(contentType);
		expect(imageSize(data as Buffer)).toMatchObject({ type });
	});

	it('answers 404 for what it does not have', async () => {
		for (const path of ['/samples/none.png', '/assets/none', '/videos/none.mp4', '/'])
			expect((await http.get(sandbox.current.filesUrl + path)).status).toBe(404);
	});

	it('records a key that it should never have been sent', async () => {
		const me = caller(sandbox.current);
		await me.finish();
		const { videoUrl } = sandbox.current.account(me.key).jobs[0];
		await http.get(videoUrl!, { headers: { 'x-api-key': 'leaked' } });
		await http.get(videoUrl!);
		const downloads = sandbox.current
			.requests()
			.filter(({ stage, path }) => stage === 'download' && videoUrl!.endsWith(path));
		expect(downloads.map(({ headers }) => headers['x-api-key'])).toEqual(['leaked', undefined]);
		expect(downloads[0]).toMatchObject({ origin: 'files', key: 'leaked', status: 200 });
	});
});
