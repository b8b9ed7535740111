/**
 * n8n stores an execution as a flat JSON array in which every object, array and string is an entry, and a string
 * inside an entry is the index of another one (the format of the `flatted` package).
 */

/** @returns the object that `text` describes; references that were the same object are the same object again */
export function parseFlatted(text: string): unknown {
	const entries = JSON.parse(text) as unknown[];
	const done = new Set<unknown>();
	const resolve = (index: string): unknown => {
		const entry = entries[Number(index)];
		if (typeof entry !== 'object' || entry === null || done.has(entry)) return entry;
		done.add(entry);
		const container = entry as Record<string, unknown>;
		for (const [key, value] of Object.entries(container)) {
			if (typeof value === 'string') container[key] = resolve(value);
		}
		return container;
	};
	return resolve('0');
}
