import { caller, http, useSandbox } from './support';

const sandbox = useSandbox();

describe('the synchronous call', () => {
	it('holds the connection and answers with the bytes of the video and its accounting', async () => {
		const me = caller(sandbox.current);
		const { status, headers, data } = await me.generate({}, { responseType: 'arraybuffer' });
		const [job] = sandbox.current.account(me.key).jobs;
		expect(status).toBe(200);
		expect(headers).toMatchObject({
			'content-type': 'video/mp4',
			'content-length': String((data as Buffer).length),
			'x-cost': '0.84',
			'x-remaining-credits': '99.16',
			'x-request-id': job.requestId,
			'x-generation-time': expect.stringMatching(/^\d+(\.\d+)?$/),
		});
		expect((data as Buffer).subarray(4, 8).toString()).toBe('ftyp');
		expect(job).toMatchObject({ api: 'v1', status: 'COMPLETED', billed: true });
	});

	it('answers with JSON when set so, with the same accounting', async () => {
		sandbox.current.set({ v1Response: 'json' });
		const me = caller(sandbox.current);
		const { headers, data } = await me.generate();
		sandbox.current.set({ v1Response: 'video' });
		const [{ videoUrl }] = sandbox.current.account(me.key).jobs;
		expect(headers).toMatchObject({ 'x-cost': '0.84', 'x-remaining-credits': '99.16' });
		expect(data).toMatchObject({ status: 'COMPLETED', output: videoUrl });
		expect((await http.get(data.output as string)).status).toBe(200);
	});

	it('completes and bills the job of a client that has left', async () => {
		sandbox.current.set({ jobSeconds: 0.3 });
		const me = caller(sandbox.current);
		const leaving = new AbortController();
		const call = me.generate({}, { signal: leaving.signal });
		await sandbox.current.whenJobs((jobs) => jobs.length === 1, me.key);
		leaving.abort();
		await expect(call).rejects.toThrow('canceled');
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
		sandbox.current.set({ jobSeconds: 0.05 });
		const report = sandbox.current.requests().find(({ key }) => key === me.key);
		expect(report).toMatchObject({ stage: 'v1', endedAt: expect.any(Number) });
		expect(report?.status).toBeUndefined();
		expect(sandbox.current.account(me.key).spent).toBe(0.84);
	});

	it('refuses what the asynchronous call refuses', async () => {
		const me = caller(sandbox.current);
		expect((await me.generate({ prompt: '' })).status).toBe(400);
		expect((await me.generate({ duration: 5 })).status).toBe(422);
		expect((await http.post(`${sandbox.current.gatewayUrl}/v1/other`, {})).status).toBe(401);
	});
});
