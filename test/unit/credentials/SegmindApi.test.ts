import {
	NodeHelpers,
	type ICredentialDataDecryptedObject,
	type IHttpRequestOptions,
} from 'n8n-workflow';

import { SegmindApi } from '../../../credentials/SegmindApi.credentials';

const KEY = 'SG_example0dummykey';
const CREDENTIAL = {
	apiKey: KEY,
	baseUrl: 'https://api.segmind.com',
	storageUrl: 'https://workflows-api.segmind.com',
	historyUrl: 'https://api.spotprod.segmind.com',
	requestsPerMinute: 50,
};
const segmind = new SegmindApi();

/** Throws when somebody writes to it, at any depth. */
function frozen<T>(value: T): T {
	if (typeof value === 'object' && value !== null)
		Object.values(Object.freeze(value)).forEach(frozen);
	return value;
}

const authenticate = async (
	options: IHttpRequestOptions,
	credential: ICredentialDataDecryptedObject = CREDENTIAL,
) => await segmind.authenticate(credential, options);

describe('The credential', () => {
	it('is segmindApi, shown as "Segmind API"', () => {
		expect(segmind).toMatchObject({ name: 'segmindApi', displayName: 'Segmind API' });
		expect(segmind.icon).toEqual({
			light: expect.stringMatching(/^file:.+\.svg$/),
			dark: expect.stringMatching(/^file:.+\.svg$/),
		});
	});

	it.each([
		['apiKey', { type: 'string', required: true, default: '', typeOptions: { password: true } }],
		['baseUrl', { type: 'string', default: 'https://api.segmind.com' }],
		['storageUrl', { type: 'string', default: 'https://workflows-api.segmind.com' }],
		['historyUrl', { type: 'string', default: 'https://api.spotprod.segmind.com' }],
		['requestsPerMinute', { type: 'number', default: 50 }],
	])('has the field %s', (name, field) => {
		expect(segmind.properties.find((property) => property.name === name)).toMatchObject(field);
	});

	it('takes no expression where its key may go: whoever uses it must not decide that', () => {
		const fields = ['baseUrl', 'storageUrl', 'historyUrl'];
		for (const name of fields) {
			const property = segmind.properties.find((candidate) => candidate.name === name);
			expect(property?.noDataExpression).toBe(true);
		}
		// As n8n's server reads a stored credential: an expression that came past the editor is text.
		const stored = Object.fromEntries(fields.map((name) => [name, '={{ $json.url }}']));
		const read = NodeHelpers.getNodeParameters(segmind.properties, stored, true, false, null, null);
		for (const name of fields) expect(read?.[name]).toBe('{{ $json.url }}');
	});

	it('may take an expression for the key itself, from a store of secrets', () => {
		const stored = { apiKey: '={{ $secrets.vault.segmind }}' };
		const read = NodeHelpers.getNodeParameters(segmind.properties, stored, true, false, null, null);
		expect(read?.apiKey).toBe(stored.apiKey);
	});

	it('has no other field', () => {
		expect(segmind.properties.map(({ name }) => name).sort()).toEqual([
			'apiKey',
			'baseUrl',
			'historyUrl',
			'requestsPerMinute',
			'storageUrl',
		]);
	});

	it('is tested by asking for the balance, which is free', () => {
		expect(segmind.test.request).toEqual({
			baseURL: '={{$credentials.baseUrl}}',
			url: '/v1/get-user-credits',
			method: 'GET',
		});
	});

	it('says in different words that a key is wrong and that an account has no balance', () => {
		const messages = Object.fromEntries(
			(segmind.test.rules ?? []).map(({ properties }) => {
				const { value, message } = properties as { value: number; message: string };
				return [value, message];
			}),
		);
		expect(messages[401]).toMatch(/key/i);
		expect(messages[404]).toMatch(/balance/i);
		expect(messages[404]).toMatch(/key is accepted/i);
		expect(messages[401]).not.toBe(messages[404]);
	});
});

const refusalOf = async (
	options: IHttpRequestOptions,
	credential: ICredentialDataDecryptedObject = CREDENTIAL,
): Promise<Error> =>
	await authenticate(options, credential).then(
		() => Promise.reject(new Error('was not refused')),
		(reason: Error) => reason,
	);

