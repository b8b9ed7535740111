/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';

import { caller, http, inspect, MODEL, useSandbox } from './support';
import { TLS_CERTIFICATE } from '../../sandbox';

const sandbox = useSandbox({ tls: true });
const without = useSandbox();

/** A client that trusts the sandbox, with a connection of its own for each request. */
const httpsAgent = new Agent({ ca: readFileSync(TLS_CERTIFICATE) });
const post = async (key: string, body: object) =>
	await http.post(`${sandbox.current.tlsUrl}/v2/${MODEL}`, body, {
		httpsAgent,
		headers: { 'x-api-key': key },
	});
const posts = (key: string) =>
	sandbox.current.requests().filter((request) => request.key === key && request.method === 'POST');

describe('the gateway over TLS', () => {
	it('is there only when asked for, and named where the other hosts are', async () => {
		expect(without.current.tlsUrl).toBeUndefined();
		expect(sandbox.current.tlsUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
		const { data } = await inspect(sandbox.current).get('/health');
		expect(data.urls.tls).toBe(sandbox.current.tlsUrl);
	});

	it('takes jobs of the same accounts, and names its own addresses', async () => {
		const me = caller(sandbox.current);
		const { data } = await post(me.key, me.body());
		expect(data.status_url).toBe(`${sandbox.current.tlsUrl}/v2/requests/${data.request_id}/status`);
		const headers = { 'x-api-key': me.key };
		expect((await http.get(data.status_url as string, { httpsAgent, headers })).status).toBe(200);
		await sandbox.current.whenJobs(([job]) => job.billed, me.key);
	});

	it('is refused by a client that does not know the certificate', async () => {
		const { key } = caller(sandbox.current);
		const headers = { 'x-api-key': key };
		const url = `${sandbox.current.tlsUrl}/v2/${MODEL}`;
		await expect(http.post(url, {}, { headers })).rejects.toMatchObject({
			code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
		});
		expect(posts(key)).toEqual([]);
	});

	it.each([
		[undefined, 0],
		[true, 1],
	])(
		'plaintext, accepted %s: an error of TLS after the request had arrived, %i jobs',
		async (accepted, count) => {
			const me = caller(sandbox.current);
			sandbox.current.inject({ stage: 'submit', fault: { kind: 'plaintext', accepted } });
			await expect(post(me.key, me.body())).rejects.toMatchObject({
				code: expect.stringMatching(/^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)$/),
				message: expect.stringContaining('wrong version number'),
			});
			expect(posts(me.key)).toMatchObject([{ fault: 'plaintext', body: me.body() }]);
			expect(sandbox.current.account(me.key).jobs).toHaveLength(count);
		},
	);

	it('plaintext without a tunnel: bytes that are no HTTP', async () => {
		const me = caller(sandbox.current);
		sandbox.current.inject({ stage: 'submit', fault: { kind: 'plaintext', accepted: true } });
		await expect(me.submit()).rejects.toMatchObject({ code: expect.stringMatching(/^HPE_/) });
		expect(sandbox.current.account(me.key).jobs).toHaveLength(1);
	});
});
