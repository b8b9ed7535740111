/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** What the service says, before anything decides how it is sent. */
export interface Answer {
	status: number;
	headers?: Record<string, string>;
	/** An object is sent as JSON, a buffer as it is. */
	body?: string | object | Buffer;
	/** Sent from disk instead of `body`. */
	file?: { path: string; bytes: number };
	/** Default: JSON for an object, plain text for a string. */
	contentType?: string;
}

/** Thrown by a handler to stop with an error answer. */
export class Refusal extends Error {
	constructor(readonly answer: Answer) {
		super(`refused with ${answer.status}`);
	}
}

/** The usual envelope, `{"error": text}`. */
export function refuse(status: number, error: string, headers?: Record<string, string>): Refusal {
	return new Refusal({ status, body: { error }, headers });
}

/** The authentication layer's own envelope. */
export function refuseKey(error: string, description: string): Refusal {
	return new Refusal({
		status: 401,
		body: { error, error_description: description, status_code: 401 },
	});
}

/** The HTML that the web framework in front of the real service answers to a wrong method. */
export const METHOD_NOT_ALLOWED: Answer = {
	status: 405,
	contentType: 'text/html; charset=utf-8',
	body: '<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n',
};

/** An answer's body as bytes, the file's left out, and its content type. */
export function encode({ body, contentType }: Answer): { bytes: Buffer; contentType: string } {
	if (Buffer.isBuffer(body))
		return { bytes: body, contentType: contentType ?? 'application/octet-stream' };
	return typeof body === 'object'
		? { bytes: Buffer.from(JSON.stringify(body)), contentType: contentType ?? 'application/json' }
		: { bytes: Buffer.from(body ?? ''), contentType: contentType ?? 'text/plain; charset=utf-8' };
}

/** The same answer with its body, or its file, compressed. */
export async function compressed(answer: Answer): Promise<Answer> {
	const { file, headers, ...rest } = answer;
	const { bytes, contentType } = encode(answer);
	return {
		...rest,
		body: await promisify(gzip)(file ? await readFile(file.path) : bytes),
		contentType: file ? answer.contentType : contentType,
		headers: { ...headers, 'content-encoding': 'gzip' },
	};
}

/** Everything that names the request; the URLs do as well. */
const NAMES = ['x-request-id', 'request_id', 'poll_url', 'status_url', 'response_url'];

/** Headers or a body without what names the request. */
export const unnamed = <T extends object>(fields: T): T =>
	Object.fromEntries(Object.entries(fields).filter(([field]) => !NAMES.includes(field))) as T;
