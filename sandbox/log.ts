import type { FastifyRequest } from 'fastify';

import type { FaultKind, Origin, Stage } from './tables';

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

export const header = ({ raw }: FastifyRequest, name: string): string | undefined =>
	[raw.headers[name]].flat()[0];

/** A request as it is received. */
export const report = (request: FastifyRequest, origin: Origin, stage: Stage, body: unknown) => ({
	at: Date.now(),
	origin,
	stage,
	method: request.method,
	/** With the query, as received. */
	path: request.url,
	headers: { ...request.raw.headers },
	/** Parsed JSON, or text. The long data URLs of an upload are abbreviated. */
	body: body === undefined ? undefined : (JSON.parse(JSON.stringify(body, abbreviate)) as unknown),
	key: header(request, 'x-api-key'),
	/** Absent while unanswered, and forever after a reset or a hang. */
	status: undefined as number | undefined,
	/** When the exchange was over for the sandbox, client gone included. */
	endedAt: undefined as number | undefined,
	/** Kind of the fault that was applied. */
	fault: undefined as FaultKind | undefined,
});
export type RequestReport = ReturnType<typeof report>;
