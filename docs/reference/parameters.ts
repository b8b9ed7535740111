/** docs/parameters.md: what the node's description and the credential say about every field. Pure. */
import type { ICredentialType, INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { table } from '../../bench/report/format';
import { LIMITS, RATES } from '../../nodes/KlingO3/model';
import { operationsOf, shownWhen } from './conditions';
import { choicesOf, defaultOf, explanationOf, SEGMIND_FIELDS } from './fields';
import { outputSections } from './output';
import { cell, type Sections } from './sections';

const isField = ({ type, name }: INodeProperties) =>
	!['notice', 'collection'].includes(type) && !['resource', 'operation'].includes(name);

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
	const segmind = SEGMIND_FIELDS[property.name];
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
			.map(({ option, operations: names }) => [...fieldCells(option), names.join(', ')]),
	);
}

function priceTable(): string {
	const usd = (amount: number) => `$${amount.toFixed(2)}`;
	return table(
		[
			'Mode',
			'Audio',
			'Per second',
			`${LIMITS.shortest} s`,
			'5 s',
			`${LIMITS.longest} s`,
			'Known from',
		],
		RATES.map(({ mode, audio, usdPerSecond, source }) => [
			`\`${mode}\``,
			audio ? 'yes' : 'no',
			...[1, LIMITS.shortest, 5, LIMITS.longest].map((seconds) => usd(seconds * usdPerSecond)),
			source === 'inferred' ? "other vendors' prices" : "Segmind's model page",
		]),
	);
}

export function parameterSections(
	{ properties }: Pick<INodeTypeDescription, 'properties'>,
	credential: Pick<ICredentialType, 'properties'>,
): Sections {
	return {
		operations: operationTable(properties),
		video: videoTable(properties),
		filters: filterTable(properties),
		asset: resourceTable(properties, 'asset'),
		account: resourceTable(properties, 'account'),
		options: optionTable(properties),
		prices: priceTable(),
		credential: plainTable(credential.properties),
		...outputSections(),
	};
}
