/** Reads what n8n, an expression or a language model gives for a value. Pure. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `true` or `false`, or text that is one of them, as expressions and language models give it.
 *
 * @returns undefined for all else
 */
export function readBoolean(value: unknown): boolean | undefined {
	const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (word === true || word === 'true') return true;
	return word === false || word === 'false' ? false : undefined;
}

/** Whatever is not surely on is off. */
export function isTrue(value: unknown): boolean {
	return readBoolean(value) === true;
}

/**
 * A number, or text that is one, as expressions and language models give it.
 *
 * @returns undefined for all else: nothing, an empty text, a boolean, NaN, infinity, a list
 */
export function readNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A value that cannot be used, for the sentence that says so. */
export function shown(value: unknown): string {
	if (value === undefined || value === null) return 'empty';
	if (typeof value === 'string') return value.trim() ? `"${value.slice(0, 100)}"` : 'empty';
	return typeof value === 'object' ? 'a list or an object' : String(value);
}

/** @returns what a JSON text says, any other value as it is, undefined for a text that is no JSON */
export function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	// Language models like to put JSON into a Markdown code block.
	const text = value.trim().replace(/^```(?:json)?\s*|\s*```$/g, '');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** @returns undefined when it is no JSON object */
export function readJsonObject(value: unknown): Record<string, unknown> | undefined {
	if (value === undefined || value === null || value === '') return {};
	const json = parsed(value);
	return isObject(json) ? json : undefined;
}

/**
 * A list of URLs: an array, its JSON text, or URLs with commas or new lines between them. A comma within a URL is no
 * border, and the one of a `data:` URL neither: a border is where the next URL begins.
 */
export function readUrlList(value: unknown): unknown[] {
	const json = parsed(value);
	if (Array.isArray(json)) return json;
	if (typeof value !== 'string') return value === undefined || value === null ? [] : [value];
	return value
		.split(/[\s,]*,\s*(?=https?:|data:)|\s*\n\s*/i)
		.map((url) => url.replace(/^[\s,]+|[\s,]+$/g, ''))
		.filter(Boolean);
}
