/** Forms of values, and what a 422 says about one that has another form. */

export interface Detail {
	loc: Array<string | number>;
	msg: string;
	type: string;
}

/** What is wrong with a value; nothing if it is right. */
export type Check = (value: unknown, loc: Detail['loc']) => Detail[];

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

export const aString: Check = (value, loc) =>
	typeof value === 'string'
		? []
		: [{ loc, msg: 'Input should be a valid string', type: 'string_type' }];

export const aBoolean: Check = (value, loc) =>
	typeof value === 'boolean'
		? []
		: [{ loc, msg: 'Input should be a valid boolean', type: 'bool_type' }];

export const aNumber =
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

export const oneOf =
	(allowed: readonly string[]): Check =>
	(value, loc) => {
		const problems = aString(value, loc);
		if (problems.length > 0 || allowed.includes(value as string)) return problems;
		const list = allowed.map((option) => `'${option}'`).join(', ');
		return [{ loc, msg: `Input should be one of ${list}`, type: 'literal_error' }];
	};

/** @param least how many entries the list must have */
export const aList =
	(entry: Check, least = 0): Check =>
	(value, loc) => {
		if (!Array.isArray(value))
			return [{ loc, msg: 'Input should be a valid list', type: 'list_type' }];
		if (value.length < least)
			return [{ loc, msg: `List should have at least ${least} item`, type: 'too_short' }];
		return value.flatMap((one, index) => entry(one, [...loc, index]));
	};

/** An object with these fields; others may be left out. */
export const anObject =
	(required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
	(value, loc) => {
		if (!isObject(value)) return [{ loc, msg: 'Input should be an object', type: 'dict_type' }];
		const missing = Object.keys(required)
			.filter((field) => !(field in value))
			.map((field) => ({ loc: [...loc, field], msg: 'Field required', type: 'missing' }));
		const wrong = Object.entries({ ...required, ...optional }).flatMap(([field, check]) =>
			field in value ? check(value[field], [...loc, field]) : [],
		);
		return [...missing, ...wrong];
	};
