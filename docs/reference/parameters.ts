/** docs/parameters.md: what the node's description and the credential say about every field. Pure. */
import type { ICredentialType, INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { table } from '../../bench/report/format';
import { DURATION } from '../../nodes/KlingO3/fields/duration';
import { MODELS } from '../../nodes/KlingO3/models';
import type { Model } from '../../nodes/KlingO3/models/model';
import { usd } from '../../nodes/KlingO3/models/price';
import { operationsOf, shownWhen } from './conditions';
import { choicesOf, defaultOf, explanationOf, segmindNames } from './fields';
import { outputSections } from './output';
import { cell, type Sections } from './sections';

const isField = ({ type, name }: INodeProperties) =>
	!['notice', 'collection', 'hidden'].includes(type) && !['resource', 'operation'].includes(name);

const only = (property: INodeProperties, key: 'resource' | 'operation', value: unknown) => {
	const values = property.displayOptions?.show?.[key] as unknown[] | undefined;
	return !values || values.includes(value);
};

/** The operations of a resource, as the panel's list has them. */
function operations(properties: INodeProperties[], resource: unknown) {
	const field = properties.find(
		(property) => property.name === 'operation' && only(property, 'resource', resource),
	);
	return field ? choicesOf(field) : [];
}

function operationTable(properties: INodeProperties[]): string {
	const resources = choicesOf(properties.find(({ name }) => name === 'resource')!);
	return table(
		['Resource', 'Operation', 'Names in workflows', 'What it does'],
		resources.flatMap((resource) =>
			operations(properties, resource.value).map(({ name, value, description = '' }) => [
				resource.name,
				`**${name}**`,
				`\`${resource.value}\`, \`${value}\``,
				cell(description),
			]),
		),
	);
}

const FIELD_HEAD = ['Field', 'Name in workflows', "Segmind's field", 'Default', 'What it takes'];

function fieldCells(property: INodeProperties): string[] {
	const segmind = segmindNames(MODELS)[property.name];
	return [
		`**${property.displayName}**`,
		`\`${property.name}\``,
		segmind ? `\`${segmind}\`` : '',
		defaultOf(property),
		explanationOf(property),
	].map(cell);
}

/** For what does not become a field of the model. */
function plainTable(fields: INodeProperties[]): string {
	const withoutSegmind = (cells: string[]) => cells.filter((_, index) => index !== 2);
	return table(
		withoutSegmind(FIELD_HEAD),
		fields.map((field) => withoutSegmind(fieldCells(field))),
	);
}

/** Which operations have it, and under which of the other fields' values. */
function shows(properties: INodeProperties[], property: INodeProperties): string {
	const names = operations(properties, 'video')
		.filter(({ value }) => operationsOf(property)?.includes(value))
		.map(({ name }) => name)
		.join(', ');
	return [names, shownWhen(properties, property)].filter(Boolean).join('; ');
}

function videoTable(properties: INodeProperties[]): string {
	const fields = properties.filter(
		(property) => isField(property) && only(property, 'resource', 'video'),
	);
	return table(
		[...FIELD_HEAD, 'Shows for'],
		fields.map((field) => [...fieldCells(field), cell(shows(properties, field))]),
	);
}

/** The fields of a resource none of which becomes a field of a model. */
function resourceTable(properties: INodeProperties[], resource: 'asset' | 'account'): string {
	return plainTable(
		properties.filter(
			(property) =>
				isField(property) && property.displayOptions?.show?.resource?.includes(resource),
		),
	);
}

/** What can be added under Filters. */
function filterTable(properties: INodeProperties[]): string {
	const collections = properties.filter(({ name }) => name === 'filters');
	return plainTable(collections.flatMap(({ options = [] }) => options as INodeProperties[]));
}

/** Every option once, with the operations that offer it. */
function optionTable(properties: INodeProperties[]): string {
	const collections = properties.filter(({ name }) => name === 'options');
	const options = new Map<string, { option: INodeProperties; operations: string[] }>();
	for (const collection of collections) {
		const offeredBy = shows(properties, collection);
		for (const option of (collection.options ?? []) as INodeProperties[]) {
			const known = options.get(option.name) ?? { option, operations: [] };
			known.operations.push(offeredBy);
			options.set(option.name, known);
		}
	}
	return table(
		[...FIELD_HEAD, 'Offered by'],
		[...options.values()]
			.sort((a, b) => a.option.displayName.localeCompare(b.option.displayName))
			.map(({ option, operations: names }) => {
				const all = [...properties, ...[...options.values()].map((known) => known.option)];
				const offered = [names.join(', '), shownWhen(all, option)].filter(Boolean).join('; ');
				return [...fieldCells(option), cell(offered)];
			}),
	);
}

/** The least and the most that a video costs. */
function priceRange({ rates, longest }: Model): string {
	const perSecond = rates.map(({ usdPerSecond }) => usdPerSecond);
	const [least, most] = [Math.min(...perSecond), Math.max(...perSecond)];
	return `${usd(least * DURATION.shortest)} to ${usd(most * longest)}`;
}

function modelTable(models: Model[]): string {
	return table(
		['Model', 'Name in workflows', 'What it does', 'A video costs', 'A video takes'],
		models.map((model) => [
			`**${model.label}**`,
			`\`${model.name}\``,
			cell(model.description),
			priceRange(model),
			`${model.takes.join(' to ')} s`,
		]),
	);
}

function priceTable(models: Model[]): string {
	const lengths = [1, DURATION.shortest, DURATION.usual, DURATION.longest];
	return table(
		[
			'Model',
			'Mode',
			'Per second',
			...lengths.slice(1).map((seconds) => `${seconds} s`),
			'Known from',
		],
		models.flatMap(({ label, rates }) =>
			rates.map((rate) => [
				label,
				rate.label,
				...lengths.map((seconds) => usd(seconds * rate.usdPerSecond)),
				rate.source === 'inferred' ? "other vendors' prices" : "Segmind's model page",
			]),
		),
	);
}

export function parameterSections(
	{ properties }: Pick<INodeTypeDescription, 'properties'>,
	credential: Pick<ICredentialType, 'properties'>,
): Sections {
	return {
		models: modelTable(MODELS),
		operations: operationTable(properties),
		video: videoTable(properties),
		filters: filterTable(properties),
		asset: resourceTable(properties, 'asset'),
		account: resourceTable(properties, 'account'),
		options: optionTable(properties),
		prices: priceTable(MODELS),
		credential: plainTable(credential.properties),
		...outputSections(),
	};
}
