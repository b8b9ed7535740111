/**
 * The API key may go only to the origins of the credential's URLs.
 */

/** The services of Segmind that take the key. */
export type Service = 'gateway' | 'storage' | 'history';

/** The credential's URLs. */
export interface ServiceUrls {
	/** The API itself, e.g. `https://api.segmind.com`. */
	baseUrl: string;
	/** The storage for input files, e.g. `https://workflows-api.segmind.com`. */
	storageUrl: string;
	/**
	 * The history of the account's requests, e.g. `https://api.spotprod.segmind.com`; empty if the user has switched it
	 * off. Only Segmind's SDK names it, so nothing may depend on it.
	 */
	historyUrl: string;
}

export const DEFAULT_URLS: ServiceUrls = {
	baseUrl: 'https://api.segmind.com',
	storageUrl: 'https://workflows-api.segmind.com',
	historyUrl: 'https://api.spotprod.segmind.com',
};

/**
 * An address in one spelling, without what copying adds: spaces, line breaks, slashes at the end. An unusable address
 * stays as it is, so that {@link problemWithUrl} can show it.
 */
export function normalizedUrl(address: unknown): string {
	const text = String(address).trim();
	if (problemWithUrl('', text)) return text;
	const { origin, pathname } = new URL(text);
	return origin + pathname.replace(/\/+$/, '');
}

/** The URLs of a decrypted credential. A missing one becomes Segmind's own. */
export function urlsOf(credential: Partial<Record<keyof ServiceUrls, unknown>>): ServiceUrls {
	const address = (field: keyof ServiceUrls) =>
		normalizedUrl(credential[field] ?? DEFAULT_URLS[field]);
	return {
		baseUrl: address('baseUrl'),
		storageUrl: address('storageUrl'),
		historyUrl: address('historyUrl'),
	};
}

const PRIVATE_IPV4 = [
	/^127\./,
	/^10\./,
	/^192\.168\./,
	/^172\.(1[6-9]|2\d|3[01])\./,
	/^169\.254\./,
];
const PRIVATE_IPV6 = [/^::1$/, /^f[cd][0-9a-f]{2}:/, /^fe[89ab][0-9a-f]:/];
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.internal', '.lan', '.home.arpa'];

/**
 * Whether a host must be on this machine or in a private network, so that plain http does not carry the key over the
 * internet. A name without a dot belongs to a container network (Docker Compose gives a sandbox such a name).
 */
export function isPrivateHost(hostname: string): boolean {
	const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
	if (host.includes(':')) return PRIVATE_IPV6.some((range) => range.test(host));
	if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return PRIVATE_IPV4.some((range) => range.test(host));
	return !host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

/**
 * Says what is wrong with an address of the credential.
 *
 * @param label the field's name as the user sees it
 * @returns a sentence for the user, or undefined if the address may be used
 */
export function problemWithUrl(label: string, address: string): string | undefined {
	let url: URL;
	try {
		url = new URL(address);
	} catch {
		return `The ${label} in the Segmind credential is not a valid URL: "${address}"`;
	}
	if (url.protocol !== 'https:' && url.protocol !== 'http:') {
		return `The ${label} in the Segmind credential must start with https://`;
	}
	if (url.username || url.password) {
		return `The ${label} in the Segmind credential must not contain a user name or password`;
	}
	// Paths are appended to an address.
	if (/[?#]/.test(address)) {
		return `The ${label} in the Segmind credential must not contain "?" or "#": "${address}"`;
	}
	if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
		return `The ${label} in the Segmind credential uses http, which would send your API key unencrypted to ${url.hostname}. Use https; plain http is only for this machine or a private network`;
	}
	return undefined;
}

/** The same for all URLs of a credential. The first problem counts. */
export function problemWithUrls(urls: ServiceUrls): string | undefined {
	return (
		problemWithUrl('Base URL', urls.baseUrl) ??
		problemWithUrl('Storage URL', urls.storageUrl) ??
		(urls.historyUrl ? problemWithUrl('History URL', urls.historyUrl) : undefined)
	);
}

const ADDRESS: Record<Service, keyof ServiceUrls> = {
	gateway: 'baseUrl',
	storage: 'storageUrl',
	history: 'historyUrl',
};

/**
 * Joins the credential's URL of a service and an API path.
 *
 * @throws never; call {@link problemWithUrl} first
 */
export function serviceUrl(urls: ServiceUrls, service: Service, path: string): string {
	return `${normalizedUrl(urls[ADDRESS[service]])}${path}`;
}

/**
 * Says why the key must not be sent to an address: its origin is not in the credential, or one of the credential's
 * own URLs is not acceptable.
 *
 * @param target absolute URL of the request
 */
export function refusalToSendKey(urls: ServiceUrls, target: string): string | undefined {
	const wrong = problemWithUrls(urls);
	if (wrong) return wrong;
	let origin: string;
	try {
		origin = new URL(target).origin;
	} catch {
		return `The request address is not a valid URL: "${target}"`;
	}
	const allowed = [urls.baseUrl, urls.storageUrl, urls.historyUrl]
		.filter(Boolean)
		.map((address) => new URL(address).origin);
	if (allowed.includes(origin)) return undefined;
	return `The Segmind API key is only sent to ${allowed.join(' and ')}, not to ${origin}`;
}
