/** Reads a value from n8n, an expression or a language model. Pure. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads `true` or `false`, also as text from an expression or a language model.
 *
 * @returns undefined for everything else
 */
export function readBoolean(value: unknown): boolean | undefined {
	const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (word === true || word === 'true') return true;
	return word === false || word === 'false' ? false : undefined;
}

/** Anything but a clear `true` counts as false. */
export function isTrue(value: unknown): boolean {
	return readBoolean(value) === true;
}

/**
 * Reads a number, also as text from an expression or a language model.
 *
 * @returns undefined for everything else: nothing, an empty text, a boolean, NaN, infinity, a list
 */
export function readNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Shows an unusable value in a message. */
export function shown(value: unknown): string {
	if (value === undefined || value === null) return 'empty';
	if (typeof value === 'string') return value.trim() ? `"${value.slice(0, 100)}"` : 'empty';
	return typeof value === 'object' ? 'a list or an object' : String(value);
}

/** @returns the parsed JSON of a text, undefined if the text is not JSON, any other value as it is */
export function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	// Language models often put JSON into a Markdown code block.
	const text = value.trim().replace(/^```(?:json)?\s*|\s*```$/g, '');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** @returns undefined if it is not a JSON object */
export function readJsonObject(value: unknown): Record<string, unknown> | undefined {
	if (value === undefined || value === null || value === '') return {};
	const json = parsed(value);
	return isObject(json) ? json : undefined;
}

/**
 * Reads a list of URLs: an array, its JSON text, or URLs separated by commas or new lines. A comma within a URL, also
 * within a `data:` URL, does not separate: only one before the next URL does.
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
