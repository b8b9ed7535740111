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
	file?: { file: string; bytes: number };
	/** Default: JSON for an object, plain text for a string. */
	contentType?: string;
}

export const ok = (body: object): Answer => ({ status: 200, body });

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

/** An answer's body as bytes, the file's left out, with its length, the file's as well, and the headers. */
export function encode({ body, file, contentType, headers }: Answer) {
	const isText = body === undefined || typeof body === 'string';
	const isBytes = file !== undefined || Buffer.isBuffer(body);
	const bytes = Buffer.isBuffer(body)
		? body
		: Buffer.from(isText ? (body ?? '') : JSON.stringify(body));
	const usual = isText ? 'text/plain; charset=utf-8' : 'application/json';
	const type = contentType ?? (isBytes ? 'application/octet-stream' : usual);
	return {
		bytes,
		length: file?.bytes ?? bytes.length,
		headers: { 'content-type': type, ...headers },
	};
}

/** The same answer with its body, or its file, compressed. */
export async function compressed(answer: Answer): Promise<Answer> {
	const { bytes, headers } = encode(answer);
	return {
		status: answer.status,
		body: await promisify(gzip)(answer.file ? await readFile(answer.file.file) : bytes),
		headers: { ...headers, 'content-encoding': 'gzip' },
	};
}

/** Everything that names the request; the URLs do as well. */
const NAMES = ['x-request-id', 'request_id', 'poll_url', 'status_url', 'response_url'];

/** An object without some of its fields. */
export const without = <T extends object>(fields: T, ...names: string[]): T =>
	Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))) as T;

/** Headers or a body without what names the request. */
export const unnamed = <T>(fields: T): T =>
	typeof fields === 'object' && fields ? without(fields, ...NAMES) : fields;
