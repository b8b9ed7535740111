/**
 * The request ID that Get asks for: a resource locator's value, or plain text as in workflows that were saved
 * before the field was one. Pure.
 */

/** @returns trimmed; empty where nothing was chosen */
export function requestIdOf(value: unknown): string {
	const chosen =
		typeof value === 'object' && value !== null ? (value as { value?: unknown }).value : value;
	return typeof chosen === 'string' || typeof chosen === 'number' ? String(chosen).trim() : '';
}
