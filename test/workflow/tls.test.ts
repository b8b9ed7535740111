/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Real TLS: which of its errors prove that a submit never left, and which do not. What counts is what arrived at the
 * server.
 */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import tls from 'node:tls';

import type { IDataObject } from 'n8n-workflow';

import { ATTEMPTS } from '../../nodes/segmind/policy/retries';
import { TLS_CERTIFICATE, type Sandbox } from '../../sandbox';
import { asRetry, removeStore, runWorkflow, useBinaryMode } from './support/engine';
import { newAccount, startTestSandbox, type TestAccount } from './support/sandbox';

let sandbox: Sandbox;

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ tls: true });
});
afterAll(async () => {
	await sandbox.close();
	removeStore();
});
afterEach(() => {
	sandbox.clearFaults();
	jest.restoreAllMocks();
});

/** As NODE_EXTRA_CA_CERTS does, which Node reads only when it starts. */
function trustSandbox(): void {
	const { connect } = tls;
	const ca = readFileSync(TLS_CERTIFICATE);
	jest
		.spyOn(tls, 'connect')
		.mockImplementation(((options: tls.ConnectionOptions, ...rest: []) =>
			connect({ ...options, ca }, ...rest)) as never);
}

const overTls = ({ credential }: TestAccount, baseUrl = sandbox.tlsUrl!) => ({
	...credential,
	baseUrl,
});

const parameters = (options: IDataObject = {}): IDataObject => ({
	imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
	prompt: 'Clouds drift past the summit',
	duration: '3',
	options,
});

const posts = ({ key }: TestAccount) =>
	sandbox.requests().filter((request) => request.key === key && request.method === 'POST');

it('a video is made over TLS', async () => {
	trustSandbox();
	const account = newAccount(sandbox);
	const { output } = await runWorkflow({
		credential: overTls(account),
		parameters: parameters(),
	});
	expect(output).toHaveLength(1);
	expect(posts(account)).toHaveLength(1);
});

describe.each(['v2', 'v1'] as const)(
	'Plain bytes inside the tunnel, after a %s submit arrived',
	(api) => {
		it.each([
			['no job', undefined, 0],
			['a job', true, 1],
		] as const)('leave it unknown, and it is sent once: %s', async (_what, accepted, jobs) => {
			trustSandbox();
			const account = newAccount(sandbox);
			const stage = api === 'v1' ? 'v1' : 'submit';
			sandbox.inject({ stage, key: account.key, fault: { kind: 'plaintext', accepted } });
			const run = { credential: overTls(account), parameters: parameters({ apiVersion: api }) };
			const first = await runWorkflow(run);
			expect(first.error?.message).toMatch(/unknown whether this video was submitted: the secure/);
			const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
			const retry = await runWorkflow({ ...run, settings, resume: asRetry(first.run) });
			expect(retry.error?.message).toMatch(/unknown whether this video was submitted/);
			expect(posts(account)).toHaveLength(1);
			expect(account.report().jobs).toHaveLength(jobs);
		});
	},
);

/** A server that does something with each connection, and counts them. */
async function counting(onConnection: (connections: number) => void, server: Server) {
	let connections = 0;
	server.on('connection', () => onConnection(++connections));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('A submit never leaves, and is tried again', () => {
	it('when the certificate is refused', async () => {
		const account = newAccount(sandbox);
		const { error } = await runWorkflow({
			credential: overTls(account),
			parameters: parameters(),
		});
		expect(error?.message).toMatch(/could not be reached: no secure connection could be made/);
		expect(error?.message).not.toMatch(/unknown/);
		expect(posts(account)).toEqual([]);
	});

	it('when the connection is closed within the handshake', async () => {
		const account = newAccount(sandbox);
		let most = 0;
		const server = createServer((socket) => socket.once('data', () => socket.end()));
		const baseUrl = await counting((connections) => (most = connections), server);
		const { error } = await runWorkflow({
			credential: overTls(account, baseUrl),
			parameters: parameters(),
		});
		server.close();
		expect(error?.message).toMatch(/could not be reached: no secure connection could be made/);
		expect(most).toBe(ATTEMPTS.submitNotSent);
	});
});

it('A server that speaks no TLS at all leaves it unknown: its words are those of a broken tunnel', async () => {
	const account = newAccount(sandbox);
	const baseUrl = sandbox.gatewayUrl.replace('http:', 'https:');
	const { error } = await runWorkflow({
		credential: overTls(account, baseUrl),
		parameters: parameters(),
	});
	expect(error?.message).toMatch(/unknown whether this video was submitted/);
	expect(posts(account)).toEqual([]);
});
