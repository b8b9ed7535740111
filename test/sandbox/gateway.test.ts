import { caller, ended, http, MODEL, useSandbox } from './support';
import { RESULT_SHAPES, type ResultShape } from '../../sandbox';

const sandbox = useSandbox();
const postUrl = () => `${sandbox.current.gatewayUrl}/v2/${MODEL}`;

describe('who may call', () => {
	it('answers 401 in the authentication envelope when no key arrived', async () => {
		const { status, data } = await http.post(postUrl(), {});
		expect(status).toBe(401);
		expect(data).toEqual({
			error: expect.any(String),
			error_description: 'Missing Authorization or x-api-key in header',
			status_code: 401,
		});
	});

	it.each([
		['an unknown key', { 'x-api-key': 'SG_nobody' }],
		['a bearer token', { authorization: 'Bearer SG_nobody' }],
	])('refuses %s with 401 and another text', async (_name, headers) => {
		const { status, data } = await http.post(postUrl(), {}, { headers });
		expect(status).toBe(401);
		expect(data.status_code).toBe(401);
		expect(data.error_description).not.toContain('Missing');
	});

	it('answers 403 to an account that may not use the model', async () => {
		const { status, data } = await caller(sandbox.current, { mayUseModel: false }).submit();
		expect(status).toBe(403);
		expect(data.error).toMatch(/may not use this model/);
	});

	it('answers 404 to a model it does not know', async () => {
		const { key } = caller(sandbox.current);
		const url = `${sandbox.current.gatewayUrl}/v2/no-such-model`;
		const { status, data } = await http.post(url, {}, { headers: { 'x-api-key': key } });
		expect([status, data]).toEqual([404, { error: 'Model not found' }]);
	});

	it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
		'answers 406 "Invalid content type" to %s',
		async (type) => {
			const { key } = caller(sandbox.current);
			const headers = { 'x-api-key': key, 'content-type': type };
			const { status, data } = await http.post(postUrl(), '{}', { headers });
			expect([status, data]).toEqual([406, { error: 'Invalid content type' }]);
			const report = sandbox.current.requests().find((request) => request.key === key);
			expect(report).toMatchObject({ status: 406, headers: { 'content-type': type } });
		},
	);

	it('answers 406 when the content type is missing', async () => {
		const { key } = caller(sandbox.current);
		const answer = await fetch(postUrl(), {
			method: 'POST',
			headers: { 'x-api-key': key },
			body: new Uint8Array([123, 125]),
		});
		expect([answer.status, await answer.json()]).toEqual([406, { error: 'Invalid content type' }]);
	});

	it.each(['/v1/' + MODEL, '/v2/' + MODEL])('answers GET %s with a 405 page', async (path) => {
		const { status, headers, data } = await http.get(sandbox.current.gatewayUrl + path);
		expect(status).toBe(405);
		expect(headers['content-type']).toContain('text/html');
		expect(data).toContain('Method Not Allowed');
	});

	it('answers POST on a status URL with 405 and an unknown path with 404', async () => {
		const { gatewayUrl } = sandbox.current;
		expect((await http.post(`${gatewayUrl}/v2/requests/x/status`, {})).status).toBe(405);
		expect((await http.get(`${gatewayUrl}/nowhere`)).status).toBe(404);
	});
});

