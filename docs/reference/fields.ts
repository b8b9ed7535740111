/** One line of the reference for one field. Pure. */
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

const code = (value: unknown) => `\`${String(value)}\``;

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

/** What a field takes, where its name and its default do not say it. */
function kindOf(property: INodeProperties): string {
	const { minValue, maxValue, numberPrecision, maxAllowedFields } = property.typeOptions ?? {};
	const number = numberPrecision === 0 ? 'Whole number' : 'Number';
	const from = minValue === undefined ? '' : ` from ${minValue}`;
	const to = maxValue === undefined ? '' : ` to ${maxValue}`;
	const parts = groupsOf(property).flatMap(({ values }) => values);
	const kinds: Partial<Record<INodeProperties['type'], string>> = {
		string: '',
		boolean: '',
		json: '',
		number: `${number}${from}${to}.`,
		dateTime: '',
		options: choices(property),
		resourceLocator: `${(property.modes ?? [])
			.map(({ displayName, name }) => `${displayName} (${code(name)})`)
			.join(' or ')}, or plain text.`,
		fixedCollection: `Up to ${maxAllowedFields}, each with ${parts
			.map(({ displayName, name }) => `${displayName} (${code(name)})`)
			.join(' and ')}.`,
		multiOptions: choices(property),
	};
	const kind = kinds[property.type];
	if (kind === undefined) throw new Error(`No words for fields of type ${property.type}`);
	return kind;
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
