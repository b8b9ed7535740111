import { errorText } from '../../../nodes/segmind/wire/errorText';

describe('The text of an error answer', () => {
	it.each([
		['the usual envelope', { error: 'Insufficient credits' }, 'Insufficient credits'],
		[
			'the auth layer',
			{ error: 'invalid_token', error_description: 'Invalid API key', status_code: 401 },
			'Invalid API key',
		],
		['validation as text', { detail: 'duration is not valid' }, 'duration is not valid'],
		[
			'validation as a list',
			{ detail: [{ loc: ['body', 'duration'], msg: 'field required', type: 'missing' }] },
			'duration: field required',
		],
		[
			'validation of several nested fields',
			{
				detail: [
					{ loc: ['body', 'multi_prompt', 0, 'duration'], msg: 'not a string', type: 'type_error' },
					{ loc: ['body', 'prompt'], msg: 'field required', type: 'missing' },
				],
			},
			'multi_prompt.0.duration: not a string; prompt: field required',
		],
		['validation without a place', { detail: [{ msg: 'bad body' }] }, 'bad body'],
		[
			'a failed job',
			{ status: 'FAILED', error: 'Content policy violation', request_id: 'x' },
			'Content policy violation',
		],
		[
			'an error inside an error',
			{ error: { message: 'the image is too small' } },
			'the image is too small',
		],
		['plain text', 'upstream connect error', 'upstream connect error'],
		['plain text over lines', '  bad\n\n gateway \t', 'bad gateway'],
		[
			'the HTML page of a 405',
			'<!DOCTYPE HTML>\n<html><head><title>405 Method Not Allowed</title></head><body><h1>Method Not Allowed</h1><p>The method is not allowed.</p></body></html>',
			'405 Method Not Allowed',
		],
		[
			'HTML without a title',
			'<html><head><style>p{color:red}</style><script>var a = "<b>";</script></head><body><h1>502</h1><p>Bad Gateway</p></body></html>',
			'502 Bad Gateway',
		],
		['an empty text', '', ''],
		['white space', ' \n ', ''],
		['an empty object', {}, ''],
		['an empty error', { error: '' }, ''],
		['no error', { error: null }, ''],
		['nothing', undefined, ''],
		['null', null, ''],
		['a number', 500, ''],
		['an empty list', [], ''],
	])('is read from %s', (_shape, body, expected) => {
		expect(errorText(body)).toBe(expected);
	});

	it('keeps a comparison sign that is no markup', () => {
		expect(errorText({ error: 'width < 300' })).toBe('width < 300');
	});

	it('is one line of at most 600 characters', () => {
		const text = errorText({ error: `${'long '.repeat(400)}\nend` });
		expect(text.length).toBeLessThanOrEqual(600);
		expect(text).not.toContain('\n');
	});

	// n8n takes the Retry button from an execution whose message contains this word.
	it.each([
		['in a sentence', { error: 'The job was canceled by the provider' }],
		['at the start', { error: 'Canceled' }],
		['in capitals', { error: 'JOB CANCELED' }],
		['in mixed case', 'CaNcElEd'],
		['twice', { detail: 'canceled, canceled' }],
		['within a word', { error: 'ERR_CANCELED_BY_PEER uncanceled' }],
		['in a list', { detail: [{ loc: ['body', 'canceled'], msg: 'is canceled' }] }],
		['in HTML', '<html><title>canceled</title></html>'],
		['in the auth layer', { error: 'canceled', error_description: 'request canceled' }],
		['as plain text', 'canceled'],
	])('never contains the word that marks an execution as stopped: %s', (_where, body) => {
		const text = errorText(body);
		expect(text).not.toMatch(/canceled/i);
		expect(text).toMatch(/cancelled/i);
	});
});
