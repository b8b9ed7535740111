/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/**
 * The demo's input for each model. It follows from the model's fields (a picture, a video, or only a text), so a new
 * model needs no line here.
 */
import { join } from 'node:path';
import type { Workflow } from '../harness/run/n8n';
import { image } from '../nodes/KlingO3/fields/image';
import { video } from '../nodes/KlingO3/fields/video';
import { MODELS } from '../nodes/KlingO3/models';
import { fieldsOf, type Model } from '../nodes/KlingO3/models/model';
import template from './first-video.json';
import { ASSETS } from './stage';

/** A file that a model makes its video from. */
interface InputFile {
	/** Its fields in the panel begin with this. */
	kind: 'image' | 'video';
	/** Path in demo/assets. */
	file: string;
	/** Name among the sandbox's samples. */
	sample: string;
}

interface Input {
	input?: InputFile;
	/** If it differs from the one in the workflow's file. */
	prompt?: string;
}

const PICTURE = {
	kind: 'image',
	file: join(ASSETS, 'mountain.jpg'),
	sample: 'mountain.jpg',
} as const;
const FILM = { kind: 'video', file: join(ASSETS, 'lake.mp4'), sample: 'waves.mp4' } as const;

export function inputOf(model: Model): Input {
	const takes = (name: string) => fieldsOf(model).some((field) => field.name === name);
	if (takes(video.name)) {
		return { input: FILM, prompt: 'The evening becomes a clear winter night, and snow falls' };
	}
	if (takes(image.name)) return { input: PICTURE };
	return { prompt: 'A lighthouse on a cliff at dusk; waves roll in while the camera circles it' };
}

/** @param name the whole name or its end: `text2video`, `edit` */
export function modelCalled(name: string): Model | undefined {
	return MODELS.find((model) => model.name === name || model.name.endsWith(`-${name}`));
}

/** Keeps only the parameters that the model's panel has. */
export function known<T extends object>(model: Model, parameters: T): Partial<T> {
	const names = fieldsOf(model).flatMap(({ properties }) => properties.map(({ name }) => name));
	const entries = Object.entries(parameters).filter(([name]) => names.includes(name));
	return Object.fromEntries(entries) as Partial<T>;
}

/**
 * Sets a workflow's node to a model, and keeps the parameters that the model has.
 *
 * @param parameters more parameters, if the model has them
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

/**
 * The workflow that `--open` opens: two nodes and the editor's own button.
 * @param samples URL of the sandbox's samples
 */
export function firstVideo(model: Model, samples: string): Workflow {
	const workflow: Workflow = structuredClone(template);
	const { input } = inputOf(model);
	const fields = input && {
		[`${input.kind}Source`]: 'url',
		[`${input.kind}Url`]: `${samples}/${input.sample}`,
	};
	setModel(workflow, 'Segmind Kling O3', model, fields);
	return workflow;
}
