/**
 * Reads an item's picture or video. A URL stays as it is; a file or a data URL must be uploaded. The node reads files
 * one at a time to check them, and reads them again for the upload, so that it does not keep them in memory.
 */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { contentHash } from '../../../segmind/job/hash';
import { success, type Outcome } from '../../../segmind/outcome';
import { invalid, type Source } from '../field';
import { MEGABYTE, type FileFacts, type LocalMedia, type Media, type MediaKind } from './media';

const megabytes = (bytes: number) => `${(bytes / MEGABYTE).toFixed(1)} MB`;

/** @param size bytes */
export function sizeProblem({ noun, largest }: MediaKind, size: number): string | undefined {
	if (size <= largest) return undefined;
	return `is ${megabytes(size)} large; Kling takes ${noun}s up to ${megabytes(largest)}`;
}

/** @returns what is wrong with the file, as the end of a sentence that begins with its name */
export function fileProblem(kind: MediaKind, file: Buffer): string | undefined {
	const tooLarge = sizeProblem(kind, file.length);
	if (tooLarge) return tooLarge;
	const facts = kind.facts(file);
	return facts ? kind.problem(facts) : `is not ${kind.types}`;
}

/** @param field the field's name as the user sees it */
export function urlProblem({ noun }: MediaKind, field: string, url: unknown): string | undefined {
	if (typeof url !== 'string' || !url.trim()) return `${field} is empty`;
	const address = url.trim();
	if (/^data:/i.test(address)) {
		// The content is checked separately: one pattern for the whole text overflows the stack with a large file.
		const comma = address.indexOf(',');
		const form = new RegExp(`^data:${noun}/[\\w.+-]+(;[\\w=.-]+)*;base64,$`, 'i');
		const content = address.slice(comma + 1);
		const isBase64 = content.trim() !== '' && !/[^A-Za-z0-9+/=\s]/.test(content);
		return form.test(address.slice(0, comma + 1)) && isBase64
			? undefined
			: `${field} is a data URL, but not of a base64-encoded ${noun}`;
	}
	const shown = address.slice(0, 100);
	try {
		const { protocol, hostname } = new URL(address);
		if ((protocol === 'https:' || protocol === 'http:') && hostname) return undefined;
	} catch {
		return `${field} is not a valid URL: "${shown}"`;
	}
	return `${field} must start with http:// or https://, or be a data:${noun} URL: "${shown}"`;
}

const local = (
	{ noun }: MediaKind,
	content: Buffer,
	{ type, seconds }: FileFacts,
	read: () => Promise<Buffer>,
): LocalMedia => ({
	kind: 'local',
	file: { noun, type, hash: contentHash(content), read },
	seconds,
});

/** @param field the field's name as the user sees it */
export function readUrl(kind: MediaKind, field: string, value: unknown): Outcome<Media> {
	const problem = urlProblem(kind, field, value);
	if (problem) return invalid(problem);
	const url = String(value).trim();
	if (!/^data:/i.test(url)) return success({ kind: 'url', url });

	// It is decoded again for the upload: a thousand items must not hold a thousand files.
	const decoded = () => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
	const content = decoded();
	const wrong = fileProblem(kind, content);
	const facts = kind.facts(content);
	if (wrong || !facts) return invalid(`${field}: the ${kind.noun} in the data URL ${wrong}`);
	return success(local(kind, content, facts, async () => decoded()));
}

function findFile({ context, item }: Source, field: unknown): IBinaryData | undefined {
	try {
		return context.helpers.assertBinaryData(item, field as string);
	} catch {
		return undefined;
	}
}

/** The size of a binary (bytes) without reading it; undefined if n8n does not know it. */
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
	kinds: MediaKind[],
	{ context, item }: Source,
	field: unknown,
	label: string,
	file: IBinaryData,
): Promise<Outcome<LocalMedia>> {
	const name = `${label}: the file ${file.fileName ? `"${file.fileName}"` : `in "${String(field)}"`}`;
	const largest = kinds.reduce((most, kind) => (kind.largest > most.largest ? kind : most));
	const tooLarge = sizeProblem(largest, (await knownSize(context, file)) ?? 0);
	if (tooLarge) return invalid(`${name} ${tooLarge}`);

	const read = async () => await context.helpers.getBinaryDataBuffer(item, field as string);
	const content = await read();
	const kind = kinds.find((candidate) => candidate.facts(content));
	const facts = kind?.facts(content);
	if (!kind || !facts) {
		return invalid(`${name} is not ${kinds.map(({ types }) => types).join(' or ')}`);
	}
	const problem = fileProblem(kind, content);
	return problem ? invalid(`${name} ${problem}`) : success(local(kind, content, facts, read));
}

/**
 * @param kinds the kinds of file that the field takes
 * @param label the field's name as the user sees it
 * @param field name of the binary field, or the binary itself from an expression
 */
export async function readFile(
	kinds: MediaKind[],
	source: Source,
	label: string,
	field: unknown,
): Promise<Outcome<LocalMedia>> {
	if (typeof field === 'string' && !field.trim()) return invalid(`${label} is empty`);
	const file = findFile(source, field);
	if (!file) {
		return invalid(
			`${label}: the input has no binary file named "${String(field)}"`,
			'Binary fields are listed on the Binary tab of the input panel. If the file is in an earlier node, pass it on to this one.',
		);
	}
	const key = file.id && `${kinds.map(({ noun }) => noun).join()}:${file.id}`;
	const known = key && source.checked.get(key);
	if (known) return known;
	const outcome = await checkFile(kinds, source, field, label, file);
	if (key) source.checked.set(key, outcome);
	return outcome;
}
