/** One line of the reference for one field, and when the field shows, from n8n's `displayOptions`. Pure. */
import type { INodeProperties } from 'n8n-workflow';

import type { Field } from '../../nodes/KlingO3/fields/field';
import { fieldsOf, type Model } from '../../nodes/KlingO3/models/model';

/** The properties that hold a field's value; the others choose which of them it is. */
function holders({ properties }: Field): string[] {
	const choosing = properties.flatMap(({ displayOptions }) =>
		Object.keys(displayOptions?.show ?? {}),
	);
	return properties.map(({ name }) => name).filter((name) => !choosing.includes(name));
}

/** Segmind's name of what a property becomes, by the property's name in workflows. */
export const segmindNames = (models: Model[]): Record<string, string> =>
	Object.fromEntries(
		models
			.flatMap(fieldsOf)
			.flatMap((field) => holders(field).map((name) => [name, field.api.name] as const)),
	);

/** A new line within a cell, on GitHub and on npm's pages. */
const LINE = '<br>';

type Choice = { name: string; value: string | number | boolean; description?: string };
type Group = { displayName: string; name: string; values: INodeProperties[] };

export const choicesOf = ({ options = [] }: INodeProperties): Choice[] =>
	options.filter((option) => 'value' in option) as Choice[];

const groupsOf = ({ options = [] }: INodeProperties): Group[] =>
	options.filter((option) => 'values' in option) as Group[];

/** As code in Markdown. */
export const code = (value: unknown) => `\`${String(value)}\``;

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** n8n allows links in descriptions. */
const withoutMarkup = (text: string) =>
	text.replace(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/g, '[$2]($1)');

/** A list of numbers in a row is a range. */
function range(values: unknown[]): string | undefined {
	const numbers = values.map(Number);
	const isRow = numbers.every((value, index) => value === numbers[0] + index);
	return isRow && numbers.length > 2 ? `${numbers[0]} to ${numbers.at(-1)}.` : undefined;
}

function choices(property: INodeProperties): string {
	const options = choicesOf(property);
	const list = options.map(({ name, value, description }) =>
		sentence(`${name} (${code(value)})${description ? `: ${description}` : ''}`),
	);
	return range(options.map(({ value }) => value)) ?? list.join(LINE);
}

/** For example "URL (`url`)". */
const named = ({ displayName, name }: { displayName: string; name: string }) =>
	`${displayName} (${code(name)})`;

/** These take what their name and their default say. */
const PLAIN = ['string', 'boolean', 'json', 'dateTime'];

/** @throws for types that this document cannot put into words */
function kindOf(property: INodeProperties): string {
	const { type, modes = [] } = property;
	const { minValue, maxValue, numberPrecision, maxAllowedFields } = property.typeOptions ?? {};
	if (PLAIN.includes(type)) return '';
	if (type === 'options' || type === 'multiOptions') return choices(property);
	if (type === 'resourceLocator') return `${modes.map(named).join(' or ')}, or plain text.`;
	if (type === 'fixedCollection') {
		const parts = groupsOf(property).flatMap(({ values }) => values);
		return `Up to ${maxAllowedFields}, each with ${parts.map(named).join(' and ')}.`;
	}
	if (type !== 'number') throw new Error(`No words for fields of type ${type}`);
	const from = minValue === undefined ? '' : ` from ${minValue}`;
	const to = maxValue === undefined ? '' : ` to ${maxValue}`;
	return `${numberPrecision === 0 ? 'Whole number' : 'Number'}${from}${to}.`;
}

export function defaultOf({ default: value, type, required }: INodeProperties): string {
	if (type === 'boolean') return value ? 'on' : 'off';
	const isExample = type === 'fixedCollection' || (type === 'json' && value !== '{}');
	if (isExample) return 'an example';
	const isNothing = value === '' || value === undefined || type === 'resourceLocator';
	if (isNothing) return required ? 'required' : 'empty';
	return code(value);
}

export function explanationOf(property: INodeProperties): string {
	const { description, hint } = property;
	const texts = [description, hint].filter((text): text is string => Boolean(text));
	const said = texts.map((text) => sentence(withoutMarkup(text))).join(' ');
	return [said, kindOf(property)].filter(Boolean).join(LINE);
}

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
