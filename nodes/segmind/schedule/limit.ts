/** The rate limit as the credential has it. */

/** Segmind's Pro plan; what a credential has that was saved before there was the field. */
const DEFAULT_LIMIT = 50;

/**
 * @returns requests per minute, a whole number of 1 or more; undefined when the value is no limit that could be kept
 */
export function readLimit(value: unknown): number | undefined {
	if (value === undefined) return DEFAULT_LIMIT;
	const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
	const limit = isNumber ? Number(value) : NaN;
	if (!Number.isFinite(limit) || limit <= 0) return undefined;
	return Math.max(Math.floor(limit), 1);
}
