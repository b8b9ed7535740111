import type { INodeProperties } from 'n8n-workflow';

import { success } from '../../segmind/outcome';
import { invalid, parameter, type Field } from './field';

/** Characters. Source: Kling's API documentation. */
export const LONGEST_PROMPT = 2500;

const LABEL = 'Prompt';

interface Words {
	placeholder: string;
	/** What the prompt describes; the description begins with it. */
	describes: string;
	/** More for the description. */
	more?: string;
	/** The message for an empty prompt. */
	empty: string;
}

export function promptProblem(prompt: unknown, empty: string): string | undefined {
	if (typeof prompt !== 'string' || !prompt.trim()) return empty;
	if (prompt.length > LONGEST_PROMPT) {
		return `${LABEL} has ${prompt.length} characters; Kling takes up to ${LONGEST_PROMPT}`;
	}
	return undefined;
}

/** What the video shows, in words that fit the model. */
function promptField({ placeholder, describes, more, empty }: Words): Field<string> {
	const property: INodeProperties = {
		displayName: LABEL,
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		required: true,
		default: '',
		placeholder,
		description: [`${describes}, up to ${LONGEST_PROMPT.toLocaleString('en-US')} characters`, more]
			.filter(Boolean)
			.join('. '),
	};
	return {
		name: 'prompt',
		api: { name: 'prompt', form: { type: 'string' }, isRequired: true },
		properties: [property],
		read(source) {
			const prompt = parameter(source, 'prompt');
			const problem = promptProblem(prompt, empty);
			return problem ? invalid(problem) : success(String(prompt));
		},
		toApi: (prompt) => prompt,
	};
}

const WITH_SHOTS =
	'With multiple shots, each segment has its own prompt, and Kling uses those instead of this one.';

/** For a video that is made from a picture. */
export const motionPrompt = promptField({
	placeholder: 'e.g. Clouds drift past the summit while the camera slowly rises',
	describes: 'The motion to create from the image',
	more: WITH_SHOTS,
	empty: 'Prompt is empty. Describe the motion that the video should show',
});

/** For a video that is made from text only. */
export const scenePrompt = promptField({
	placeholder: 'e.g. A paper boat drifts down a rainy street at night, close to the water',
	describes: 'What the video shows',
	more: WITH_SHOTS,
	empty: 'Prompt is empty. Describe what the video should show',
});

const NAMES =
	"Name elements as @Element1, @Element2 and reference images as @Image1, in the panel's order.";

/** For a new video that follows a given one. */
export const transformationPrompt = promptField({
	placeholder: 'e.g. The same dance, performed by @Element1 in the style of @Image1',
	describes: 'How the new video differs from the given one',
	more: NAMES,
	empty: 'Prompt is empty. Describe how the new video should differ from the given one',
});

/** For a change of a given video. */
export const editPrompt = promptField({
	placeholder: 'e.g. Make it winter, with snow on the roofs',
	describes: 'What to change in the video',
	more: NAMES,
	empty: 'Prompt is empty. Describe what should be changed in the video',
});
