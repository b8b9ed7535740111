/**
 * Signed URLs. A store signs a new URL for the same file each time, and the URL works for some hours. Pure.
 */

/**
 * A path that says which file it is. Elsewhere a token may choose the file, as in n8n's own signed URLs of binary data
 * (`/rest/binary-data/signed?token=…`): two pictures must not count as one.
 */
const NAMES_FILE = /\.[a-z0-9]{2,4}$/i;

/**
 * The query parameters of a signature, by the parameter that shows that a URL is signed. All others may choose the file
 * or change it, and stay.
 * Sources: AWS Signature Version 4 and 2 (with the token of a temporary key), Google Cloud Storage (V4 and V2), Azure
 * shared access signatures, CloudFront signed URLs, Alibaba OSS (V4 and V1), Tencent COS, Huawei OBS, Volcengine TOS;
 * `ex`, `is`, `hm`: Discord's signed attachment URLs; `tempauth`: download URLs of OneDrive and SharePoint;
 * `expirationTimestamp`: Notion; `token`: Supabase and Firebase storage, and with `e` Qiniu; `sig` with `exp`:
 * Cloudflare Images; `authorization`: Backblaze B2 and Baidu BOS; `ik-s`: ImageKit; `hdnts`: Akamai; `oe`: Instagram
 * and Facebook; `x-signature`: TikTok.
 */
const SIGNATURES: Array<{ by: string; parameters: RegExp; path?: RegExp }> = [
	{ by: 'x-amz-signature', parameters: /^x-amz-/ },
	{ by: 'x-goog-signature', parameters: /^x-goog-/ },
	{
		by: 'x-oss-signature',
		parameters:
			/^x-oss-(signature|signature-version|credential|date|expires|security-token|additional-headers)$/,
	},
	{ by: 'q-signature', parameters: /^(q-|x-cos-security-token$)/ },
	{
		by: 'signature',
		parameters:
			/^(signature|expires|expirationtimestamp|policy|key-pair-id|awsaccesskeyid|x-amz-security-token|googleaccessid|ossaccesskeyid|security-token|accesskeyid|x-obs-security-token)$/,
	},
	{ by: 'sig', parameters: /^(sig|exp|se|st|sp|sv|sr|spr|sip|skoid|sktid|skt|ske|sks|skv)$/ },
	{ by: 'hm', parameters: /^(ex|is|hm)$/ },
	{ by: 'tempauth', parameters: /^tempauth$/ },
	{ by: 'token', parameters: /^(token|expires|e)$/, path: NAMES_FILE },
	{
		by: 'x-tos-signature',
		parameters:
			/^x-tos-(signature|signedheaders|algorithm|credential|date|expires|security-token)$/,
	},
	{ by: 'x-signature', parameters: /^x-(signature|expires)$/ },
	{ by: 'oe', parameters: /^(oe|oh|_nc_.*)$/ },
	{ by: 'ik-s', parameters: /^ik-[st]$/ },
	{ by: 'authorization', parameters: /^authorization$/, path: NAMES_FILE },
	{ by: 'hdnts', parameters: /^hdnts$/ },
];

function parsed(address: string): URL | undefined {
	try {
		return new URL(address);
	} catch {
		return undefined;
	}
}

function signatureOf(url: URL | undefined): RegExp | undefined {
	if (!url) return undefined;
	const names = [...url.searchParams.keys()].map((name) => name.toLowerCase());
	return SIGNATURES.find(({ by, path }) => names.includes(by) && (path?.test(url.pathname) ?? true))
		?.parameters;
}

export const isSigned = (address: string): boolean => signatureOf(parsed(address)) !== undefined;

/** The part that all signed URLs of a file share. Any other URL stays as it is. */
export function withoutSignature(address: string): string {
	const url = parsed(address);
	const parameters = signatureOf(url);
	if (!url || !parameters) return address;
	for (const name of [...url.searchParams.keys()]) {
		if (parameters.test(name.toLowerCase())) url.searchParams.delete(name);
	}
	return url.href;
}
