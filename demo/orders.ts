/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * What the demo gives to each model. It looks at what a model takes: a picture, a video or nothing but a text, so a
 * further model needs no line here.
 */
import { join } from 'node:path';
import type { Workflow } from '../harness/n8n';
import { image } from '../nodes/KlingO3/fields/image';
import { video } from '../nodes/KlingO3/fields/video';
import { MODELS } from '../nodes/KlingO3/models';
import { fieldsOf, type Model } from '../nodes/KlingO3/models/model';

/** A file that a model makes its video of. */
interface InputFile {
	/** In demo/assets. */
	file: string;
	/** Among the sandbox's samples. */
	sample: string;
	/** Fields of the panel that take it. */
	field: { source: string; url: string };
	parameters: Record<string, string>;
}

interface Input {
	input?: InputFile;
	/** Where it is another one than in the workflow's file. */
	prompt?: string;
}

const PICTURE: InputFile = {
	file: join(__dirname, 'assets/mountain.jpg'),
	sample: 'mountain.jpg',
	field: { source: 'imageSource', url: 'imageUrl' },
	parameters: { imageSource: 'binary', imageBinaryField: 'data' },
};
const FILM: InputFile = {
	file: join(__dirname, 'assets/lake.mp4'),
	sample: 'waves.mp4',
	field: { source: 'videoSource', url: 'videoUrl' },
	parameters: { videoSource: 'binary', videoBinaryField: 'data' },
};

/** What a model makes its video of, in the demo. */
export function inputOf(model: Model): Input {
	const takes = (name: string) => fieldsOf(model).some((field) => field.name === name);
	if (takes(video.name)) {
		return { input: FILM, prompt: 'The evening becomes a clear winter night, and snow falls' };
	}
	if (takes(image.name)) return { input: PICTURE };
	return { prompt: 'A lighthouse on a cliff at dusk; waves roll in while the camera circles it' };
}

/** @param name whole, or its end: `text2video`, `edit` */
export function modelCalled(name: string): Model | undefined {
	return MODELS.find((model) => model.name === name || model.name.endsWith(`-${name}`));
}

/** Of these parameters, those that the model's panel has. */
export function known<T extends object>(model: Model, parameters: T): Partial<T> {
	const names = fieldsOf(model).flatMap(({ properties }) => properties.map(({ name }) => name));
	const entries = Object.entries(parameters).filter(([name]) => names.includes(name));
	return Object.fromEntries(entries) as Partial<T>;
}

/**
 * A workflow's node set to a model: what it takes of the node's own parameters stays.
 *
 * @param parameters further ones, where the model has them
 */
export function setModel(
	workflow: Workflow,
	nodeName: string,
	model: Model,
	parameters: object = {},
): void {
	const node = workflow.nodes.find(({ name }) => name === nodeName)!;
	const { resource, operation } = node.parameters;
	const { prompt = node.parameters.prompt } = inputOf(model);
	node.parameters = {
		...{ resource, operation, model: model.name },
		...known(model, { ...node.parameters, prompt, ...parameters }),
	};
}
