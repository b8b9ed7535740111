import { meaningOf, MEANINGS, type Stage } from '../../../nodes/segmind/policy/meanings';
import { refused } from '../../../nodes/segmind/problems';

interface Row {
	what: string;
	status: number;
	stage: Stage;
	text: string;
	title: RegExp;
	advice: RegExp;
}

const ROWS: Row[] = [
	{
		what: 'a malformed body',
		status: 400,
		stage: 'submit',
		text: 'image_url is required',
		title: /malformed/,
		advice: /parameter that the message names/,
	},
	{
		what: 'a key that did not arrive',
		status: 401,
		stage: 'submit',
		text: 'Missing Authorization or x-api-key in header',
		title: /no API key/,
		advice: /credential/,
	},
	{
		what: 'a key that was refused',
		status: 401,
		stage: 'submit',
		text: 'Invalid API key',
		title: /refused the API key/,
		advice: /credential/,
	},
	{
		what: 'a key that was refused without a word',
		status: 401,
		stage: 'read',
		text: '',
		title: /refused the API key/,
		advice: /credential/,
	},
	{
		what: 'a team without permission',
		status: 403,
		stage: 'submit',
		text: 'Forbidden',
		title: /may not use/,
		advice: /team/,
	},
	{
		what: 'an unknown model',
		status: 404,
		stage: 'submit',
		text: '',
		title: /does not know this model/,
		advice: /base URL.*update this node/i,
	},
	{
		what: 'an unknown or expired request',
		status: 404,
		stage: 'read',
		text: '',
		title: /does not know this request/,
		advice: /one hour/,
	},
	{
		what: 'an account without a balance',
		status: 404,
		stage: 'balance',
		text: 'No credits found for the user',
		title: /no credit balance/,
		advice: /Add credits/,
	},
	{
		what: 'too few credits',
		status: 406,
		stage: 'submit',
		text: 'Insufficient credits',
		title: /Not enough Segmind credits/,
		advice: /Add credits/,
	},
	{
		what: 'too few credits without a word',
		status: 406,
		stage: 'submit',
		text: '',
		title: /Not enough Segmind credits/,
		advice: /Add credits/,
	},
	{
		what: 'a spend limit of the team',
		status: 406,
		stage: 'submit',
		text: 'Team spend limit exceeded',
		title: /spend limit/,
		advice: /team/,
	},
	{
		what: 'a spend limit in other words',
		status: 406,
		stage: 'submit',
		text: 'Your monthly spending limit of $50 is reached, your balance is $120',
		title: /spend limit/,
		advice: /team/,
	},
	{
		what: 'too few credits, with both sums',
		status: 406,
		stage: 'submit',
		text: 'Insufficient credits: balance 0.20, required 1.40',
		title: /Not enough Segmind credits/,
		advice: /Add credits.*https:\/\/platform\.segmind\.com/,
	},
	{
		what: 'a value that is over its limit',
		status: 406,
		stage: 'submit',
		text: 'duration exceeds the limit of 15',
		title: /rejected a parameter value/,
		advice: /Correct the parameter/,
	},
	{
		what: 'a value that does not exist',
		status: 406,
		stage: 'submit',
		text: 'mode: ultra is not a valid value',
		title: /rejected a parameter value/,
		advice: /Correct the parameter/,
	},
	{
		what: 'a prompt over its limit, about a team',
		status: 406,
		stage: 'submit',
		text: 'prompt "Our team runs through the rain" is over the limit of 2500 characters',
		title: /rejected a parameter value/,
		advice: /Correct the parameter/,
	},
	{
		what: 'a missing content type',
		status: 406,
		stage: 'submit',
		text: 'Invalid content type',
		title: /content type/,
		advice: /no billing problem/,
	},
	{
		what: 'a retired model',
		status: 410,
		stage: 'submit',
		text: '',
		title: /retired/,
		advice: /Update this node/,
	},
	{
		what: 'a rejected body',
		status: 422,
		stage: 'submit',
		text: 'duration: not a string',
		title: /rejected the input/,
		advice: /that the message names/,
	},
	{
		what: 'the rate limit',
		status: 429,
		stage: 'submit',
		text: '',
		title: /too many requests/,
		advice: /Wait/,
	},
	{
		what: 'an internal error',
		status: 500,
		stage: 'submit',
		text: '',
		title: /internal error/,
		advice: /parameter/,
	},
	{
		what: 'a bad gateway',
		status: 502,
		stage: 'submit',
		text: '',
		title: /bad gateway/,
		advice: /later/,
	},
	{
		what: 'a service that is not available',
		status: 503,
		stage: 'submit',
		text: '',
		title: /not available/,
		advice: /later/,
	},
	{
		what: 'a gateway time-out',
		status: 504,
		stage: 'submit',
		text: '',
		title: /in time/,
		advice: /later/,
	},
	{
		what: 'a redirect',
		status: 302,
		stage: 'submit',
		text: '',
		title: /redirect/,
		advice: /base URL/i,
	},
	{
		what: 'another redirect',
		status: 308,
		stage: 'read',
		text: '',
		title: /redirect/,
		advice: /base URL/i,
	},
	{
		what: 'a status that no document names',
		status: 418,
		stage: 'submit',
		text: '',
		title: /a gateway.*does not document/,
		advice: /later/,
	},
	{
		what: 'a gateway that waited in vain',
		status: 408,
		stage: 'submit',
		text: '',
		title: /ran out of time/,
		advice: /later/,
	},
	{
		what: 'the HTML page of a 405',
		status: 405,
		stage: 'submit',
		text: '405 Method Not Allowed',
		title: /rejected the request/,
		advice: /\w/,
	},
	{
		what: 'a server error that no document names',
		status: 599,
		stage: 'submit',
		text: '',
		title: /problem/,
		advice: /later/,
	},
	{
		what: 'an answer that is no error',
		status: 200,
		stage: 'upload',
		text: '',
		title: /does not understand/,
		advice: /update this node/i,
	},
];

