import { createHash } from 'crypto';

/** JSON with sorted keys, so that equal bodies have equal texts. */
function canonical(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(canonical);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
	entries.sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, entry]) => [key, canonical(entry)]));
}

/** SHA-256 of a body as hex. The order of its keys does not matter. */
export function bodyHash(body: object): string {
	return createHash('sha256')
		.update(JSON.stringify(canonical(body)))
		.digest('hex');
}

/** SHA-256 of a file's content as hex. */
export function contentHash(content: Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}
