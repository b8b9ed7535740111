/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Numbers as the document shows them, and its templates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from 'mustache';
import type { Columns } from '../../docs/reference/sections';

export const seconds = (value: number): string => `${value.toFixed(1)} s`;
export const fineSeconds = (value: number): string => `${value.toFixed(2)} s`;
export const milliseconds = (value: number): string => `${Math.round(value * 1000)} ms`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
/** For what is small. */
export const fineMegabytes = (bytes: number, decimals = 1): string =>
	`${(bytes / 1e6).toFixed(decimals)} MB`;
export const count = (value: number): string =>
	Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(1);

/** How many times `base` a value is; a base near zero makes no ratio. */
export function times(value: number, base: number, smallestBase: number): string {
	if (base < smallestBase) return '–';
	const ratio = value / base;
	return `× ${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}`;
}

/** One row of a table as a line. */
export const told = <Row>(columns: Columns<Row>, row: Row): string =>
	Object.entries(columns)
		.map(([title, show]) => `${title}: ${show(row)}`)
		.join(', ');

/** A template beside this file with its values. */
export const fill = (template: string, values: object): string =>
	render(
		readFileSync(join(__dirname, `${template}.mustache`), 'utf8'),
		values,
		{},
		{
			escape: String,
		},
	);
