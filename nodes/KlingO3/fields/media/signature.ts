/**
 * Signed URLs. A store signs a new URL for the same file each time, and the URL works for some hours. Pure.
 */

/**
 * The query parameters of a signature, by the parameter that shows that a URL is signed.
 * Sources: AWS Signature Version 4 and 2, Google Cloud Storage (V4 and V2), Azure shared access signatures,
 * CloudFront signed URLs; `token`: Supabase and Firebase storage.
 */
const SIGNATURES: Array<{ by: string; parameters: RegExp }> = [
	{ by: 'x-amz-signature', parameters: /^x-amz-/ },
	{ by: 'x-goog-signature', parameters: /^x-goog-/ },
	{
		by: 'signature',
		parameters: /^(signature|expires|policy|key-pair-id|awsaccesskeyid|googleaccessid)$/,
	},
	{ by: 'sig', parameters: /^(sig|se|st|sp|sv|sr|spr|sip|skoid|sktid|skt|ske|sks|skv)$/ },
	{ by: 'token', parameters: /^(token|expires)$/ },
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
	return SIGNATURES.find(({ by }) => names.includes(by))?.parameters;
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
