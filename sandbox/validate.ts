import { refuse, Refusal } from './answer';
import { isObject } from './models/check';
import type { Model, ModelRequest } from './models/model';

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && !value.trim());

/**
 * What the service checks before it takes a job. Unknown fields pass.
 * @throws Refusal 400 when the body is no object or lacks a required field, 422 for types and values
 */
export function checkBody(model: Model, body: unknown): ModelRequest {
	if (!isObject(body)) throw refuse(400, 'Request body must be a JSON object');
	const fields = Object.entries(model.fields);
	for (const [name, { required }] of fields)
		if (required && isEmpty(body[name])) throw refuse(400, `${name} is required`);
	const detail = fields.flatMap(([name, { check }]) =>
		name in body ? check(body[name], ['body', name]) : [],
	);
	if (detail.length > 0) throw new Refusal({ status: 422, body: { detail } });
	return body as ModelRequest;
}
