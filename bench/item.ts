/** Reads one item with the node's fields, without n8n: its parameters, and the panel's defaults for the rest. */
import {
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeParameters,
	type INodeTypeDescription,
	NodeHelpers,
} from 'n8n-workflow';
import { resourcesAndOperations } from '../nodes/KlingO3/descriptions/resources';
import { videoFields } from '../nodes/KlingO3/descriptions/video';
import type { Source } from '../nodes/KlingO3/fields/field';
import { MODELS, readModel } from '../nodes/KlingO3/models';
import { readVideoRequest, type VideoRequest } from '../nodes/KlingO3/models/request';
import type { Outcome } from '../nodes/segmind/outcome';

const TYPE = 'n8n-nodes-segmind-kling.klingO3';

/** The parameters as n8n passes them to the node. A missing one that the panel shows has its default. */
export function withDefaults(parameters: IDataObject): INodeParameters {
	const properties = [...resourcesAndOperations, ...videoFields(MODELS)];
	const node = { parameters, typeVersion: 1, type: TYPE } as unknown as INode;
	return NodeHelpers.getNodeParameters(
		properties,
		parameters as INodeParameters,
		true,
		false,
		node,
		{ name: 'klingO3', properties } as INodeTypeDescription,
	)!;
}

const at = (values: unknown, path: string): unknown =>
	path
		.split('.')
		.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], values);

/** @param helpers the helpers of n8n that the fields need; everything else of n8n fails */
export function sourceOf(parameters: IDataObject, helpers: object = {}): Source {
	const values = withDefaults(parameters);
	const context = {
		getNode: () => ({ type: TYPE }),
		getNodeParameter: (name: string, _item: number, fallback?: unknown) => {
			const value = at(values, name) ?? fallback;
			if (value === undefined) throw new Error(`Could not get parameter "${name}"`);
			return value;
		},
		helpers,
	} as unknown as IExecuteFunctions;
	const options = (values.options ?? {}) as IDataObject;
	return { context, item: 0, options, checked: new Map() };
}

export async function readRequest(
	source: Source,
	extraBody: IDataObject = {},
): Promise<Outcome<VideoRequest>> {
	const model = readModel(source);
	return model.ok ? await readVideoRequest(model.value, source, extraBody) : model;
}
