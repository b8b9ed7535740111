/**
 * The readable text in an error body of Segmind, whatever shape it has: `{error}`, the auth layer's
 * `{error, error_description}`, validation's `{detail}` as text or list, plain text, HTML, or nothing.
 */

const MAX_LENGTH = 600;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function fromValidation(entry: unknown): string | undefined {
	if (typeof entry === 'string') return entry;
	if (!isObject(entry)) return undefined;
	const message = textOf(entry.msg ?? entry.message);
	const where = Array.isArray(entry.loc)
		? entry.loc.filter((part) => part !== 'body').join('.')
		: '';
	return message && where ? `${where}: ${message}` : message;
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
		if (text) return text;
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
 * n8n marks an execution as stopped by the user, and takes its Retry button away, when the message
 * contains this one spelling; the other spelling of the same word is harmless.
 */
export function harmless(text: string): string {
	return text.replace(/canceled/gi, (word) => (word[0] === 'C' ? 'Cancelled' : 'cancelled'));
}

/**
 * @param body parsed JSON or text of an error answer
 * @returns one line, at most 600 characters; empty when the body says nothing
 */
export function errorText(body: unknown): string {
	const text = textOf(body) ?? '';
	const line = harmless(withoutMarkup(text)).replace(/\s+/g, ' ').trim();
	return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
