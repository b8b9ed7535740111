/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FastifyInstance } from 'fastify';

import { METHOD_NOT_ALLOWED, refuse, type Answer } from '../answer';
import { acceptAnyBody, serve, type Call } from '../serve';
import type { Service } from '../service';
import type { UploadReport } from '../types';
import { admit, requireJson } from './access';

const EXTENSIONS: Record<string, string> = {
	'image/jpeg': '.jpg',
	'image/png': '.png',
	'image/webp': '.webp',
	'image/gif': '.gif',
	'video/mp4': '.mp4',
	'video/quicktime': '.mov',
	'video/webm': '.webm',
};

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

async function store(service: Service, value: unknown): Promise<UploadReport> {
	const { contentType, bytes } = parseDataUrl(value);
	const name = randomUUID() + (EXTENSIONS[contentType] ?? '');
	const file = join(service.folder, `upload-${name}`);
	await writeFile(file, bytes);
	service.files.put({ path: `/assets/${name}`, file, contentType, bytes: bytes.length });
	return {
		at: Date.now(),
		url: `${service.urls.files}/assets/${name}`,
		contentType,
		bytes: bytes.length,
		sha256: createHash('sha256').update(bytes).digest('hex'),
	};
}

async function upload(service: Service, call: Call): Promise<Answer> {
	const account = admit(service, call);
	requireJson(call);
	const urls = (call.body as { data_urls?: unknown } | null | undefined)?.data_urls;
	if (!Array.isArray(urls) || urls.length === 0)
		throw refuse(400, 'data_urls must be a list of data URLs');
	// All or none: one bad entry must not leave the others stored.
	urls.forEach(parseDataUrl);
	const stored = await Promise.all(urls.map(async (url) => await store(service, url)));
	account.uploads.push(...stored);
	service.changes.touch();
	const list = stored.map(({ url }) => url);
	const body =
		service.settings.uploadResponse === 'urls'
			? { urls: list }
			: { file_urls: list, message: 'Files uploaded successfully' };
	return { status: 200, body };
}

/** Uploads of input images and videos. */
export function storageRoutes(app: FastifyInstance, service: Service): void {
	acceptAnyBody(app);
	const url = '/upload-asset';
	app.post(
		url,
		serve(service, 'storage', 'upload', async (call) => await upload(service, call)),
	);
	app.route({
		method: ['GET', 'PUT', 'PATCH', 'DELETE'],
		url,
		handler: serve(service, 'storage', 'other', () => METHOD_NOT_ALLOWED),
	});
	app.setNotFoundHandler(
		serve(service, 'storage', 'other', () => {
			throw refuse(404, 'Not Found');
		}),
	);
}
