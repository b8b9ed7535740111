/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * The credential in n8n's own request helpers: what other nodes can do with it (the HTTP Request node's options, a
 * declarative node, n8n's test of a credential), and what its addresses may look like. What counts is which server
 * has seen the key.
 */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import {
	NodeConnectionTypes,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { SegmindApi } from '../../credentials/SegmindApi.credentials';
import { runWorkflow } from './support/engine';
import { useSandbox } from './support/useSandbox';

const here = useSandbox({ tls: true });
const { requestsOf } = here;

/** A stranger's proxy: it passes everything on, and looks at it. */
const proxy = {
	url: '',
	seen: [] as string[],
	server: undefined as Server | undefined,
};

beforeAll(async () => {
	proxy.server = createServer((request, response) => {
		proxy.seen.push(`${request.url} ${JSON.stringify(request.headers)}`);
		response.end('{}');
	});
	proxy.server.on('connect', ({ url, headers }, socket) => {
		proxy.seen.push(`${url} ${JSON.stringify(headers)}`);
		const { port, hostname } = new URL(`https://${url}`);
		const other = connect(Number(port), hostname, () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			socket.pipe(other).pipe(socket);
		});
		for (const end of [socket, other]) end.on('error', () => {});
	});
	await new Promise<void>((resolve) => proxy.server!.listen(0, '127.0.0.1', resolve));
	proxy.url = `http://127.0.0.1:${(proxy.server.address() as AddressInfo).port}`;
});
afterAll(() => proxy.server?.close());
beforeEach(() => {
	proxy.seen = [];
});

const DESCRIPTION: INodeTypeDescription = {
	displayName: 'Other',
	name: 'other',
	group: ['input'],
	version: 1,
	description: 'A node that uses the credential',
	defaults: { name: 'Other' },
	inputs: [NodeConnectionTypes.Main],
	outputs: [NodeConnectionTypes.Main],
	credentials: [{ name: 'segmindApi', required: true }],
	properties: [],
};

type Ask = (context: IExecuteFunctions, options: IHttpRequestOptions) => Promise<unknown>;

/** n8n's two helpers for nodes that are no declarative ones. The older one is that of the HTTP Request node. */
const HELPERS: Record<string, Ask> = {
	requestWithAuthentication: async (context, { url, ...options }) =>
		await context.helpers.requestWithAuthentication.call(context, 'segmindApi', {
			uri: url,
			json: true,
			...(options as object),
		}),
	httpRequestWithAuthentication: async (context, options) =>
		await context.helpers.httpRequestWithAuthentication.call(context, 'segmindApi', options),
};

function otherNode(ask: Ask, options: IHttpRequestOptions): INodeType {
	return {
		description: DESCRIPTION,
		async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			return [[{ json: { answer: (await ask(this, options)) as IDataObject } }]];
		},
	};
}

const runOther = async (node: INodeType, credential: ICredentialDataDecryptedObject) =>
	await runWorkflow({ parameters: {}, credential, node });

describe.each(Object.entries(HELPERS))("Another node's call with %s", (_name, ask) => {
	const balance = (baseUrl: string) => `${baseUrl}/v1/get-user-credits`;

	it('gets its answer', async () => {
		const account = here.account();
		const node = otherNode(ask, { url: balance(here.sandbox.gatewayUrl), timeout: 5000 });
		const { output } = await runOther(node, account.credential);
		expect(output[0].json.answer).toMatchObject({ credits: 100 });
	});

	const OPTIONS: Array<[string, () => IDataObject]> = [
		['a proxy', () => ({ proxy: proxy.url })],
		[
			'a proxy in parts',
			() => ({ proxy: { host: '127.0.0.1', port: Number(new URL(proxy.url).port) } }),
		],
		['a proxy, SSL issues ignored', () => ({ proxy: proxy.url, rejectUnauthorized: false })],
		['SSL issues ignored', () => ({ rejectUnauthorized: false })],
		['SSL issues ignored, in other words', () => ({ skipSslCertificateValidation: true })],
		['an agent that ignores SSL issues', () => ({ agentOptions: { rejectUnauthorized: false } })],
	];

	describe.each(['http', 'https'] as const)('over %s', (protocol) => {
		it.each(OPTIONS)('does not bring the key anywhere with %s', async (_option, optionsOf) => {
			const account = here.account();
			const baseUrl = protocol === 'https' ? here.sandbox.tlsUrl! : here.sandbox.gatewayUrl;
			const credential = { ...account.credential, baseUrl };
			const { error, saved } = await runOther(
				otherNode(ask, { url: balance(baseUrl), ...optionsOf() }),
				credential,
			);
			expect(error?.message).toMatch(/key is not sent while the option ".+" is set/);
			expect(proxy.seen).toEqual([]);
			expect(requestsOf(account)).toEqual([]);
			expect(saved).not.toContain(account.key);
		});
	});

	it('does not bring the key to another host, nor to another server behind the same one', async () => {
		const account = here.account();
		const other = await runOther(otherNode(ask, { url: proxy.url }), account.credential);
		expect(other.error?.message).toMatch(/only sent to/);
		await runOther(
			otherNode(ask, {
				url: balance(here.sandbox.gatewayUrl),
				headers: { Host: 'stranger.example' },
			}),
			account.credential,
		);
		expect(proxy.seen).toEqual([]);
		expect(requestsOf(account).map(({ headers }) => headers.host)).toEqual([
			new URL(here.sandbox.gatewayUrl).host,
		]);
	});
});

