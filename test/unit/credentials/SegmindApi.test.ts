import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

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
		const error: Error = await authenticate(options).then(
			() => Promise.reject(new Error('was not refused')),
			(reason: Error) => reason,
		);
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
