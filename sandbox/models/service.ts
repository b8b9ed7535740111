/**
 * What the service does with a field, besides looking at its form: what it takes where the field was not sent, what it
 * objects to when the job runs, which files it fetches. The fields of each model, and their forms, are in the node's
 * tables, which a test compares with the models' pages. Sources: the pages, and Kling's own documentation.
 */
import { DURATION } from '../../nodes/KlingO3/fields/duration';
import { ELEMENT_LIMITS } from '../../nodes/KlingO3/fields/elements';
import type { ApiForm } from '../../nodes/KlingO3/fields/field';
import { LONGEST_PROMPT } from '../../nodes/KlingO3/fields/prompt';
import { SEGMENT_LIMITS } from '../../nodes/KlingO3/fields/shots';
import type { Complaint, Element, ModelRequest, Segment } from './model';

export interface ServiceField {
	/** What the service wants beyond the form that the page states. */
	stricter?: (form: ApiForm) => ApiForm;
	/** What the service takes where the field was not sent. */
	fallback?: unknown;
	/** Looked at when the job runs: it fails. */
	limit?: (value: never, request: ModelRequest) => Complaint;
	/** Pictures that the value names: the place that a complaint names, and the address. */
	pictures?: (value: never) => Array<[place: string, url: string]>;
	/** The value is the address of the input video. */
	isVideo?: true;
}

export const SECONDS = {
	least: DURATION.shortest,
	most: DURATION.longest,
	usual: String(DURATION.usual),
};

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

const tooLong =
	(name: string) =>
	(value: string): Complaint =>
		[...value].length > LONGEST_PROMPT && `${name} must not exceed ${LONGEST_PROMPT} characters`;

function segmentsLimit(segments: Segment[], request: ModelRequest): Complaint {
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

function elementsLimit(elements: Element[]): Complaint {
	if (elements.length > ELEMENT_LIMITS.elements)
		return `elements must not have more than ${ELEMENT_LIMITS.elements} items`;
	if (
		elements.some(({ reference_image_urls: urls = [] }) => urls.length > ELEMENT_LIMITS.references)
	)
		return `elements: reference_image_urls must not have more than ${ELEMENT_LIMITS.references} items`;
	return undefined;
}

const numbered = (place: string, urls: string[] = []): Array<[string, string]> =>
	urls.map((url, index) => [`${place}[${index}]`, url]);

/** An object in a list must have these fields. */
const withParts =
	(...required: string[]) =>
	(form: ApiForm): ApiForm => ({ ...form, items: { ...form.items!, required } });

/** By the field's name in the API. */
export const SERVICE_FIELDS: Record<string, ServiceField> = {
	prompt: { limit: tooLong('prompt') },
	image_url: { pictures: (url: string) => [['image_url', url]] },
	end_image_url: { pictures: (url: string) => [['end_image_url', url]] },
	video_url: { isVideo: true },
	duration: { fallback: SECONDS.usual },
	mode: { fallback: 'pro' },
	generate_audio: { fallback: false },
	keep_audio: { fallback: true },
	aspect_ratio: { fallback: '16:9' },
	multi_prompt: {
		stricter: (form) => ({ ...withParts('prompt', 'duration')(form), minItems: 1 }),
		limit: segmentsLimit,
	},
	shot_type: { fallback: 'customize' },
	negative_prompt: {
		fallback: 'blur, distort, and low quality',
		limit: tooLong('negative_prompt'),
	},
	cfg_scale: { fallback: 0.5 },
	elements: {
		stricter: withParts('frontal_image_url'),
		limit: elementsLimit,
		pictures: (list: Element[]) =>
			list.flatMap((element, index): Array<[string, string]> => {
				const place = `elements[${index}]`;
				return [
					[`${place}.frontal_image_url`, element.frontal_image_url],
					...numbered(`${place}.reference_image_urls`, element.reference_image_urls),
				];
			}),
	},
	image_urls: { pictures: (urls: string[]) => numbered('image_urls', urls) },
};
