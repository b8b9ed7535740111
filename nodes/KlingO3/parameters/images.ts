/**
 * Reads an item's images: a URL as it is, a file or a data URL as something to upload. Files are read
 * one at a time to check them, and again when their upload's turn has come: they are not kept in memory.
 */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { contentHash } from '../../segmind/job/hash';
import { failure, parameterProblem, success, type Outcome } from '../../segmind/job/problem';
import { imageFacts, imageProblem, sizeProblem } from './imageFile';
import type { ImageInput } from './types';
import { imageUrlProblem } from './validate';

const invalid = (message: string, description?: string) =>
	failure(parameterProblem(message, description));

const toDataUrl = (type: string, file: Buffer) => `data:${type};base64,${file.toString('base64')}`;

/** An image that is uploaded first. */
export type LocalImageInput = Extract<ImageInput, { kind: 'local' }>;

/** Files that were checked already; one image is often used by many items. */
export type CheckedFiles = Map<string, Outcome<LocalImageInput>>;

/** @param field the field's name as the user sees it */
export function readImageUrl(field: string, value: unknown): Outcome<ImageInput> {
	const problem = imageUrlProblem(field, value);
	if (problem) return invalid(problem);
	const url = String(value).trim();
	if (!/^data:/i.test(url)) return success({ kind: 'url', url });

	// Decoded anew when it is needed: a thousand items must not hold a thousand files.
	const decoded = () => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
	const file = decoded();
	const fileProblem = imageProblem(file);
	if (fileProblem) return invalid(`${field}: the image in the data URL ${fileProblem}`);
	const type = imageFacts(file)?.type ?? 'image/png';
	const image = { hash: contentHash(file), dataUrl: async () => toDataUrl(type, decoded()) };
	return success({ kind: 'local', image });
}

function findFile(
	context: IExecuteFunctions,
	item: number,
	field: unknown,
): IBinaryData | undefined {
	try {
		return context.helpers.assertBinaryData(item, field as string);
	} catch {
		return undefined;
	}
}

/** Bytes of a binary without reading it; undefined when only reading would tell. */
async function knownSize(
	context: IExecuteFunctions,
	file: IBinaryData,
): Promise<number | undefined> {
	if (!file.id) return Math.floor((file.data.length * 3) / 4);
	try {
		return (await context.helpers.getBinaryMetadata(file.id)).fileSize;
	} catch {
		return undefined;
	}
}

async function checkFile(
	context: IExecuteFunctions,
	item: number,
	field: unknown,
	label: string,
	file: IBinaryData,
): Promise<Outcome<LocalImageInput>> {
	const name = `${label}: the file ${file.fileName ? `"${file.fileName}"` : `in "${String(field)}"`}`;
	const tooLarge = sizeProblem((await knownSize(context, file)) ?? 0);
	if (tooLarge) return invalid(`${name} ${tooLarge}`);

	const read = async () => await context.helpers.getBinaryDataBuffer(item, field as string);
	const content = await read();
	const problem = imageProblem(content);
	if (problem) return invalid(`${name} ${problem}`);
	const type = imageFacts(content)?.type ?? 'image/png';
	const hash = contentHash(content);
	const image = { hash, dataUrl: async () => toDataUrl(type, await read()) };
	return success({ kind: 'local', image });
}

/**
 * @param label the field's name as the user sees it
 * @param field name of the binary field, or the binary itself from an expression
 */
export async function readImageFile(
	context: IExecuteFunctions,
	item: number,
	label: string,
	field: unknown,
	checked: CheckedFiles,
): Promise<Outcome<LocalImageInput>> {
	if (typeof field === 'string' && !field.trim()) return invalid(`${label} is empty`);
	const file = findFile(context, item, field);
	if (!file) {
		return invalid(
			`${label}: the input has no binary file named "${String(field)}"`,
			'Binary fields are listed on the Binary tab of the input panel. If the file is in an earlier node, pass it on to this one.',
		);
	}
	const known = file.id && checked.get(file.id);
	if (known) return known;
	const outcome = await checkFile(context, item, field, label, file);
	if (file.id) checked.set(file.id, outcome);
	return outcome;
}
