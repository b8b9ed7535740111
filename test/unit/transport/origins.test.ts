import {
	DEFAULT_URLS,
	isPrivateHost,
	normalizedUrl,
	problemWithUrl,
	refusalToSendKey,
	serviceUrl,
	urlsOf,
} from '../../../nodes/segmind/transport/origins';

describe('The addresses of the service', () => {
	it('are by default the gateway and the storage of the API document', () => {
		expect(DEFAULT_URLS).toEqual({
			baseUrl: 'https://api.segmind.com',
			storageUrl: 'https://workflows-api.segmind.com',
			historyUrl: 'https://api.spotprod.segmind.com',
		});
	});

	it.each([
		['gateway', 'https://api.segmind.com/v2/x'],
		['storage', 'https://workflows-api.segmind.com/v2/x'],
	] as const)('put a path behind the %s', (service, expected) => {
		expect(serviceUrl(DEFAULT_URLS, service, '/v2/x')).toBe(expected);
	});

	it('may end with slashes', () => {
		const urls = {
			baseUrl: 'http://localhost:8080//',
			storageUrl: 'http://localhost:8081/',
			historyUrl: '',
		};
		expect(serviceUrl(urls, 'gateway', '/v2/x')).toBe('http://localhost:8080/v2/x');
		expect(serviceUrl(urls, 'storage', '/upload-asset')).toBe('http://localhost:8081/upload-asset');
	});
});

describe('An address as it was copied', () => {
	it.each([
		' https://api.segmind.com',
		'https://api.segmind.com ',
		'\thttps://api.segmind.com\n',
		'https://api.segmind.com\u00a0',
		'\ufeffhttps://api.segmind.com',
		'https://api.segmind.com/',
		'https://api.segmind.com// ',
		'https://api.segmind.com:443',
		'HTTPS://API.Segmind.com',
		'https://api.seg\nmind.com',
	])('%j is the address that was meant', (address) => {
		expect(normalizedUrl(address)).toBe('https://api.segmind.com');
		const urls = urlsOf({ baseUrl: address, storageUrl: address, historyUrl: address });
		expect(new Set(Object.values(urls))).toEqual(new Set(['https://api.segmind.com']));
		expect(serviceUrl({ ...urls, baseUrl: address }, 'gateway', '/v2/x')).toBe(
			'https://api.segmind.com/v2/x',
		);
		expect(refusalToSendKey(urls, 'https://api.segmind.com/v2/x')).toBeUndefined();
	});

	it('keeps its path', () => {
		expect(normalizedUrl(' https://eu.proxy.example:8443/segmind/ ')).toBe(
			'https://eu.proxy.example:8443/segmind',
		);
	});

	it('stays as it is when it cannot be used, to be shown', () => {
		for (const address of ['api.segmind.com', 'https://a.example?x=1', 'http://a.example', '']) {
			expect(normalizedUrl(` ${address} `)).toBe(address);
		}
	});

	it('is switched off when it is empty, for the history only', () => {
		expect(urlsOf({ historyUrl: ' ' }).historyUrl).toBe('');
		expect(urlsOf({}).historyUrl).toBe(DEFAULT_URLS.historyUrl);
	});
});

describe('A host is private', () => {
	it.each([
		'localhost',
		'LOCALHOST',
		'127.0.0.1',
		'127.9.9.9',
		'10.0.0.5',
		'172.16.0.1',
		'172.31.255.255',
		'192.168.1.20',
		'169.254.1.1',
		'[::1]',
		'[fd00::1]',
		'[fe80::1]',
		'sandbox',
		'segmind-sandbox',
		'sandbox.local',
		'sandbox.internal',
		'api.localhost',
	])('when it is %s', (host) => {
		expect(isPrivateHost(host)).toBe(true);
	});

	it.each([
		'api.segmind.com',
		'8.8.8.8',
		'172.15.0.1',
		'172.32.0.1',
		'192.169.0.1',
		'11.0.0.1',
		'128.0.0.1',
		'[2001:db8::1]',
		'127.0.0.1.evil.example',
		'localhost.evil.example',
		'10.evil.example',
		'evil-localhost.example',
		'notlocal.example',
	])('not when it is %s', (host) => {
		expect(isPrivateHost(host)).toBe(false);
	});
});

