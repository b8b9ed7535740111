/**
 * What an HTTP status of Segmind means to the user, and what to do about it.
 * Source: the model page's list of error codes and Segmind's API documentation (November 2026).
 */
import { isRefusal } from './retries';

/** Where users find their credits and, under Generations, their past requests. */
export const CONSOLE_URL = 'https://platform.segmind.com';
/** Where users find their API keys. Segmind's own 401 text still names an older address. */
export const API_KEYS_URL = `${CONSOLE_URL}/api-keys`;

/** The request that was answered: the same status means different things for different requests. */
export type Stage = 'submit' | 'read' | 'upload' | 'balance' | 'history';

export interface Meaning {
	/** What happened. The service's own text follows it. */
	title: string;
	/** What to do about it. */
	advice: string;
}

interface Row extends Meaning {
	status: number;
	/** Only if the meaning differs between stages. */
	stage?: Stage;
	/** Only if the service's text matches. */
	text?: RegExp;
	/** A matching text, for the documents. */
	example?: string;
}

/** The first row that fits counts. */
export const MEANINGS: readonly Row[] = [
	{
		status: 400,
		title: 'Segmind rejected the request as malformed',
		advice: 'Correct the parameter that the message names.',
	},
	{
		status: 401,
		text: /missing authorization/i,
		example: 'Missing Authorization or x-api-key in header',
		title: 'Segmind received no API key',
		advice: 'Enter the API key in the Segmind credential and save it.',
	},
	{
		status: 401,
		title: 'Segmind refused the API key',
		advice: `Copy the key again from the Segmind console (${API_KEYS_URL}) into the Segmind credential.`,
	},
	{
		status: 403,
		stage: 'history',
		title: 'Segmind does not let this API key read it',
		advice: 'Ask the owner of your Segmind team, or use another credential.',
	},
	{
		status: 403,
		title: 'This Segmind account may not use this model',
		advice:
			'Ask the owner of your Segmind team to allow the model for this key, or use another credential.',
	},
	{
		status: 404,
		stage: 'read',
		title: 'Segmind does not know this request',
		advice:
			'Check the request ID and that the credential belongs to the account that submitted it. Segmind forgets a request about one hour after its submit; the video itself lives 7 days at its URL, so look for that URL in the output or the error of the execution that submitted it.',
	},
	{
		status: 404,
		stage: 'balance',
		title: 'This Segmind account has no credit balance yet',
		advice: `Add credits in the Segmind console (${CONSOLE_URL}).`,
	},
	{
		status: 404,
		stage: 'history',
		title: 'Segmind has no history at this address',
		advice:
			'Check the History URL in the Segmind credential, and update this node: the history may have moved.',
	},
	{
		status: 404,
		title: 'Segmind does not know this model or address',
		advice:
			'Check the base URL and the storage URL in the Segmind credential, and update this node: the model may have been renamed.',
	},
	{
		status: 406,
		text: /content.?type/i,
		example: 'Invalid content type',
		title: 'Segmind did not accept the content type of the request',
		advice:
			'This is no billing problem: something between n8n and Segmind, such as a proxy, removed the content type.',
	},
	{
		status: 406,
		// The text must name the period or the team. "Limit" alone is not enough: parameters have limits too.
		text: /\bspend|\bteam(?:'s)? (?:\w+ ){0,2}limit\b|\b(?:daily|weekly|monthly) (?:\w+ )?(?:limit|cap)\b/i,
		example: 'Team spend limit reached',
		title: 'A spend limit of your Segmind team stopped this request',
		advice: 'Ask the owner of your Segmind team to raise the limit, then run the workflow again.',
	},
	{
		status: 406,
		text: /^$|credit|balance|\bfunds\b/i,
		example: 'Insufficient credits',
		title: 'Not enough Segmind credits',
		advice: `Add credits in the Segmind console (${CONSOLE_URL}), then run the workflow again. The Account resource shows the balance.`,
	},
	{
		// Segmind's documentation: "A parameter value rejected before the model runs."
		status: 406,
		title: 'Segmind rejected a parameter value',
		advice: 'Correct the parameter that the message names.',
	},
	{
		status: 408,
		title: 'The request ran out of time on its way to Segmind or back',
		advice: 'Try again later.',
	},
	{
		status: 410,
		title: 'Segmind has retired this model',
		advice: 'Update this node to a version that uses its successor.',
	},
	{
		status: 413,
		title: 'Segmind found the request too large',
		advice: 'Use a smaller file.',
	},
	{
		status: 422,
		title: 'Segmind rejected the input',
		advice: 'Correct the input that the message names.',
	},
	{
		status: 429,
		title: 'Segmind is receiving too many requests from this account',
		advice:
			"Wait a minute and run the workflow again, lower Requests Per Minute in the credential to your plan's limit, or use a larger plan.",
	},
	{
		status: 500,
		title: 'Segmind had an internal error',
		advice:
			'Try again later. If it keeps happening with this input, suspect one of its parameters or its file.',
	},
	{
		status: 502,
		title: 'Segmind is not reachable at the moment (bad gateway)',
		advice: 'Try again later.',
	},
	{ status: 503, title: 'Segmind is not available at the moment', advice: 'Try again later.' },
	{ status: 504, title: 'Segmind did not answer in time', advice: 'Try again later.' },
];

function fallback(status: number): Meaning {
	if (status >= 300 && status < 400) {
		return {
			title: 'Segmind answered with a redirect, which this node does not follow with your API key',
			advice: 'Check the base URL and the storage URL in the Segmind credential.',
		};
	}
	if (status >= 500)
		return { title: 'Segmind has a problem at the moment', advice: 'Try again later.' };
	if (status >= 400 && !isRefusal(status)) {
		return {
			title:
				'Segmind, or a gateway before it, answered with a status that Segmind does not document',
			advice: 'Try again later.',
		};
	}
	if (status >= 400) {
		return { title: 'Segmind rejected the request', advice: 'Correct what the message names.' };
	}
	return {
		title: 'Segmind answered in a form that this node does not understand',
		advice:
			'Check the base URL and the storage URL in the Segmind credential, and update this node.',
	};
}

/**
 * @param status HTTP status of the answer
 * @param text the service's own text ({@link errorText}); may be empty
 */
export function meaningOf(status: number, stage: Stage, text: string): Meaning {
	const row = MEANINGS.find(
		(candidate) =>
			candidate.status === status &&
			(!candidate.stage || candidate.stage === stage) &&
			(!candidate.text || candidate.text.test(text)),
	);
	return row ?? fallback(status);
}
