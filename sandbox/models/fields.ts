/**
 * The fields of the Kling O3 models, each once. Sources: the models' pages, and for the limits that are met
 * only when a job runs, Kling's own documentation.
 */
import { aBoolean, aList, aNumber, anObject, aString, oneOf } from './check';
import {
	MODES,
	type Complaint,
	type Element,
	type Field,
	type ModelRequest,
	type Segment,
} from './model';

export const SECONDS = { least: 3, most: 15, usual: '5' } as const;

const PROMPT_CHARACTERS = 2500;
const SEGMENTS = 6;
const SEGMENT_CHARACTERS = 512;
const ELEMENTS = 10;
const REFERENCES = 3;

/** `duration` as the API spells it: "3" to "15". */
const DURATIONS = Array.from({ length: SECONDS.most - SECONDS.least + 1 }, (_, index) =>
	String(SECONDS.least + index),
);

/** Width over height of each `aspect_ratio`. */
export const ASPECTS: Record<string, number> = { '16:9': 16 / 9, '9:16': 9 / 16, '1:1': 1 };

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
		[...value].length > PROMPT_CHARACTERS &&
		`${name} must not exceed ${PROMPT_CHARACTERS} characters`;

function segmentsLimit(segments: Segment[], request: ModelRequest): Complaint {
	const seconds = segments.map(({ duration }) => Number(duration.trim() || 'none'));
	const total = sum(seconds);
	if (segments.length > SEGMENTS)
		return `multi_prompt must not have more than ${SEGMENTS} segments`;
	if (segments.some(({ prompt }) => !prompt.trim()))
		return 'multi_prompt: each segment needs a prompt';
	if (segments.some(({ prompt }) => [...prompt].length > SEGMENT_CHARACTERS))
		return `multi_prompt: a segment's prompt must not exceed ${SEGMENT_CHARACTERS} characters`;
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
	if (elements.length > ELEMENTS) return `elements must not have more than ${ELEMENTS} items`;
	if (elements.some(({ reference_image_urls: urls = [] }) => urls.length > REFERENCES))
		return `elements: reference_image_urls must not have more than ${REFERENCES} items`;
	return undefined;
}

const numbered = (place: string, urls: string[] = []): Array<[string, string]> =>
	urls.map((url, index) => [`${place}[${index}]`, url]);

export const prompt: Field = { check: aString, required: true, limit: tooLong('prompt') };

export const image_url: Field = {
	check: aString,
	required: true,
	pictures: (url: string) => [['image_url', url]],
};

export const end_image_url: Field = {
	check: aString,
	pictures: (url: string) => [['end_image_url', url]],
};

export const video_url: Field = { check: aString, required: true, isVideo: true };

export const duration: Field = { check: oneOf(DURATIONS), fallback: SECONDS.usual };

export const mode: Field = { check: oneOf(MODES), fallback: 'pro' };

export const generate_audio: Field = { check: aBoolean, fallback: false };

export const keep_audio: Field = { check: aBoolean, fallback: true };

export const aspect_ratio: Field = { check: oneOf(Object.keys(ASPECTS)), fallback: '16:9' };

export const multi_prompt: Field = {
	check: aList(anObject({ prompt: aString, duration: aString }), 1),
	limit: segmentsLimit,
};

export const shot_type: Field = { check: aString, fallback: 'customize' };

export const negative_prompt: Field = {
	check: aString,
	fallback: 'blur, distort, and low quality',
	limit: tooLong('negative_prompt'),
};

export const cfg_scale: Field = { check: aNumber(0, 1), fallback: 0.5 };

export const elements: Field = {
	check: aList(anObject({ frontal_image_url: aString }, { reference_image_urls: aList(aString) })),
	limit: elementsLimit,
	pictures: (list: Element[]) =>
		list.flatMap((element, index): Array<[string, string]> => {
			const place = `elements[${index}]`;
			return [
				[`${place}.frontal_image_url`, element.frontal_image_url],
				...numbered(`${place}.reference_image_urls`, element.reference_image_urls),
			];
		}),
};

export const image_urls: Field = {
	check: aList(aString),
	pictures: (urls: string[]) => numbered('image_urls', urls),
};
