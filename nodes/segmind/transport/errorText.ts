/**
 * The readable text in an error body of Segmind. Its shape may be `{error}`, the auth layer's `{error,
 * error_description}`, validation's `{detail}` as text or list, plain text, HTML, or nothing.
 */

const MAX_LENGTH = 600;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/**
 * Types of an error that say no more than its message. Some are those of pydantic, which validates Segmind's input
 * (docs.pydantic.dev/latest/errors/validation_errors); others are just words for "error". The types of pydantic 1
 * contain a dot, so they do not count as words.
 */
const SAYS_NOTHING = new RegExp(
	[
		'(value|type|assertion|literal|iteration|get_attribute|validation|api|server)_error',
		'(internal_server|invalid_request|missing_sentinel)_error|(bad|invalid)_request',
		'(string|int|bool|float|bytes|complex|decimal|date|datetime|time|timezone|url|uuid)_\\w+',
		'(missing|unexpected|frozen|union_tag|set_item|json|is_instance|is_subclass)_\\w+',
		'\\w+_(type|argument)|(\\w+_)?too_(short|long)|(greater|less)_than(_equal)?|multiple_of|one_of',
		'finite_number|extra_forbidden|none_required|recursion_loop|no_such_attribute|invalid_key',
		'needs_python_object|default_factory_not_called|multiple_argument_values|missing|enum',
		'error|errors|failed|failure|invalid|required|unknown|none|null',
	]
		.map((types) => `^(${types})$`)
		.join('|'),
);

/** Adds the service's own word for an error to its message: `content_policy_violation` says what to change. */
function withWord(message: string, { type, code }: Json): string {
	const word = [type, code].find(
		(candidate): candidate is string =>
			typeof candidate === 'string' &&
			/^[a-z]+(_[a-z]+)*$/i.test(candidate) &&
			!SAYS_NOTHING.test(candidate.toLowerCase()),
	);
	const plain = (text: string) => text.toLowerCase().replace(/[^a-z]+/g, ' ');
	if (!word || plain(message).includes(plain(word))) return message;
	return `${message.replace(/\.$/, '')} (${word})`;
}

function fromValidation(entry: unknown): string | undefined {
	if (typeof entry === 'string') return entry;
	if (!isObject(entry)) return undefined;
	const message = textOf(entry.msg ?? entry.message);
	const where = Array.isArray(entry.loc)
		? entry.loc.filter((part) => part !== 'body').join('.')
		: '';
	if (!message) return undefined;
	return `${where ? `${where}: ` : ''}${withWord(message, entry)}`;
}

function textOf(value: unknown): string | undefined {
	if (typeof value === 'string') return value.trim() || undefined;
	if (Array.isArray(value)) {
		return value.map(fromValidation).filter(Boolean).join('; ') || undefined;
	}
	if (!isObject(value)) return undefined;
	const keys = ['error_description', 'error', 'detail', 'message', 'msg', 'reason'];
	for (const key of keys) {
		const text = textOf(value[key]);
		if (text) return withWord(text, value);
	}
	return undefined;
}

function withoutMarkup(text: string): string {
	if (!/<(!doctype|html|head|body|title|h1|p)\b/i.test(text)) return text;
	const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
	const visible =
		title ?? text.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
	return visible.replace(/\s+/g, ' ').trim();
}

/**
 * If a message contains the spelling "canceled", n8n marks the execution as stopped by the user and removes its Retry
 * button. The spelling "cancelled" is harmless.
 */
export function harmless(text: string): string {
	return text.replace(/canceled/gi, (word) => (word[0] === 'C' ? 'Cancelled' : 'cancelled'));
}

/**
 * @param body parsed JSON or text of an error answer
 * @returns one line, at most 600 characters; empty if the body says nothing
 */
export function errorText(body: unknown): string {
	const text = textOf(body) ?? '';
	const line = harmless(withoutMarkup(text)).replace(/\s+/g, ' ').trim();
	return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
