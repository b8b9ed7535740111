import {
	ApplicationError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IHttpRequestOptions,
	type Icon,
	type INodeProperties,
} from 'n8n-workflow';

import { DEFAULT_URLS, refusalToSendKey, urlsOf } from '../nodes/segmind/wire/origins';

/** The absolute address of a request: n8n's declarative requests (the test) give base and path apart. */
function targetOf(options: IHttpRequestOptions & { uri?: string }): string {
	// n8n's HTTP Request node and Custom API Call use the older name.
	const url = options.url ?? options.uri ?? '';
	return options.baseURL ? new URL(url, `${options.baseURL.replace(/\/+$/, '')}/`).href : url;
}

/** The same for n8n's older request helper, which other nodes use with this credential. */
const LEGACY_NO_REDIRECTS = { followRedirect: false, followAllRedirects: false };

export class SegmindApi implements ICredentialType {
	name = 'segmindApi';

	displayName = 'Segmind API';

	icon: Icon = { light: 'file:segmind.svg', dark: 'file:segmind.dark.svg' };

	documentationUrl = 'https://github.com/segmind/n8n-nodes-segmind-kling#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. SG_0123456789abcdef',
			hint: 'From the Segmind console, under API Keys',
			description:
				'Create one in the <a href="https://cloud.segmind.com/console/api-keys" target="_blank">Segmind console</a>',
		},
		{
			displayName: 'Requests Per Minute',
			name: 'requestsPerMinute',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			hint: '5 on the Free plan, 50 on Pro',
			description:
				"Your plan's rate limit: 5 on Free, 50 on Pro. The node keeps all its requests below it.",
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: DEFAULT_URLS.baseUrl,
			hint: 'Leave as it is',
			description: 'Only change it to use a local sandbox',
		},
		{
			displayName: 'Storage URL',
			name: 'storageUrl',
			type: 'string',
			default: DEFAULT_URLS.storageUrl,
			hint: 'Leave as it is',
			description: 'Where input images are uploaded. Only change it to use a local sandbox.',
		},
		{
			displayName: 'History URL',
			name: 'historyUrl',
			type: 'string',
			default: DEFAULT_URLS.historyUrl,
			hint: 'Leave as it is',
			description:
				"Where the node looks for a paid video after a crash or a lost answer, in your account's own list of requests. The API key is sent there too. Empty to switch this off.",
		},
	];

	/**
	 * Adds the key to a request, after making sure that it goes to Segmind.
	 *
	 * @throws ApplicationError when the request's origin is not one of the credential's
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const refusal = refusalToSendKey(urlsOf(credentials), targetOf(requestOptions));
		if (refusal) throw new ApplicationError(refusal, { level: 'warning' });
		return {
			...requestOptions,
			// n8n forwards custom headers when it follows a redirect to another origin.
			disableFollowRedirect: true,
			...LEGACY_NO_REDIRECTS,
			headers: { ...requestOptions.headers, 'x-api-key': String(credentials.apiKey).trim() },
		};
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: '/v1/get-user-credits',
			method: 'GET',
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'Segmind refused this API key. Copy it again from the Segmind console, under API Keys.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'The API key is accepted, but this account has no credit balance yet. Add credits in the Segmind console, then test again.',
				},
			},
		],
	};
}