describe('What a status means', () => {
	it.each(ROWS)(
		'$status at $stage is $what, with what to do about it',
		({ status, stage, text, title, advice }) => {
			const meaning = meaningOf(status, stage, text);
			expect(meaning.title).toMatch(title);
			expect(meaning.advice).toMatch(advice);
		},
	);

	it.each([400, 401, 403, 404, 406, 410, 422])(
		'%i at the submit says that nothing was billed',
		(status) => {
			const reply = { kind: 'answer' as const, status, headers: {}, body: '' };
			expect(refused(reply, 'submit').description).toMatch(/nothing was billed/i);
			const running = refused(reply, 'read', { billed: 'possibly' });
			expect(running.description).not.toMatch(/nothing was billed/i);
		},
	);

	it.each([500, 502, 503, 504])(
		'%i does not claim that nothing was billed, for nobody knows',
		(status) => {
			const { title, advice } = meaningOf(status, 'submit', '');
			expect(`${title} ${advice}`).not.toMatch(/nothing was billed/i);
		},
	);

	it('never takes a missing content type for a lack of credits', () => {
		for (const text of ['Invalid content type', 'invalid Content-Type', 'INVALID CONTENT TYPE']) {
			expect(meaningOf(406, 'submit', text).title).not.toMatch(/credits/i);
		}
	});

	it('has different titles for different causes of one status', () => {
		const titles = (status: number) =>
			ROWS.filter((row) => row.status === status).map(
				({ stage, text }) => meaningOf(status, stage, text).title,
			);
		expect(new Set(titles(401)).size).toBe(2);
		expect(new Set(titles(404)).size).toBe(3);
		expect(new Set(titles(406)).size).toBe(4);
	});

	it('has an example for each text that decides, and it decides so', () => {
		for (const { status, stage = 'submit', text, example, title } of MEANINGS) {
			expect(Boolean(text)).toBe(Boolean(example));
			if (example) expect(meaningOf(status, stage, example).title).toBe(title);
		}
	});

	it('names the console and the page of the keys where they are today', () => {
		expect(meaningOf(401, 'submit', '').advice).toContain('https://platform.segmind.com/api-keys');
		for (const text of ['', 'Insufficient credits']) {
			expect(meaningOf(406, 'submit', text).advice).toContain('https://platform.segmind.com');
		}
	});

	it('contains no word that n8n replaces, nor the one that marks a stop', () => {
		for (const { status, stage, text } of ROWS) {
			const { title, advice } = meaningOf(status, stage, text);
			expect(`${title} ${advice}`).not.toMatch(
				/canceled|ECONN|ENOTFOUND|ETIMEDOUT|EADDR|EHOST|EAI_|ENOENT|EISDIR|ENOTDIR|EACCES|EEXIST|EPERM|GETADDRINFO/i,
			);
		}
	});
});
