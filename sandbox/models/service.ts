/**
 * What the service does with a body, besides looking at its form: what it takes where a field was not sent, what it
 * objects to when the job runs. The fields of each model, and their forms, are in the node's tables, which a test
 * compares with the models' pages. Sources: the pages, and Kling's own documentation.
 */
import { Type, type Static } from '@sinclair/typebox';

import { DURATION } from '../../nodes/KlingO3/fields/duration';
import { ELEMENT_LIMITS } from '../../nodes/KlingO3/fields/elements';
import { LONGEST_PROMPT } from '../../nodes/KlingO3/fields/prompt';
import { SEGMENT_LIMITS } from '../../nodes/KlingO3/fields/shots';

export const SECONDS = {
	least: DURATION.shortest,
	most: DURATION.longest,
	usual: String(DURATION.usual),
};

const text = (usual?: string) => Type.Optional(Type.String({ default: usual }));
const flag = (usual: boolean) => Type.Optional(Type.Boolean({ default: usual }));
const address = Type.String({ format: 'uri' });

const SEGMENT = Type.Object({ prompt: Type.String(), duration: Type.String() });
const ELEMENT = Type.Object({
	frontal_image_url: address,
	reference_image_urls: Type.Optional(Type.Array(address)),
});

/**
 * What the service wants beyond the forms that the pages state, and takes where a field was not sent. Which of these
 * fields a model has, and which others, the node's table says.
 */
export const BODY = Type.Object({
	prompt: Type.String(),
	duration: text(SECONDS.usual),
	mode: text('pro'),
	generate_audio: flag(false),
	keep_audio: flag(true),
	aspect_ratio: text('16:9'),
	multi_prompt: Type.Optional(Type.Array(SEGMENT, { minItems: 1 })),
	shot_type: text('customize'),
	elements: Type.Optional(Type.Array(ELEMENT)),
});

/** A body that was accepted: the fields of the model's table, and perhaps others. */
export type ModelRequest = Static<typeof BODY> & Record<string, unknown>;

/** Width over height. @param ratio as the API has it: "16:9" */
export function aspectOf(ratio: string): number {
	const [width, height] = ratio.split(':').map(Number);
	return width / height;
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Length of each shot in seconds: one per segment, or the whole clip. NaN where a segment's is no number. */
export const shotSeconds = (request: ModelRequest): number[] =>
	(request.multi_prompt ?? [{ duration: request.duration ?? SECONDS.usual }]).map((shot) =>
		Number(shot.duration.trim() || 'none'),
	);

/** Length of all shots, seconds. */
export const clipSeconds = (request: ModelRequest): number => sum(shotSeconds(request));

/** A complaint, or nothing. */
type Complaint = string | undefined | false;

const tooLong =
	(name: string) =>
	(value: string): Complaint =>
		[...value].length > LONGEST_PROMPT && `${name} must not exceed ${LONGEST_PROMPT} characters`;

function segmentsLimit(segments: Array<Static<typeof SEGMENT>>, request: ModelRequest): Complaint {
	const seconds = segments.map(({ duration }) => Number(duration.trim() || 'none'));
	const total = sum(seconds);
	if (segments.length > SEGMENT_LIMITS.segments)
		return `multi_prompt must not have more than ${SEGMENT_LIMITS.segments} segments`;
	if (segments.some(({ prompt }) => !prompt.trim()))
		return 'multi_prompt: each segment needs a prompt';
	if (segments.some(({ prompt }) => [...prompt].length > SEGMENT_LIMITS.prompt))
		return `multi_prompt: a segment's prompt must not exceed ${SEGMENT_LIMITS.prompt} characters`;
	if (seconds.some((one) => !Number.isInteger(one) || one < 1))
		return "multi_prompt: a segment's duration must be a whole number of seconds from 1";
	if (total < SECONDS.least || total > SECONDS.most)
		return `multi_prompt: durations must sum to ${SECONDS.least} to ${SECONDS.most} seconds, not ${total}`;
	// Kling's own API wants the sum to equal the clip's length; a length that was left out cannot contradict it.
	if (request.duration !== undefined && total !== Number(request.duration))
		return `multi_prompt: durations must sum to duration (${request.duration} seconds), not ${total}`;
	return undefined;
}

function elementsLimit(elements: Array<Static<typeof ELEMENT>>): Complaint {
	const { elements: most, references } = ELEMENT_LIMITS;
	if (elements.length > most) return `elements must not have more than ${most} items`;
	if (elements.some(({ reference_image_urls: urls = [] }) => urls.length > references))
		return `elements: reference_image_urls must not have more than ${references} items`;
	return undefined;
}

/** Looked at when the job runs, which then fails. By the field's name in the API. */
export const LIMITS: Record<string, (value: never, request: ModelRequest) => Complaint> = {
	prompt: tooLong('prompt'),
	negative_prompt: tooLong('negative_prompt'),
	multi_prompt: segmentsLimit,
	elements: elementsLimit,
};
