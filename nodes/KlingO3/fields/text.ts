/** Reads what n8n, an expression or a language model gives for a value. Pure. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Expressions and language models give "true" and "false" as text. */
export function isTrue(value: unknown): boolean {
	return value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true');
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

/** @returns a number that was written down; NaN for anything else, also for what `Number` takes for 0 */
export function readNumber(value: unknown): number {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && value.trim() ? Number(value) : NaN;
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
