import {
	ApplicationError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IDataObject,
	type IHttpRequestOptions,
	type Icon,
	type INodeProperties,
} from 'n8n-workflow';

import { API } from '../nodes/segmind/api';
import {
	DEFAULT_URLS,
	normalizedUrl,
	refusalToSendKey,
	urlsOf,
} from '../nodes/segmind/transport/origins';
import { WITHHELD_MARK } from '../nodes/segmind/transport/reply';
import { refusalOfWay } from '../nodes/segmind/transport/way';

/** n8n's helpers take this too. */
type RequestOptions = IHttpRequestOptions & { uri?: string };

/**
 * The absolute address of a request. n8n's declarative requests (the test) have base and path apart, and axios joins
 * them like this.
 */
function targetOf({ url, uri, baseURL }: RequestOptions): string {
	// n8n's HTTP Request node and Custom API Call use the older name `uri`.
	const address = String(url ?? uri ?? '');
	const isAbsolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(address);
	return baseURL && !isAbsolute
		? `${normalizedUrl(baseURL)}/${address.replace(/^\/+/, '')}`
		: address;
}

/** Copying a key often adds white space. */
const keyOf = ({ apiKey }: ICredentialDataDecryptedObject) => String(apiKey ?? '').trim();

/** Other characters fail in a header, with a message that looks like a broken connection. */
function refusalOfKey(key: string): string | undefined {
	if (key === '') return 'The API key in the Segmind credential is empty';
	if (/^[\x21-\x7e]+$/.test(key)) return undefined;
	return 'The API key in the Segmind credential contains a character that no API key has. Copy it again from the Segmind console';
}

/** The caller cannot set these: `host` would lead the key to another server behind the same address. */
const OWN_HEADERS = ['host', 'x-api-key'];

function headersWith(key: string, headers: IDataObject = {}): IDataObject {
	const others = Object.entries(headers).filter(
		([name]) => !OWN_HEADERS.includes(name.toLowerCase()),
	);
	return { ...Object.fromEntries(others), 'x-api-key': key };
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
				'Create one in the <a href="https://platform.segmind.com/api-keys" target="_blank">Segmind console</a>',
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
			// Users of the credential must not decide where its key goes.
			noDataExpression: true,
			default: DEFAULT_URLS.baseUrl,
			hint: 'Leave as it is',
			description: 'Only change it to use a local sandbox',
		},
		{
			displayName: 'Storage URL',
			name: 'storageUrl',
			type: 'string',
			// Users of the credential must not decide where its key goes.
			noDataExpression: true,
			default: DEFAULT_URLS.storageUrl,
			hint: 'Leave as it is',
			description: 'Where input images are uploaded. Only change it to use a local sandbox.',
		},
		{
			displayName: 'History URL',
			name: 'historyUrl',
			type: 'string',
			// Users of the credential must not decide where its key goes.
			noDataExpression: true,
			default: DEFAULT_URLS.historyUrl,
			hint: 'Leave as it is',
			description:
				"Your account's list of requests. There the node looks for a paid video after a crash or a lost answer. The API key is sent there too. Empty to switch this off.",
		},
	];

	/**
	 * Adds the key to a request, after a check that the request goes to Segmind, and directly.
	 *
	 * @throws ApplicationError, marked as {@link WITHHELD_MARK}, if it does not, or if the key is unusable
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const target = targetOf(requestOptions);
		const key = keyOf(credentials);
		const refusal =
			refusalToSendKey(urlsOf(credentials), target) ??
			refusalOfWay({ ...requestOptions }) ??
			refusalOfKey(key);
		if (refusal) throw new ApplicationError(refusal, { level: 'warning', extra: WITHHELD_MARK });
		return {
			...requestOptions,
			// Send exactly the address that was checked.
			url: new URL(target).href,
			baseURL: undefined,
			// n8n forwards custom headers when it follows a redirect to another origin.
			disableFollowRedirect: true,
			...LEGACY_NO_REDIRECTS,
			headers: headersWith(key, requestOptions.headers),
		};
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: API.credits.path,
			method: API.credits.method,
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