describe('bodies refused at the submit, with nothing queued', () => {
	it.each([
		['no prompt', { prompt: undefined }, 'prompt'],
		['an empty prompt', { prompt: '' }, 'prompt'],
		['no image', { image_url: undefined }, 'image_url'],
		['an empty image URL', { image_url: '' }, 'image_url'],
	])('answers 400 to %s and names the field', async (_name, fields, field) => {
		const me = caller(sandbox.current);
		const { status, data } = await me.submit(fields);
		expect([status, data]).toEqual([400, { error: `${field} is required` }]);
		expect(sandbox.current.account(me.key).jobs).toEqual([]);
	});

	it('answers 400 to a body that is no JSON', async () => {
		const { key } = caller(sandbox.current);
		const headers = { 'x-api-key': key, 'content-type': 'application/json' };
		expect((await http.post(postUrl(), '{"prompt": ', { headers })).status).toBe(400);
		expect((await http.post(postUrl(), '[]', { headers })).status).toBe(400);
	});

	it.each([
		['a duration that is a number', { duration: 5 }, ['body', 'duration']],
		['a duration out of the list', { duration: '16' }, ['body', 'duration']],
		['an unknown mode', { mode: 'ultra' }, ['body', 'mode']],
		['sound that is no boolean', { generate_audio: 'yes' }, ['body', 'generate_audio']],
		['a prompt that is no string', { prompt: 7 }, ['body', 'prompt']],
		['an end image that is null', { end_image_url: null }, ['body', 'end_image_url']],
		['a shot type that is no string', { shot_type: 1 }, ['body', 'shot_type']],
		['segments that are no list', { multi_prompt: {} }, ['body', 'multi_prompt']],
		['an empty list of segments', { multi_prompt: [] }, ['body', 'multi_prompt']],
		['a segment that is no object', { multi_prompt: ['x'] }, ['body', 'multi_prompt', 0]],
		[
			'a segment without duration',
			{ multi_prompt: [{ prompt: 'x' }] },
			['body', 'multi_prompt', 0, 'duration'],
		],
		[
			'a segment whose duration is a number',
			{
				multi_prompt: [
					{ prompt: 'x', duration: '3' },
					{ prompt: 'y', duration: 3 },
				],
			},
			['body', 'multi_prompt', 1, 'duration'],
		],
	])('answers 422 with the place to %s', async (_name, fields, loc) => {
		const me = caller(sandbox.current);
		const { status, data } = await me.submit(fields);
		expect(status).toBe(422);
		expect(data.detail).toEqual([{ loc, msg: expect.any(String), type: expect.any(String) }]);
		expect(sandbox.current.account(me.key).jobs).toEqual([]);
	});
});

