/**
 * The way to Segmind. Whoever may use the credential may call Segmind with n8n's HTTP Request node, whose options
 * go along with the key: a proxy, or a refused certificate that is accepted all the same, would show the key to a
 * stranger. The proxy that n8n's own environment names (`HTTPS_PROXY`) is the administrator's choice and stays.
 * Source: n8n-core's request helpers (`IHttpRequestOptions`, `IRequestOptions`), n8n 1.100.1 and 2.41.1.
 */

const OTHERS_SEE = 'another server would see the key';
const NOT_CHECKED = "nobody would check that the other side is Segmind's";

interface Option {
	name: string;
	/** As the user sees it, where there is a field for it. */
	label: string;
	/** What is wrong with it. */
	why: string;
	/** Whether a value leaves the way as it is. */
	isHarmless: (value: unknown) => boolean;
}

const isEmpty = (value: unknown) =>
	!value || (typeof value === 'object' && Object.keys(value).length === 0);
const isNotFalse = (value: unknown) => value === undefined || value === null || value === true;
const isNotTrue = (value: unknown) => !value;

/** What is for axios or the request library alone; n8n's helpers do not pass it on today. */
const UNUSED = ['agent', 'httpAgent', 'httpsAgent', 'lookup', 'socketPath', 'transport', 'tunnel'];

const OPTIONS: readonly Option[] = [
	{ name: 'proxy', label: 'Proxy', why: OTHERS_SEE, isHarmless: isEmpty },
	{
		name: 'rejectUnauthorized',
		label: 'Ignore SSL Issues',
		why: NOT_CHECKED,
		isHarmless: isNotFalse,
	},
	{ name: 'strictSSL', label: 'strictSSL', why: NOT_CHECKED, isHarmless: isNotFalse },
	{
		name: 'skipSslCertificateValidation',
		label: 'Ignore SSL Issues',
		why: NOT_CHECKED,
		isHarmless: isNotTrue,
	},
	// With a certificate authority of the caller's own, anybody can be Segmind.
	{ name: 'agentOptions', label: 'SSL Certificates', why: NOT_CHECKED, isHarmless: isEmpty },
	...UNUSED.map((name) => ({ name, label: name, why: OTHERS_SEE, isHarmless: isEmpty })),
];

/**
 * Says why the key must not be sent with a request: one of its options leads it another way.
 *
 * @param options of n8n's request helpers
 */
export function refusalOfWay(options: Record<string, unknown>): string | undefined {
	const wrong = OPTIONS.find(({ name, isHarmless }) => !isHarmless(options[name]));
	return (
		wrong &&
		`The Segmind API key is not sent while the option "${wrong.label}" is set: ${wrong.why}. Remove the option`
	);
}