describe('The way of the key', () => {
	const url = 'https://api.segmind.com/v2/x';
	const AGENT = { ca: 'a certificate authority' };

	it.each([
		['a proxy as the HTTP Request node gives it', { proxy: 'http://stranger.example:8080' }],
		[
			'a proxy as the request options of other nodes give it',
			{ proxy: { host: 'stranger.example', port: 8080 } },
		],
		['Ignore SSL Issues of the HTTP Request node', { rejectUnauthorized: false }],
		['Ignore SSL Issues of other nodes', { skipSslCertificateValidation: true }],
		['the certificate authority of the caller', { agentOptions: AGENT }],
		['a refused certificate by way of the agent', { agentOptions: { rejectUnauthorized: false } }],
		['the same in the words of the request library', { strictSSL: false }],
		['an agent', { agent: AGENT }],
		['an agent in the words of axios', { httpsAgent: AGENT }],
		['a tunnel', { tunnel: true }],
		['a socket', { socketPath: '/tmp/stranger' }],
	])('is not %s', async (_what, options) => {
		const error = await refusalOf({ url, ...options } as IHttpRequestOptions);
		expect(error.message).toMatch(/not sent while the option ".+" is set/);
		expect(error).toMatchObject({ extra: { segmindKeyWithheld: true } });
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain(KEY);
	});

	it.each([
		['the HTTP Request node without options', { rejectUnauthorized: true, gzip: true, timeout: 1 }],
		['empty values', { proxy: '', agentOptions: {}, skipSslCertificateValidation: false }],
		['undefined values', { proxy: undefined, rejectUnauthorized: undefined }],
	])('is open to %s', async (_what, options) => {
		const { headers } = await authenticate({ url, ...options } as IHttpRequestOptions);
		expect(headers?.['x-api-key']).toBe(KEY);
	});

	it('does not lead to another server behind the same address', async () => {
		const { headers } = await authenticate({
			url,
			headers: { Host: 'stranger.example', 'X-API-Key': 'other', accept: '*/*' },
		});
		expect(headers).toEqual({ accept: '*/*', 'x-api-key': KEY });
	});
});

describe('The key', () => {
	const url = 'https://api.segmind.com/v1/get-user-credits';

	it.each([
		['empty', '', /is empty/],
		['white space', ' \n', /is empty/],
		['broken over two lines', 'SG_example0\ndummykey', /character that no API key has/],
		['with a letter that no header takes', 'SG_exämple0dummykey', /character that no/],
		['two keys', `${KEY} ${KEY}`, /character that no/],
	])('is refused before anything is sent when it is %s', async (_what, apiKey, words) => {
		const error = await refusalOf({ url }, { ...CREDENTIAL, apiKey });
		expect(error.message).toMatch(words);
		expect(error).toMatchObject({ extra: { segmindKeyWithheld: true } });
	});
});

describe("A credential's address as it was copied", () => {
	it.each([
		' https://api.segmind.com ',
		'https://api.segmind.com/\n',
		'\thttps://api.segmind.com//',
	])('%j is tested, and used, as it was meant', async (baseUrl) => {
		const credential = { ...CREDENTIAL, baseUrl };
		const tested = await authenticate(
			{ baseURL: baseUrl, url: '/v1/get-user-credits' },
			credential,
		);
		expect(tested.url).toBe('https://api.segmind.com/v1/get-user-credits');
		expect(tested.baseURL).toBeUndefined();
		const used = await authenticate({ url: 'https://api.segmind.com/v2/x' }, credential);
		expect(used.headers?.['x-api-key']).toBe(KEY);
	});

	it('keeps its path in the test, as axios joins it', async () => {
		const baseUrl = 'https://eu.proxy.example/segmind/';
		const { url } = await authenticate(
			{ baseURL: baseUrl, url: '/v1/get-user-credits' },
			{ ...CREDENTIAL, baseUrl },
		);
		expect(url).toBe('https://eu.proxy.example/segmind/v1/get-user-credits');
	});
});