describe('the life of a job', () => {
	it('is queued, processed and completed, and its URLs are on the gateway', async () => {
		sandbox.current.set({ jobSeconds: 0.5 });
		const me = caller(sandbox.current);
		const { status, data } = await me.submit();
		const url = `${sandbox.current.gatewayUrl}/v2/requests/${data.request_id}`;
		expect(status).toBe(200);
		expect(data).toEqual({
			request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			status: 'QUEUED',
			poll_url: url,
			status_url: `${url}/status`,
			response_url: url,
		});
		expect((await me.status(data.request_id)).data.status).toBe('QUEUED');
		await sandbox.current.whenJobs(([job]) => job.status === 'PROCESSING', me.key);
		expect((await me.status(data.request_id)).data).toEqual({
			request_id: data.request_id,
			status: 'PROCESSING',
			metrics: expect.any(Object),
		});
		expect((await me.result(data.request_id)).data).toMatchObject({
			status: 'PROCESSING',
			output: null,
		});
		sandbox.current.set({ jobSeconds: 0.05 });
		await ended(sandbox.current, data.request_id);
		expect((await me.status(data.request_id)).data.status).toBe('COMPLETED');
		const [job] = sandbox.current.account(me.key).jobs;
		expect(job.completedAt! - job.createdAt).toBeGreaterThanOrEqual(495);
	});

	it.each([
		['fail', 'FAILED'],
		['ignore', 'COMPLETED'],
	] as const)('with unknown fields is accepted, and then: %s', async (unknownFields, status) => {
		sandbox.current.set({ unknownFields });
		const me = caller(sandbox.current);
		await me.finish({ seed: 7, extra: { deep: true } });
		sandbox.current.set({ unknownFields: 'fail' });
		const [job] = sandbox.current.account(me.key).jobs;
		expect(job).toMatchObject({ status, billed: status === 'COMPLETED' });
		expect(job.body).toEqual(me.body({ seed: 7, extra: { deep: true } }));
		if (status === 'FAILED') expect(job.error).toMatch("'seed' was unexpected");
	});

	it('answers 404 for an unknown request and for another account', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		expect((await me.status('no such')).status).toBe(404);
		const stranger = caller(sandbox.current);
		expect((await stranger.status(id)).status).toBe(404);
		expect((await stranger.result(id)).status).toBe(404);
	});

	it('forgets a request when told to, while its video and the ledger stay', async () => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		sandbox.current.expire(id);
		expect((await me.status(id)).status).toBe(404);
		expect((await me.result(id)).status).toBe(404);
		const [job] = sandbox.current.account(me.key).jobs;
		expect(job.status).toBe('COMPLETED');
		expect((await http.get(job.videoUrl!)).status).toBe(200);
		expect(() => sandbox.current.expire('no such')).toThrow('No request');
	});

	const SHAPES: Record<ResultShape, (url: string) => object> = {
		full: (url) => ({ status: 'COMPLETED', output: url, video: { url } }),
		'video-only': (url) => ({ status: 'COMPLETED', video: { url } }),
		'output-only': (url) => ({ status: 'COMPLETED', output: url }),
		'output-array': (url) => ({ status: 'COMPLETED', output: [url] }),
		'no-status': (url) => ({ output: url, video: { url } }),
	};
	it.each(RESULT_SHAPES)('answers the result in the shape %s', async (shape) => {
		const me = caller(sandbox.current);
		const id = await me.finish();
		sandbox.current.set({ resultShape: shape });
		const { status, data } = await me.result(id);
		sandbox.current.set({ resultShape: 'full' });
		const [{ videoUrl }] = sandbox.current.account(me.key).jobs;
		const expected = SHAPES[shape](videoUrl!);
		expect(status).toBe(200);
		expect(data).toMatchObject(expected);
		const optional = ['status', 'output', 'video'];
		expect(optional.filter((field) => field in data)).toEqual(
			optional.filter((field) => field in expected),
		);
	});

	it.each([
		[200, { status: expect.any(String), output: null }],
		[202, { request_id: expect.any(String), output: null }],
		[400, { error: 'Request is still in progress' }],
		[404, { error: 'Result not found' }],
	] as const)('answers a result that is not there yet with %i', async (unfinishedResult, body) => {
		const me = caller(sandbox.current);
		sandbox.current.set({ jobSeconds: 60, unfinishedResult });
		const { data } = await me.submit();
		const { status, data: answer } = await me.result(data.request_id);
		sandbox.current.set({ jobSeconds: 0.05, unfinishedResult: 200 });
		expect([status, answer]).toEqual([unfinishedResult, expect.objectContaining(body)]);
		expect((await me.status(data.request_id)).status).toBe(200);
	});

	it('spreads the lengths of jobs', async () => {
		const me = caller(sandbox.current);
		sandbox.current.set({ jobSeconds: 0.1, jobSpreadSeconds: 2 });
		for (let n = 0; n < 5; n++) await me.submit();
		sandbox.current.set({ jobSeconds: 0.05, jobSpreadSeconds: 0 });
		await sandbox.current.whenJobs((jobs) => jobs.every(({ completedAt }) => completedAt), me.key);
		const { jobs } = sandbox.current.account(me.key);
		const took = jobs.map(({ createdAt, completedAt }) => completedAt! - createdAt);
		expect(Math.max(...took) - Math.min(...took)).toBeGreaterThan(800);
		expect(Math.max(...took)).toBeLessThan(4000);
	});

	it('tells the size and type of the video in full', async () => {
		const me = caller(sandbox.current);
		const { data } = await me.result(await me.finish());
		const video = await http.get(data.video.url, { responseType: 'arraybuffer' });
		expect(data.video).toEqual({
			url: data.output,
			content_type: 'video/mp4',
			file_name: expect.stringMatching(/\.mp4$/),
			file_size: (video.data as Buffer).length,
		});
	});
});

describe('the record of a request', () => {
	const brief = useSandbox({ recordSeconds: 0 });

	it('is gone after recordSeconds', async () => {
		const me = caller(brief.current);
		const id = await me.finish();
		expect((await me.status(id)).status).toBe(404);
		expect((await me.result(id)).status).toBe(404);
	});
});
