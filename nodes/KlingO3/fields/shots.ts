import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { DURATION, duration } from './duration';
import { invalid, parameter, type Field, type Source } from './field';
import { isObject, parsed, readNumber } from './text';

export interface Segment {
	prompt: string;
	/** s */
	duration: number;
}

/** Limits. Source: Kling's API documentation. */
export const SEGMENT_LIMITS = {
	segments: 6,
	/** characters */
	prompt: 512,
};

const LABEL = 'Segments';
const JSON_LABEL = 'Segments (JSON)';

const inMulti = { shotMode: ['multi'] };

const properties: INodeProperties[] = [
	{
		displayName: 'Shots',
		name: 'shotMode',
		type: 'options',
		options: [
			{ name: 'Single', value: 'single', description: 'One continuous shot' },
			{
				name: 'Multiple',
				value: 'multi',
				description: 'Up to six segments, each with its own prompt and duration',
			},
		],
		default: 'single',
		description: 'One continuous shot, or up to six segments',
	},
	{
		displayName: 'Define Segments',
		name: 'multiPromptSource',
		type: 'options',
		options: [
			{ name: 'Using Fields Below', value: 'fields' },
			{
				name: 'Using JSON',
				value: 'json',
				description: 'A list of prompts and durations, for example from an AI model',
			},
		],
		default: 'fields',
		hint: `Up to ${SEGMENT_LIMITS.segments} segments, together ${DURATION.shortest} to ${DURATION.longest} seconds`,
		displayOptions: { show: inMulti },
	},
	{
		displayName: LABEL,
		name: 'multiPrompt',
		type: 'fixedCollection',
		typeOptions: {
			multipleValues: true,
			multipleValueButtonText: 'Add Segment',
			sortable: true,
			maxAllowedFields: SEGMENT_LIMITS.segments,
		},
		default: { segments: [{ prompt: '', duration: 3 }] },
		placeholder: 'Add Segment',
		displayOptions: { show: { ...inMulti, multiPromptSource: ['fields'] } },
		description:
			'The segments in the order of the video. Together they last 3 to 15 seconds, and every second is charged.',
		options: [
			{
				displayName: 'Segment',
				name: 'segments',
				values: [
					{
						displayName: 'Prompt',
						name: 'prompt',
						type: 'string',
						typeOptions: { rows: 2 },
						default: '',
						placeholder: 'e.g. The camera rises above the summit',
						description: `What happens in this segment, up to ${SEGMENT_LIMITS.prompt} characters`,
					},
					{
						displayName: 'Duration (Seconds)',
						name: 'duration',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: DURATION.longest, numberPrecision: 0 },
						default: 3,
						description: 'Length of this segment in whole seconds',
					},
				],
			},
		],
	},
	{
		displayName: JSON_LABEL,
		name: 'multiPromptJson',
		type: 'json',
		default:
			'[\n  { "prompt": "Clouds drift past the summit", "duration": 5 },\n  { "prompt": "The sun sets behind the peaks", "duration": 5 }\n]',
		displayOptions: { show: { ...inMulti, multiPromptSource: ['json'] } },
		description:
			'An array of 1 to 6 objects with prompt and duration (whole seconds). Together they last 3 to 15 seconds.',
	},
];

function segmentProblem(segment: Segment, number: number): string | undefined {
	const { prompt, duration: seconds } = segment;
	if (!prompt.trim()) return `Segment ${number} has no prompt`;
	if (prompt.length > SEGMENT_LIMITS.prompt) {
		return `The prompt of segment ${number} has ${prompt.length} characters; Kling takes up to ${SEGMENT_LIMITS.prompt}`;
	}
	if (!Number.isInteger(seconds) || seconds < 1) {
		return `The duration of segment ${number} must be a whole number of seconds, at least 1`;
	}
	return undefined;
}

const total = (segments: Segment[]) =>
	segments.reduce((sum, { duration: seconds }) => sum + seconds, 0);

/** @param field the field's name as the user sees it */
export function segmentsProblem(field: string, segments: Segment[]): string | undefined {
	if (segments.length === 0)
		return `${field} has no segment. Add at least one, or set Shots to Single`;
	if (segments.length > SEGMENT_LIMITS.segments) {
		return `${field} has ${segments.length} segments; Kling takes up to ${SEGMENT_LIMITS.segments}`;
	}
	for (const [index, segment] of segments.entries()) {
		const problem = segmentProblem(segment, index + 1);
		if (problem) return problem;
	}
	const seconds = total(segments);
	if (seconds < DURATION.shortest || seconds > DURATION.longest) {
		return `The segments of ${field} last ${seconds} seconds in total. Kling takes ${DURATION.shortest} to ${DURATION.longest} seconds`;
	}
	return undefined;
}

/** Durations come as numbers or, as in the API, as text. */
function toSegment(entry: unknown): Segment {
	const { prompt, duration: seconds } = isObject(entry) ? entry : {};
	return {
		prompt: typeof prompt === 'string' ? prompt : '',
		duration: readNumber(seconds) ?? NaN,
	};
}

/**
 * Reads a list of segments from the panel's fields, an API client or a language model: an array, its JSON text, or an
 * object around it.
 *
 * @returns undefined if it does not contain an array
 */
export function readSegments(value: unknown): Segment[] | undefined {
	const json = parsed(value);
	const list = isObject(json) ? (json.segments ?? json.multi_prompt) : json;
	return Array.isArray(list) ? list.map(toSegment) : undefined;
}

/** The segments for `multi`, undefined for `single`. */
function read(source: Source): Outcome<Segment[] | undefined> {
	if (parameter(source, 'shotMode') !== 'multi') return success(undefined);
	const usesJson = parameter(source, 'multiPromptSource') === 'json';
	const label = usesJson ? JSON_LABEL : LABEL;
	const value = usesJson
		? parameter(source, 'multiPromptJson')
		: parameter(source, 'multiPrompt.segments', []);
	const segments = readSegments(value);
	if (!segments) {
		return invalid(`${label} is not a JSON array of {"prompt", "duration"} objects`);
	}
	const problem = segmentsProblem(label, segments);
	return problem ? invalid(problem) : success(segments);
}

/** One shot or several segments. */
export const shots: Field<Segment[] | undefined> = {
	name: 'shotMode',
	api: {
		name: 'multi_prompt',
		form: {
			type: 'array',
			items: {
				type: 'object',
				properties: { prompt: { type: 'string' }, duration: { type: 'string' } },
			},
		},
	},
	properties,
	isPriced: true,
	read,
	toApi: (segments) =>
		segments?.map(({ prompt, duration: seconds }) => ({ prompt, duration: String(seconds) })),
	toOutput: (segments) => ({ segments }),
};

/** The length of a video that may have segments, which have their own durations. */
export const durationOfShots: Field<number> = {
	...duration,
	properties: duration.properties.map((property) => ({
		...property,
		displayOptions: { show: { shotMode: ['single'] } },
	})),
	length: {
		seconds: (seconds) => seconds,
		script: `p.shotMode !== 'multi' ? Number(p.duration)
			: p.multiPromptSource === 'json' ? NaN
			: ((p.multiPrompt && p.multiPrompt.segments) || []).reduce((sum, segment) => sum + Number(segment.duration), 0)`,
	},
	async read(source) {
		const segments = read(source);
		if (!segments.ok) return segments;
		return segments.value ? success(total(segments.value)) : await duration.read(source);
	},
};
