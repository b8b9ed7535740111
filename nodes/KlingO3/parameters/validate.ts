/**
 * Checks what the user entered. Pure: each function returns a sentence that names the field, or
 * nothing. The item is named by whoever asks.
 */
import { LIMITS } from '../model';
import type { Segment } from './types';

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A number, or text that is one, as expressions and language models give it.
 *
 * @returns undefined for all else: nothing, an empty text, a boolean, NaN, infinity, a list
 */
export function readNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/**
 * `true` or `false`, or text that is one of them.
 *
 * @returns undefined for all else
 */
export function readBoolean(value: unknown): boolean | undefined {
	const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (word === true || word === 'true') return true;
	return word === false || word === 'false' ? false : undefined;
}

/** A value that cannot be used, for the sentence that says so. */
export function shown(value: unknown): string {
	if (value === undefined || value === null) return 'empty';
	if (typeof value === 'string') return value.trim() ? `"${value.slice(0, 100)}"` : 'empty';
	return typeof value === 'object' ? 'a list or an object' : String(value);
}

export function promptProblem(prompt: unknown): string | undefined {
	if (typeof prompt !== 'string' || !prompt.trim()) {
		return 'Prompt is empty. Describe the motion that the video should show';
	}
	if (prompt.length > LIMITS.prompt) {
		return `Prompt has ${prompt.length} characters; Kling takes up to ${LIMITS.prompt}`;
	}
	return undefined;
}

/** @param field the field's name as the user sees it */
export function imageUrlProblem(field: string, url: unknown): string | undefined {
	if (typeof url !== 'string' || !url.trim()) return `${field} is empty`;
	const address = url.trim();
	if (/^data:/i.test(address)) {
		if (/^data:image\/[\w.+-]+(;[\w=.-]+)*;base64,[A-Za-z0-9+/=\s]+$/i.test(address))
			return undefined;
		return `${field} is a data URL, but not of a base64-encoded image`;
	}
	try {
		const { protocol, hostname } = new URL(address);
		if ((protocol === 'https:' || protocol === 'http:') && hostname) return undefined;
	} catch {
		return `${field} is not a valid URL: "${address.slice(0, 100)}"`;
	}
	return `${field} must start with http:// or https://, or be a data:image URL: "${address.slice(0, 100)}"`;
}

/** @param seconds length of the whole video */
export function durationProblem(seconds: unknown): string | undefined {
	const number = Number(seconds);
	if (Number.isInteger(number) && number >= LIMITS.shortest && number <= LIMITS.longest)
		return undefined;
	return `Duration must be a whole number of seconds from ${LIMITS.shortest} to ${LIMITS.longest}, not "${String(seconds)}"`;
}

function segmentProblem(segment: Segment, number: number): string | undefined {
	const { prompt, duration } = segment;
	if (!prompt.trim()) return `Segment ${number} has no prompt`;
	if (prompt.length > LIMITS.segmentPrompt) {
		return `The prompt of segment ${number} has ${prompt.length} characters; Kling takes up to ${LIMITS.segmentPrompt}`;
	}
	if (!Number.isInteger(duration) || duration < 1) {
		return `The duration of segment ${number} must be a whole number of seconds, at least 1`;
	}
	return undefined;
}

/** @param field the field's name as the user sees it */
export function segmentsProblem(field: string, segments: Segment[]): string | undefined {
	if (segments.length === 0)
		return `${field} has no segment. Add at least one, or set Shots to Single`;
	if (segments.length > LIMITS.segments) {
		return `${field} has ${segments.length} segments; Kling takes up to ${LIMITS.segments}`;
	}
	for (const [index, segment] of segments.entries()) {
		const problem = segmentProblem(segment, index + 1);
		if (problem) return problem;
	}
	const total = segments.reduce((sum, { duration }) => sum + duration, 0);
	if (total < LIMITS.shortest || total > LIMITS.longest) {
		return `The segments of ${field} last ${total} seconds together; they must last ${LIMITS.shortest} to ${LIMITS.longest}`;
	}
	return undefined;
}

function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	// Language models like to put JSON into a Markdown code block.
	const text = value.trim().replace(/^```(?:json)?\s*|\s*```$/g, '');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Durations of segments come as numbers or as the API's strings. */
function toSegment(entry: unknown): Segment {
	const { prompt, duration } = isObject(entry) ? entry : {};
	return {
		prompt: typeof prompt === 'string' ? prompt : '',
		duration: readNumber(duration) ?? NaN,
	};
}

/**
 * Reads a list of segments as the panel's fields, an API client or a language model gives it: an
 * array, its JSON text, or an object around it.
 *
 * @returns undefined when there is no array in it
 */
export function readSegments(value: unknown): Segment[] | undefined {
	const json = parsed(value);
	const list = isObject(json) ? (json.segments ?? json.multi_prompt) : json;
	return Array.isArray(list) ? list.map(toSegment) : undefined;
}

/** @returns undefined when it is no JSON object */
export function readJsonObject(value: unknown): Record<string, unknown> | undefined {
	if (value === undefined || value === null || value === '') return {};
	const json = parsed(value);
	return isObject(json) ? json : undefined;
}
