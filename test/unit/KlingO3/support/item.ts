/** One item as the fields read it, with the panel's own defaults. */
import {
	type IBinaryData,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeParameters,
	NodeHelpers,
} from 'n8n-workflow';

import { KlingO3 } from '../../../../nodes/KlingO3/KlingO3.node';
import type { Source } from '../../../../nodes/KlingO3/fields/field';
import { readModel } from '../../../../nodes/KlingO3/models';
import {
	readVideoRequest,
	uploadedBody,
	filesOf,
	type VideoRequest,
} from '../../../../nodes/KlingO3/models/request';
import type { Outcome } from '../../../../nodes/segmind/job/problem';

export type Parameters = IDataObject;
export type Files = Record<string, Buffer>;

const TYPE = 'n8n-nodes-segmind-kling.klingO3';

/** The parameters as n8n hands them to the node: what is missing has its default, if it shows at all. */
export function withDefaults(parameters: Parameters): INodeParameters {
	const { description } = new KlingO3();
	const node = { parameters, typeVersion: 1, type: TYPE } as unknown as INode;
	return NodeHelpers.getNodeParameters(
		description.properties,
		parameters as INodeParameters,
		true,
		false,
		node,
		description,
	)!;
}

const at = (values: unknown, path: string): unknown =>
	path
		.split('.')
		.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], values);

/** A context with nothing but parameters and files in it: whatever else is used breaks the test. */
export function sourceOf(parameters: Parameters, files: Files = {}): Source {
	const values = withDefaults(parameters);
	const context = {
		getNode: () => ({ type: TYPE }),
		getNodeParameter: (name: string, _item: number, fallback?: unknown) => {
			const value = at(values, name) ?? fallback;
			if (value === undefined) throw new Error(`Could not get parameter "${name}"`);
			return value;
		},
		helpers: {
			assertBinaryData: (_item: number, field: string): IBinaryData => {
				if (!files[field]) throw new Error('no such field');
				return {
					data: files[field].toString('base64'),
					mimeType: 'application/octet-stream',
					fileName: `${field}.bin`,
				};
			},
			getBinaryDataBuffer: async (_item: number, field: string) => files[field],
		},
	} as unknown as IExecuteFunctions;
	const options = (values.options ?? {}) as IDataObject;
	return { context, item: 0, options, checked: new Map() };
}

export async function read(
	parameters: Parameters,
	files?: Files,
	extraBody: IDataObject = {},
): Promise<Outcome<VideoRequest>> {
	const source = sourceOf(parameters, files);
	const model = readModel(source);
	return model.ok ? await readVideoRequest(model.value, source, extraBody) : model;
}

export async function problemOf(parameters: Parameters, files?: Files) {
	const outcome = await read(parameters, files);
	if (outcome.ok) throw new Error('was accepted');
	return outcome.problem;
}

export async function requestOf(parameters: Parameters, files?: Files, extraBody?: IDataObject) {
	const outcome = await read(parameters, files, extraBody);
	if (!outcome.ok) throw new Error(outcome.problem.message);
	return outcome.value;
}

/** What would be sent, with files at addresses that name their content. */
export async function bodyOf(parameters: Parameters, files?: Files, extraBody?: IDataObject) {
	const request = await requestOf(parameters, files, extraBody);
	const urls = new Map(filesOf(request).map(({ hash }) => [hash, `https://files.example/${hash}`]));
	return uploadedBody(request, urls);
}

/** A PNG of 640 × 360 px, as far as its first bytes say. */
export const PNG = Buffer.alloc(33);
Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(PNG);
PNG.writeUInt32BE(640, 16);
PNG.writeUInt32BE(360, 20);

export const dataUrl = (type: string, content: Buffer) =>
	`data:${type};base64,${content.toString('base64')}`;
