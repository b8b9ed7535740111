/** The least that a model must be given, read off its own table: a model that is added later needs nothing here. */
import type { IDataObject } from 'n8n-workflow';

import { image } from '../../nodes/KlingO3/fields/image';
import { video } from '../../nodes/KlingO3/fields/video';
import { fieldsOf, type Model } from '../../nodes/KlingO3/models/model';

/** Addresses of a picture and a video. */
export interface Inputs {
	imageUrl: unknown;
	videoUrl: unknown;
}

/** Name of the parameter that takes the address of the model's picture or video; undefined where it takes none. */
export function inputOf(model: Model): keyof Inputs | undefined {
	const has = (wanted: string) => fieldsOf(model).some(({ name }) => name === wanted);
	if (has(image.name)) return 'imageUrl';
	return has(video.name) ? 'videoUrl' : undefined;
}

/** Parameters with a prompt and, where the model takes one, an input. */
export function leastOf(model: Model, inputs: Inputs): IDataObject {
	const input = inputOf(model);
	return {
		...{ model: model.name, prompt: 'Clouds drift past the summit', duration: '3' },
		...(input && { [input]: inputs[input] as string }),
	};
}