describe('Authentication', () => {
	it('adds the key as x-api-key beside the other headers, and no bearer token', async () => {
		const { headers } = await authenticate({
			url: 'https://api.segmind.com/v2/kling-o3-image2video',
			headers: { 'content-type': 'application/json' },
		});
		expect(headers).toEqual({ 'content-type': 'application/json', 'x-api-key': KEY });
	});

	it('removes white space that was copied along with the key', async () => {
		const { headers } = await authenticate(
			{ url: 'https://api.segmind.com/v1/get-user-credits' },
			{ ...CREDENTIAL, apiKey: ` ${KEY}\n` },
		);
		expect(headers?.['x-api-key']).toBe(KEY);
	});

	it('leaves the rest of the request as it is', async () => {
		const options: IHttpRequestOptions = {
			url: 'https://workflows-api.segmind.com/upload-asset',
			method: 'POST',
			body: { data_urls: ['data:image/png;base64,AAAA'] },
			timeout: 1000,
		};
		expect(await authenticate(options)).toMatchObject({ ...options });
	});

	it('forbids to follow redirects, whatever the request says', async () => {
		const url = 'https://api.segmind.com/v2/x';
		expect(await authenticate({ url })).toMatchObject({ disableFollowRedirect: true });
		expect(await authenticate({ url, disableFollowRedirect: false })).toMatchObject({
			disableFollowRedirect: true,
		});
	});

	it('does not write to the options it is given, for they may be used again for another host', async () => {
		const options = frozen({
			url: 'https://api.segmind.com/v2/x',
			headers: { accept: 'application/json' },
		});
		const result = await segmind.authenticate(frozen({ ...CREDENTIAL }), options);
		expect(result).not.toBe(options);
		expect(result.headers).not.toBe(options.headers);
		expect(JSON.stringify(options)).not.toContain(KEY);
	});

	it.each([
		[
			'base and path apart, as in the credential test',
			{ baseURL: 'https://api.segmind.com', url: '/v1/get-user-credits' },
		],
		[
			'a base with a slash at its end',
			{ baseURL: 'https://api.segmind.com/', url: '/v1/get-user-credits' },
		],
		['a path without a slash', { baseURL: 'https://api.segmind.com', url: 'v1/get-user-credits' }],
		['the storage', { url: 'https://workflows-api.segmind.com/upload-asset' }],
	])('takes %s', async (_what, options) => {
		const { headers } = await authenticate(options);
		expect(headers?.['x-api-key']).toBe(KEY);
	});

	it.each([
		['the host of the videos', { url: 'https://images.segmind.com/video.mp4' }],
		['a host that begins like the gateway', { url: 'https://api.segmind.com.evil.example/' }],
		['a name in the user information', { url: 'https://api.segmind.com@evil.example/' }],
		['another port', { url: 'https://api.segmind.com:8443/v2/x' }],
		['plain http', { url: 'http://api.segmind.com/v2/x' }],
		['another base', { baseURL: 'https://evil.example', url: '/v1/get-user-credits' }],
		[
			'an address that overrides the base',
			{ baseURL: 'https://api.segmind.com', url: 'https://evil.example/' },
		],
		['an address without a scheme', { baseURL: 'https://api.segmind.com', url: '//evil.example/' }],
		['an address that is none', { url: 'evil' }],
	])('refuses %s, and its error does not contain the key', async (_what, options) => {
		const error = await refusalOf(options);
		expect(error.message).toMatch(/only sent to|not a valid URL/);
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain(KEY);
	});

	it.each([
		['baseUrl', 'http://api.segmind.com'],
		['storageUrl', 'http://storage.example'],
	])('refuses a credential whose %s is http on the internet', async (field, address) => {
		const credential = { ...CREDENTIAL, [field]: address };
		await expect(authenticate({ url: `${address}/v2/x` }, credential)).rejects.toThrow(
			/unencrypted/,
		);
	});

	it('uses the default addresses for a credential that has none', async () => {
		const { headers } = await authenticate(
			{ url: 'https://api.segmind.com/v2/x' },
			{ apiKey: KEY },
		);
		expect(headers?.['x-api-key']).toBe(KEY);
	});
});
