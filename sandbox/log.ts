/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import type { FastifyRequest } from 'fastify';

import type { Changes } from './changes';
import type { Origin, RequestReport, Stage } from './types';

/** A data URL is megabytes long; the log keeps its beginning. */
const LONGEST_TEXT = 10_000;
const KEPT_TEXT = 60;

const abbreviate = (_field: string, value: unknown): unknown =>
	typeof value === 'string' && value.length > LONGEST_TEXT
		? `${value.slice(0, KEPT_TEXT)}… (${value.length} characters)`
		: value;

/** A request's body: parsed JSON, or the text where it is none, or undefined where there is none. */
export function readBody(request: FastifyRequest): unknown {
	if (!Buffer.isBuffer(request.body) || request.body.length === 0) return undefined;
	const text = request.body.toString('utf8');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

const received = new WeakMap<IncomingMessage, IncomingHttpHeaders>();

/**
 * Keeps a request's headers and hides its content type from fastify, which would answer to one it
 * cannot parse before any handler could judge, or record, the request.
 */
export function keepHeaders(request: FastifyRequest): void {
	received.set(request.raw, { ...request.headers });
	delete request.headers['content-type'];
}

/** Headers as they arrived, names in lower case. */
const headersOf = (request: FastifyRequest): IncomingHttpHeaders =>
	received.get(request.raw) ?? request.headers;

export const header = (request: FastifyRequest, name: string): string | undefined => {
	const value = headersOf(request)[name];
	return Array.isArray(value) ? value[0] : value;
};

/** Every request that was received. */
export class RequestLog {
	readonly requests: RequestReport[] = [];

	constructor(private readonly changes: Changes) {}

	open(request: FastifyRequest, origin: Origin, stage: Stage, body: unknown): RequestReport {
		const report: RequestReport = {
			at: Date.now(),
			origin,
			stage,
			method: request.method,
			path: request.url,
			headers: { ...headersOf(request) },
			body:
				body === undefined ? undefined : (JSON.parse(JSON.stringify(body, abbreviate)) as unknown),
			key: header(request, 'x-api-key'),
		};
		this.requests.push(report);
		return report;
	}

	/** To be called when anything of a report has changed. */
	touch(): void {
		this.changes.touch();
	}
}
