/** Numbers as the document shows them. Pure. */

export const seconds = (value: number): string => `${value.toFixed(1)} s`;
export const fineSeconds = (value: number): string => `${value.toFixed(2)} s`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
export const count = (value: number): string =>
	Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(1);

/** How many times `base` a value is; a base near zero makes no ratio. */
export function times(value: number, base: number, smallestBase: number): string {
	if (base < smallestBase) return '–';
	const ratio = value / base;
	return `× ${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}`;
}

/** A Markdown table. */
export function table(head: string[], rows: string[][]): string {
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
