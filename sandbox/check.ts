/** What a call has to bring: a key, room in the rate limit, a body or a query as its table says. */
import type { Static, TSchema } from '@sinclair/typebox';
import type { FastifyRequest, FastifySchemaValidationError } from 'fastify';

import type { AccountState } from './account';
import { refuse, refuseKey, Refusal } from './answer';
import { header } from './log';
import type { Model } from './models/model';
import type { ModelRequest } from './models/service';
import { resetHeader } from './rateLimit';
import type { Call } from './serve';

/**
 * Authenticates and counts the call; every call of an account counts, status calls too.
 * @throws Refusal 401 without a key, with a bearer token, with a key that nobody has; 429 beyond the rate limit
 */
export function admit({ service, request, report: { key } }: Call): AccountState {
	if (key === undefined || key === '') {
		if (header(request, 'authorization') !== undefined)
			throw refuseKey('invalid_token', 'Bearer token could not be verified');
		throw refuseKey('missing_credentials', 'Missing Authorization or x-api-key in header');
	}
	const account = service.accounts.get(key);
	if (!account) throw refuseKey('invalid_api_key', 'Invalid API key');
	const { settings, limiter } = service;
	const endsAt = limiter.take(key, account.requestsPerMinute, settings);
	if (endsAt !== undefined) throw refuse(429, 'Rate limit exceeded', resetHeader(endsAt, settings));
	return account;
}

/** @throws Refusal 406, the real service's answer to a body that is not declared as JSON */
export function requireJson({ request }: Call): void {
	const type = header(request, 'content-type') ?? '';
	if (type.split(';')[0].trim().toLowerCase() !== 'application/json')
		throw refuse(406, 'Invalid content type');
}

/** With what `verbose` adds, see index.ts. */
type Complaint = FastifySchemaValidationError & { parentSchema: TSchema; data: unknown };

/** @returns what is wrong with a value; nothing if it is as its table says */
export function complaints(request: FastifyRequest, table: TSchema, value: unknown): Complaint[] {
	const validate = request.compileValidationSchema(table);
	return validate(value) ? [] : (validate.errors as unknown as Complaint[]);
}

const TYPES: Record<string, [msg: string, type: string]> = {
	string: ['Input should be a valid string', 'string_type'],
	boolean: ['Input should be a valid boolean', 'bool_type'],
	number: ['Input should be a valid number', 'float_type'],
	array: ['Input should be a valid list', 'list_type'],
	object: ['Input should be an object', 'dict_type'],
};

const quoted = (values: unknown): string =>
	(values as string[]).map((value) => `'${value}'`).join(', ');

/** What a 422 says about a body, by ajv's keyword. */
const WORDS: Record<string, (params: Record<string, unknown>) => [msg: string, type: string]> = {
	type: ({ type }) => TYPES[String(type)],
	enum: ({ allowedValues }) => [`Input should be one of ${quoted(allowedValues)}`, 'literal_error'],
	minimum: ({ limit }) => [`Input should be at least ${limit}`, 'greater_than_equal'],
	maximum: ({ limit }) => [`Input should be at most ${limit}`, 'less_than_equal'],
	minItems: ({ limit }) => [`List should have at least ${limit} item`, 'too_short'],
	required: () => ['Field required', 'missing'],
};

function detail({ keyword, instancePath, params }: Complaint) {
	const missing = keyword === 'required' ? `/${params.missingProperty}` : '';
	const path = (instancePath + missing).split('/').slice(1);
	const loc = ['body', ...path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))];
	const [msg, type] = WORDS[keyword](params);
	return { loc, msg, type };
}

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && !value.trim());

/**
 * What the service checks before it takes a job. Unknown fields pass.
 * @throws Refusal 400 when the body is no object or lacks a required field, 422 for types and values
 */
export function checkBody(model: Model, { request, body }: Call): ModelRequest {
	if (typeof body !== 'object' || body === null || Array.isArray(body))
		throw refuse(400, 'Request body must be a JSON object');
	const fields = body as ModelRequest;
	const missing = model.required.find((name) => isEmpty(fields[name]));
	if (missing) throw refuse(400, `${missing} is required`);
	const wrong = complaints(request, model.body, body)
		// Of a value with the wrong type the service says no more.
		.filter(({ keyword, data }) => keyword !== 'enum' || typeof data === 'string');
	if (wrong.length > 0) throw new Refusal({ status: 422, body: { detail: wrong.map(detail) } });
	return fields;
}

/** A query that is as its table says. @throws Refusal 422, which describes the first wrong field as the table does */
export function checkQuery<T extends TSchema>({ request }: Call, table: T): Static<T> {
	const [wrong] = complaints(request, table, request.query);
	if (!wrong) return request.query as Static<T>;
	const loc = ['query', ...wrong.instancePath.split('/').slice(1)];
	const msg = `Input should be ${wrong.parentSchema.description}`;
	throw new Refusal({ status: 422, body: { detail: [{ loc, msg, type: 'value_error' }] } });
}
