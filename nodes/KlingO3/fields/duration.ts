import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { invalid, parameter, type Field, type Source } from './field';

/** Length of the whole video (s). Source: the models' pages on Segmind. */
export const DURATION = { shortest: 3, longest: 15, usual: 5 };

/** The API takes them as text. */
const DURATIONS = Array.from({ length: DURATION.longest - DURATION.shortest + 1 }, (_, index) =>
	String(DURATION.shortest + index),
);

/** @param seconds length of the whole video */
export function durationProblem(seconds: unknown): string | undefined {
	const number = Number(seconds);
	if (Number.isInteger(number) && number >= DURATION.shortest && number <= DURATION.longest)
		return undefined;
	return `Duration must be a whole number of seconds from ${DURATION.shortest} to ${DURATION.longest}, not "${String(seconds)}"`;
}

function read(source: Source): Outcome<number> {
	const seconds = parameter(source, 'duration');
	const problem = durationProblem(seconds);
	return problem ? invalid(problem) : success(Number(seconds));
}

const property: INodeProperties = {
	displayName: 'Duration (Seconds)',
	name: 'duration',
	type: 'options',
	options: DURATIONS.map((seconds) => ({ name: seconds, value: seconds })),
	default: String(DURATION.usual),
	description: 'Length of the video in seconds. Every second is charged.',
};

/** Length of the video (s). */
export const duration: Field<number> = {
	name: 'duration',
	api: { name: 'duration', form: { type: 'string', enum: DURATIONS } },
	properties: [property],
	isPriced: true,
	length: { seconds: (seconds) => seconds, script: 'Number(p.duration)' },
	read,
	toApi: String,
};

/** For an edit. The result is as long as the input video, but Segmind's page lists the field, so it is sent. */
export const durationOfEdit: Field<number> = {
	...duration,
	properties: [
		{
			...property,
			description: 'Segmind lists it for this model. The result is as long as the input video.',
			hint: 'Kling ignores it in an edit',
		},
	],
	isPriced: false,
	length: undefined,
};
