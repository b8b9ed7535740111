/** When a field shows, in words, from n8n's `displayOptions`. Pure. */
import type { INodeProperties } from 'n8n-workflow';

import { choicesOf } from './fields';

type Conditions = Record<string, unknown[]>;

/** Named by the operation that a row stands under, so they are no condition of their own. */
const STATED_ELSEWHERE = ['resource', 'operation'];

/** The label of a value of a field, as its list shows it. */
function valueName(field: INodeProperties | undefined, value: unknown): string {
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	const choice = field && choicesOf(field).find((option) => option.value === value);
	return choice?.name ?? String(value);
}

/** @throws for conditions that this document cannot put into words */
function condition(properties: INodeProperties[], name: string, values: unknown[]): string {
	if (name === '@tool') return values[0] ? 'as a tool of an AI Agent' : 'not as a tool';
	const key = name.replace(/^\//, '');
	const field = properties.find((property) => property.name === key);
	if (!field || values.some((value) => typeof value === 'object')) {
		throw new Error(`No words for the display condition "${name}"`);
	}
	return `${field.displayName}: ${values.map((value) => valueName(field, value)).join(' or ')}`;
}

function all(properties: INodeProperties[], conditions: Conditions = {}): string[] {
	return Object.entries(conditions)
		.filter(([name]) => !STATED_ELSEWHERE.includes(name))
		.map(([name, values]) => condition(properties, name, values));
}

/** @returns for example "Image Source: URL"; empty when the field always shows */
export function shownWhen(properties: INodeProperties[], property: INodeProperties): string {
	const { show, hide } = property.displayOptions ?? {};
	const hidden = all(properties, hide as Conditions).map((text) => `not ${text}`);
	return [...all(properties, show as Conditions), ...hidden].join(', ');
}

/** The operations that have a field, by their values; undefined for all. */
export function operationsOf({ displayOptions }: INodeProperties): unknown[] | undefined {
	return displayOptions?.show?.operation as unknown[] | undefined;
}
