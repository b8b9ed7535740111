/** Forms of values, and what a 422 says about one that has another form. */
import type { ApiForm } from '../../nodes/KlingO3/fields/field';

export interface Detail {
	loc: Array<string | number>;
	msg: string;
	type: string;
}

/** What is wrong with a value; nothing if it is right. */
export type Check = (value: unknown, loc: Detail['loc']) => Detail[];

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const aString: Check = (value, loc) =>
	typeof value === 'string'
		? []
		: [{ loc, msg: 'Input should be a valid string', type: 'string_type' }];

const aBoolean: Check = (value, loc) =>
	typeof value === 'boolean'
		? []
		: [{ loc, msg: 'Input should be a valid boolean', type: 'bool_type' }];

const aNumber =
	(least: number, most: number): Check =>
	(value, loc) => {
		if (typeof value !== 'number')
			return [{ loc, msg: 'Input should be a valid number', type: 'float_type' }];
		if (value < least)
			return [{ loc, msg: `Input should be at least ${least}`, type: 'greater_than_equal' }];
		return value > most
			? [{ loc, msg: `Input should be at most ${most}`, type: 'less_than_equal' }]
			: [];
	};

const oneOf =
	(allowed: readonly string[]): Check =>
	(value, loc) => {
		const problems = aString(value, loc);
		if (problems.length > 0 || allowed.includes(value as string)) return problems;
		const list = allowed.map((option) => `'${option}'`).join(', ');
		return [{ loc, msg: `Input should be one of ${list}`, type: 'literal_error' }];
	};

const aList =
	(entry: Check, least: number): Check =>
	(value, loc) => {
		if (!Array.isArray(value))
			return [{ loc, msg: 'Input should be a valid list', type: 'list_type' }];
		if (value.length < least)
			return [{ loc, msg: `List should have at least ${least} item`, type: 'too_short' }];
		return value.flatMap((one, index) => entry(one, [...loc, index]));
	};

/** An object with these fields; others may be in it too. */
const anObject =
	(fields: Record<string, Check>, required: readonly string[]): Check =>
	(value, loc) => {
		if (!isObject(value)) return [{ loc, msg: 'Input should be an object', type: 'dict_type' }];
		const missing = required
			.filter((field) => !(field in value))
			.map((field) => ({ loc: [...loc, field], msg: 'Field required', type: 'missing' }));
		const wrong = Object.entries(fields).flatMap(([field, check]) =>
			field in value ? check(value[field], [...loc, field]) : [],
		);
		return [...missing, ...wrong];
	};

/** The check of a form. How long a list may be at most is looked at when the job runs. */
export function checkOf(form: ApiForm): Check {
	const { type, items, properties = {}, required = [], minItems = 0 } = form;
	const { minimum = -Infinity, maximum = Infinity } = form;
	switch (type) {
		case 'string':
			return form.enum ? oneOf(form.enum) : aString;
		case 'boolean':
			return aBoolean;
		case 'number':
			return aNumber(minimum, maximum);
		case 'array':
			return aList(items ? checkOf(items) : () => [], minItems);
		case 'object':
			return anObject(
				Object.fromEntries(
					Object.entries(properties).map(([name, inner]) => [name, checkOf(inner)]),
				),
				required,
			);
	}
}
