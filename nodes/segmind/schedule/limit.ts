/** The rate limit in the credential. */

/** Segmind's Pro plan. It also applies to a credential saved before this field existed. */
const DEFAULT_LIMIT = 50;

/** @returns requests per minute, a whole number of 1 or more; undefined if no such limit could be kept */
export function readLimit(value: unknown): number | undefined {
	if (value === undefined) return DEFAULT_LIMIT;
	const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
	const limit = isNumber ? Number(value) : NaN;
	if (!Number.isFinite(limit) || limit <= 0) return undefined;
	return Math.max(Math.floor(limit), 1);
}
