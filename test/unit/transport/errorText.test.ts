import { errorText } from '../../../nodes/segmind/transport/errorText';

/** All types of pydantic 2, from its documentation. */
const PYDANTIC =
	`no_such_attribute json_invalid json_type needs_python_object recursion_loop missing
	frozen_field frozen_instance extra_forbidden invalid_key get_attribute_error model_type
	model_attributes_type dataclass_type dataclass_exact_type default_factory_not_called
	none_required greater_than greater_than_equal less_than less_than_equal multiple_of
	finite_number too_short too_long iterable_type iteration_error string_type string_sub_type
	string_unicode string_too_short string_too_long string_pattern_mismatch string_not_ascii enum
	dict_type mapping_type list_type tuple_type set_type set_item_not_hashable bool_type
	bool_parsing int_type int_parsing int_parsing_size int_from_float float_type float_parsing
	bytes_type bytes_too_short bytes_too_long bytes_invalid_encoding value_error assertion_error
	literal_error date_type date_parsing date_from_datetime_parsing date_from_datetime_inexact
	date_past date_future time_type time_parsing datetime_type datetime_parsing
	datetime_object_invalid datetime_from_date_parsing datetime_past datetime_future timezone_naive
	timezone_aware timezone_offset time_delta_type time_delta_parsing frozen_set_type
	is_instance_of is_subclass_of callable_type union_tag_invalid union_tag_not_found
	arguments_type missing_argument unexpected_keyword_argument missing_keyword_only_argument
	unexpected_positional_argument missing_positional_only_argument multiple_argument_values
	url_type url_parsing url_syntax_violation url_too_long url_scheme uuid_type uuid_parsing
	uuid_version decimal_type decimal_parsing decimal_max_digits decimal_max_places
	decimal_whole_digits complex_type complex_str_parsing missing_sentinel_error`.split(/\s+/);

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

	it.each([
		[
			'a list',
			{
				detail: [{ msg: 'Output video has sensitive content.', type: 'content_policy_violation' }],
			},
			'Output video has sensitive content (content_policy_violation)',
		],
		[
			'a list that names the field',
			{
				detail: [
					{
						loc: ['body', 'prompt'],
						msg: 'Not allowed',
						type: 'content_policy_violation',
						url: 'https://example.com/errors#content_policy_violation',
					},
				],
			},
			'prompt: Not allowed (content_policy_violation)',
		],
		[
			'an error inside an error',
			{
				error: {
					message: 'Your request was rejected.',
					type: 'invalid_request_error',
					code: 'content_policy_violation',
				},
			},
			'Your request was rejected (content_policy_violation)',
		],
		[
			'the body itself',
			{ status: 'FAILED', error: 'Refused by the model', type: 'moderation_blocked' },
			'Refused by the model (moderation_blocked)',
		],
		['one word', { detail: [{ msg: 'Refused.', type: 'nsfw' }] }, 'Refused (nsfw)'],
		[
			'a message that says it already',
			{ detail: [{ msg: 'Content policy violation.', type: 'content_policy_violation' }] },
			'Content policy violation.',
		],
	])('keeps the word that the service has for it: in %s', (_where, body, expected) => {
		expect(errorText(body)).toBe(expected);
	});

	it.each([
		...PYDANTIC,
		'value_error.missing',
		'type_error.integer',
		'invalid_request_error',
		'400',
	])('leaves out a type that says nothing: %s', (type) => {
		expect(errorText({ detail: [{ msg: 'Not good.', type }] })).toBe('Not good.');
		expect(errorText({ error: { message: 'Not good.', code: type } })).toBe('Not good.');
	});

	it('leaves out a type that is no text', () => {
		expect(errorText({ error: 'Not good.', type: 7, code: { a_b: 1 } })).toBe('Not good.');
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
