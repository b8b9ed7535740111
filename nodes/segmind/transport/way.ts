/**
 * The way to Segmind. Users of the credential can also call Segmind with n8n's HTTP Request node, and its options
 * apply to the request with the key. A proxy, or a bad certificate that is accepted, would show the key to a
 * stranger. The proxy of n8n's own environment (`HTTPS_PROXY`) is the administrator's choice and stays.
 * Source: n8n-core's request helpers (`IHttpRequestOptions`, `IRequestOptions`), n8n 1.100.1 and 2.41.1.
 */

const OTHERS_SEE = 'another server would see the key';
const NOT_CHECKED = "nobody would check that the other side is Segmind's";

interface Option {
	name: string;
	/** As the user sees it, if there is a field for it. */
	label: string;
	/** Why it is refused. */
	why: string;
	/** Whether a value does not change the way. */
	isHarmless: (value: unknown) => boolean;
}

const isEmpty = (value: unknown) =>
	!value || (typeof value === 'object' && Object.keys(value).length === 0);
const isNotFalse = (value: unknown) => value === undefined || value === null || value === true;
const isNotTrue = (value: unknown) => !value;

/** Options of axios or the request library only. n8n's helpers do not pass them on today. */
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
	// With the caller's own certificate authority, any server can claim to be Segmind.
	{ name: 'agentOptions', label: 'SSL Certificates', why: NOT_CHECKED, isHarmless: isEmpty },
	...UNUSED.map((name) => ({ name, label: name, why: OTHERS_SEE, isHarmless: isEmpty })),
];

/**
 * Says why the key must not be sent with a request: one of its options changes the way.
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
