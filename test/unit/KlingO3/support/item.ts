/** One item with its files, as the fields read it. */
import type { IBinaryData, IDataObject } from 'n8n-workflow';

import { readRequest, sourceOf as sourceWithHelpers } from '../../../../bench/item';
import type { Source } from '../../../../nodes/KlingO3/fields/field';
import { filesOf, uploadedBody, type VideoRequest } from '../../../../nodes/KlingO3/models/request';
import type { Outcome } from '../../../../nodes/segmind/outcome';

export type Files = Record<string, Buffer>;

export const sourceOf = (parameters: IDataObject, files: Files = {}): Source =>
	sourceWithHelpers(parameters, {
		assertBinaryData: (_item: number, field: string): IBinaryData => {
			if (!files[field]) throw new Error('no such field');
			return {
				data: files[field].toString('base64'),
				mimeType: 'application/octet-stream',
				fileName: `${field}.bin`,
			};
		},
		getBinaryDataBuffer: async (_item: number, field: string) => files[field],
	});

export const read = async (
	parameters: IDataObject,
	files?: Files,
	extraBody?: IDataObject,
): Promise<Outcome<VideoRequest>> => await readRequest(sourceOf(parameters, files), extraBody);

export async function problemOf(parameters: IDataObject, files?: Files) {
	const outcome = await read(parameters, files);
	if (outcome.ok) throw new Error('was accepted');
	return outcome.problem;
}

export async function requestOf(parameters: IDataObject, files?: Files, extraBody?: IDataObject) {
	const outcome = await read(parameters, files, extraBody);
	if (!outcome.ok) throw new Error(outcome.problem.message);
	return outcome.value;
}

/** What would be sent, with files at addresses that name their content. */
export async function bodyOf(parameters: IDataObject, files?: Files, extraBody?: IDataObject) {
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