describe('An address of the credential', () => {
	it.each([
		'https://api.segmind.com',
		'https://eu.proxy.example:8443/segmind',
		'http://localhost:3000',
		'http://127.0.0.1:3000/',
		'http://192.168.1.20',
		'http://sandbox:8080',
		'http://[::1]:3000',
	])('%s may be used', (address) => {
		expect(problemWithUrl('Base URL', address)).toBeUndefined();
	});

	it.each([
		['http://api.segmind.com', /http.*unencrypted.*api\.segmind\.com.*https/i],
		['http://127.0.0.1.evil.example', /unencrypted/i],
		['http://8.8.8.8', /unencrypted/i],
		['https://user:pass@api.segmind.com', /user name or password/i],
		['https://api.segmind.com@evil.example', /user name or password/i],
		['ftp://api.segmind.com', /https:\/\//],
		['file:///etc/passwd', /https:\/\//],
		['javascript:alert(1)', /https:\/\//],
		['https://api.segmind.com?x=1', /must not contain/],
		['https://api.segmind.com/?', /must not contain/],
		['https://api.segmind.com#x', /must not contain/],
		['={{ $json.url }}', /not a valid URL/i],
		['{{ $json.url }}', /not a valid URL/i],
		['https://{{ $json.host }}', /not a valid URL/i],
		['api.segmind.com', /not a valid URL/i],
		['', /not a valid URL/i],
	])('%s is refused with its field and a reason', (address, reason) => {
		const problem = problemWithUrl('Storage URL', address);
		expect(problem).toMatch(reason);
		expect(problem).toContain('Storage URL');
	});
});

describe('The key', () => {
	it.each([
		'https://api.segmind.com/v2/kling-o3-image2video',
		'https://api.segmind.com:443/v1/get-user-credits',
		'https://workflows-api.segmind.com/upload-asset',
		'HTTPS://API.SEGMIND.COM/v2/x',
	])('may go to %s', (target) => {
		expect(refusalToSendKey(DEFAULT_URLS, target)).toBeUndefined();
	});

	it.each([
		['the host of the videos', 'https://images.segmind.com/video.mp4'],
		['the parent domain', 'https://segmind.com/v2/x'],
		['a host that begins like it', 'https://api.segmind.com.evil.example/v2/x'],
		['a host that ends like it', 'https://evilapi.segmind.com/v2/x'],
		['a name in the user information', 'https://api.segmind.com@evil.example/v2/x'],
		['a name in the path', 'https://evil.example/https://api.segmind.com/'],
		['another port', 'https://api.segmind.com:8443/v2/x'],
		['plain http', 'http://api.segmind.com/v2/x'],
		['a relative address', '/v2/x'],
		['no address', ''],
	])('is refused to %s', (_what, target) => {
		expect(refusalToSendKey(DEFAULT_URLS, target)).toEqual(expect.stringMatching(/\w/));
	});

	it('names where it may go when it is refused, and where it should have gone', () => {
		const refusal = refusalToSendKey(DEFAULT_URLS, 'https://images.segmind.com/video.mp4');
		expect(refusal).toContain('https://api.segmind.com');
		expect(refusal).toContain('https://workflows-api.segmind.com');
		expect(refusal).toContain('https://images.segmind.com');
	});

	it('goes to the ports of a sandbox and to no other port of the same machine', () => {
		const sandbox = {
			baseUrl: 'http://127.0.0.1:4001',
			storageUrl: 'http://127.0.0.1:4002',
			historyUrl: '',
		};
		expect(refusalToSendKey(sandbox, 'http://127.0.0.1:4001/v2/x')).toBeUndefined();
		expect(refusalToSendKey(sandbox, 'http://127.0.0.1:4002/upload-asset')).toBeUndefined();
		expect(refusalToSendKey(sandbox, 'http://127.0.0.1:4003/files/video.mp4')).toMatch(/4003/);
		expect(refusalToSendKey(sandbox, 'http://localhost:4001/v2/x')).toMatch(/localhost/);
	});

	it.each([
		['Base URL', { ...DEFAULT_URLS, baseUrl: 'http://api.segmind.com' }],
		['Storage URL', { ...DEFAULT_URLS, storageUrl: 'http://workflows-api.segmind.com' }],
	])('goes nowhere while the %s is not acceptable', (field, urls) => {
		expect(refusalToSendKey(urls, 'https://api.segmind.com/v2/x')).toContain(field);
		expect(refusalToSendKey(urls, 'http://api.segmind.com/v2/x')).toContain(field);
	});
});
