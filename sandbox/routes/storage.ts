/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Type, type Static } from '@sinclair/typebox';

import { ok, refuse, type Answer } from '../answer';
import { admit, complaints, requireJson } from '../check';
import type { Call, Host } from '../serve';
import type { Service } from '../service';
import type { UploadReport } from '../tables';

const EXTENSIONS: Record<string, string> = {
	'image/jpeg': '.jpg',
	'image/png': '.png',
	'image/webp': '.webp',
	'image/gif': '.gif',
	'video/mp4': '.mp4',
	'video/quicktime': '.mov',
	'video/webm': '.webm',
};

/** What is in the list is not looked at by ajv: an entry is megabytes long. */
const UPLOAD = Type.Object({ data_urls: Type.Array(Type.Unknown(), { minItems: 1 }) });

/** Not one expression over the whole text: it is megabytes long. */
function parseDataUrl(value: unknown): { contentType: string; bytes: Buffer } {
	const comma = typeof value === 'string' ? value.indexOf(',') : -1;
	const head = comma < 0 ? '' : (value as string).slice(0, comma);
	const type = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^;,]+)*;base64$/.exec(head)?.[1];
	const bytes = Buffer.from(type ? (value as string).slice(comma + 1) : '', 'base64');
	if (!type || bytes.length === 0)
		throw refuse(400, 'data_urls: each entry must be a base64 data URL');
	return { contentType: type, bytes };
}

async function store({ folder, files, urls }: Service, value: unknown): Promise<UploadReport> {
	const { contentType, bytes: content } = parseDataUrl(value);
	const name = randomUUID() + (EXTENSIONS[contentType] ?? '');
	const [path, file] = [`/assets/${name}`, join(folder, `upload-${name}`)];
	await writeFile(file, content);
	const bytes = content.length;
	files.set(path, { path, file, contentType, bytes });
	const sha256 = createHash('sha256').update(content).digest('hex');
	return { at: Date.now(), url: urls.files + path, contentType, bytes, sha256 };
}

async function upload(call: Call): Promise<Answer> {
	const { service } = call;
	const account = admit(call);
	requireJson(call);
	if (complaints(call.request, UPLOAD, call.body).length > 0)
		throw refuse(400, 'data_urls must be a list of data URLs');
	const { data_urls: urls } = call.body as Static<typeof UPLOAD>;
	// All or none: one bad entry must not leave the others stored.
	urls.forEach(parseDataUrl);
	const stored = await Promise.all(urls.map(async (url) => await store(service, url)));
	account.uploads.push(...stored);
	service.changes.touch();
	const list = stored.map(({ url }) => url);
	if (service.settings.uploadResponse === 'urls') return ok({ urls: list });
	return ok({ file_urls: list, message: 'Files uploaded successfully' });
}

/** Uploads of input images and videos. */
export const STORAGE: Host = { routes: { 'POST /upload-asset': ['upload', upload] } };

const NOT_FOUND = 'File not found';

function stored({ service, path }: Call): Answer {
	const file = service.files.get(path);
	if (!file) throw refuse(404, NOT_FOUND);
	return { status: 200, contentType: file.contentType, file };
}

/** A video's file; a new one may be refused some times, as by a host that has not heard of it yet. */
function video(call: Call): Answer {
	const { files, settings } = call.service;
	const file = files.get(call.path);
	if (file) file.asked = (file.asked ?? 0) + 1;
	if (file && file.asked! <= settings.freshFileRefusals)
		throw refuse(settings.freshFileStatus, 'File is not ready');
	return stored(call);
}

/** Public hosting of videos, uploads and samples. Asks for no key, and looks at none. */
export const FILES: Host = {
	routes: {
		'GET /videos/:name': ['download', video],
		'GET /assets/:name': ['other', stored],
		'GET /samples/:name': ['other', stored],
	},
	notFound: NOT_FOUND,
	knowsMethods: false,
};