describe("The credential's addresses", () => {
	const COPIED: Array<[string, (address: string) => string]> = [
		['a space', (address) => `${address} `],
		['a space before and a line break behind', (address) => ` ${address}\n`],
		['a tab', (address) => `\t${address}\t`],
		['slashes', (address) => `${address}//`],
		['a slash and a space', (address) => `${address}/ `],
	];

	/** n8n's test of a credential is a declarative node with this one request. */
	const tested: INodeType = {
		description: {
			...DESCRIPTION,
			properties: [
				{
					displayName: 'Temp',
					name: 'temp',
					type: 'string',
					default: '',
					routing: { request: new SegmindApi().test.request as never },
				},
			],
		},
	};

	it.each(COPIED)('may be copied with %s', async (_what, copied) => {
		const account = here.account();
		const { baseUrl, storageUrl, ...rest } = account.credential;
		const credential = { ...rest, baseUrl: copied(baseUrl), storageUrl: copied(storageUrl) };
		const test = await runOther(tested, credential);
		expect(test.error?.message).toBeUndefined();
		expect(test.output[0].json).toMatchObject({ credits: 100 });
		const { output, error } = await runWorkflow({
			credential,
			parameters: {
				imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
				prompt: 'Clouds drift past the summit',
				duration: '3',
			},
		});
		expect(error?.message).toBeUndefined();
		expect(output).toHaveLength(1);
		expect(account.report().jobs).toHaveLength(1);
		const paths = requestsOf(account).map(({ path }) => path);
		expect(paths.filter((path) => !/^\/v[12]\/[a-z0-9]/.test(path))).toEqual([]);
	});
});

describe('A submit that the credential refuses', () => {
	const parameters = (): IDataObject => ({
		imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: 'Clouds drift past the summit',
		duration: '3',
	});

	it.each([
		['empty', '', /API key in the Segmind credential is empty/],
		['broken over two lines', 'SG_example\n0123', /a character that no API key has/],
	])('was never sent, and says why: the key is %s', async (_what, apiKey, words) => {
		const account = here.account();
		const { error, nodeContext } = await runWorkflow({
			credential: { ...account.credential, apiKey },
			parameters: parameters(),
		});
		expect(error?.message).toMatch(words);
		expect(error?.message).not.toMatch(/unknown|could not be reached/);
		expect(error?.description).toMatch(/Nothing was sent/);
		expect(JSON.stringify(nodeContext)).not.toContain('submitting');
		expect(requestsOf(account)).toEqual([]);
	});

	it('was never sent when somebody changes the address between two requests', async () => {
		const account = here.account();
		let reads = 0;
		const credential = Object.defineProperty({ ...account.credential }, 'baseUrl', {
			enumerable: true,
			get: () => (reads++ === 0 ? account.credential.baseUrl : 'http://127.0.0.1:9'),
		});
		const { error } = await runWorkflow({ credential, parameters: parameters() });
		expect(error?.message).toMatch(/The Segmind API key is only sent to http:\/\/127\.0\.0\.1:9 /);
		expect(account.report().jobs).toEqual([]);
		expect(requestsOf(account)).toEqual([]);
	});
});
