/** docs/parameters.md: what the node's description and the credential say about every field. Pure. */
import type { ICredentialType, INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { DURATION } from '../../nodes/KlingO3/fields/duration';
import { MODELS } from '../../nodes/KlingO3/models';
import type { Model } from '../../nodes/KlingO3/models/model';
import { usd } from '../../nodes/KlingO3/models/price';
import {
	choicesOf,
	code,
	defaultOf,
	explanationOf,
	operationsOf,
	segmindNames,
	shownWhen,
} from './fields';
import { outputTable } from './output';
import { table, type Columns, type Sections } from './sections';

const isField = ({ type, name }: INodeProperties) =>
	!['notice', 'collection', 'hidden'].includes(type) && !['resource', 'operation'].includes(name);

/** Whether it shows with a resource; `unless` says so of what shows with each. */
const isOf = ({ displayOptions }: INodeProperties, resource: unknown, unless: boolean) =>
	displayOptions?.show?.resource?.includes(resource as string) ?? unless;

/** The operations of a resource, as the panel's list has them. */
const operations = (properties: INodeProperties[], resource: unknown) =>
	properties
		.filter((property) => property.name === 'operation' && isOf(property, resource, true))
		.slice(0, 1)
		.flatMap(choicesOf);

function operationTable(properties: INodeProperties[]): string {
	const rows = choicesOf(properties.find(({ name }) => name === 'resource')!).flatMap((resource) =>
		operations(properties, resource.value).map((operation) => ({ resource, operation })),
	);
	return table(
		{
			Resource: ({ resource }) => resource.name,
			Operation: ({ operation }) => `**${operation.name}**`,
			'Names in workflows': ({ resource, operation }) =>
				`${code(resource.value)}, ${code(operation.value)}`,
			'What it does': ({ operation }) => operation.description ?? '',
		},
		rows,
	);
}

const NAMES: Columns<INodeProperties> = {
	Field: ({ displayName }) => `**${displayName}**`,
	'Name in workflows': ({ name }) => code(name),
};
const VALUES: Columns<INodeProperties> = {
	Default: defaultOf,
	'What it takes': explanationOf,
};
/** For what does not become a field of the model. */
const PLAIN = { ...NAMES, ...VALUES };
const FULL: typeof PLAIN = {
	...NAMES,
	"Segmind's field": ({ name }) => {
		const theirs = segmindNames(MODELS)[name];
		return theirs ? code(theirs) : '';
	},
	...VALUES,
};

/** Which operations have it, and under which of the other fields' values. */
function shows(properties: INodeProperties[], property: INodeProperties): string {
	const names = operations(properties, 'video')
		.filter(({ value }) => operationsOf(property)?.includes(value))
		.map(({ name }) => name)
		.join(', ');
	return [names, shownWhen(properties, property)].filter(Boolean).join('; ');
}

/** What can be added to the collections of a name. */
const inCollections = (properties: INodeProperties[], name: string) =>
	properties
		.filter((property) => property.name === name)
		.flatMap((collection) =>
			(collection.options as INodeProperties[]).map((option) => ({ collection, option })),
		);

/** Every option once, with the operations that offer it. */
function optionTable(properties: INodeProperties[]): string {
	const offers = inCollections(properties, 'options');
	const options = [...new Map(offers.map(({ option }) => [option.name, option])).values()];
	const offeredBy = (option: INodeProperties) =>
		offers
			.filter((offer) => offer.option.name === option.name)
			.map(({ collection }) => shows(properties, collection))
			.join(', ');
	const when = (option: INodeProperties) => shownWhen([...properties, ...options], option);
	return table(
		{ ...FULL, 'Offered by': (one) => [offeredBy(one), when(one)].filter(Boolean).join('; ') },
		options.sort((a, b) => a.displayName.localeCompare(b.displayName)),
	);
}

/** The least and the most that a video costs. */
function priceRange({ rates, longest }: Model): string {
	const perSecond = rates.map(({ usdPerSecond }) => usdPerSecond);
	const [least, most] = [Math.min(...perSecond), Math.max(...perSecond)];
	return `${usd(least * DURATION.shortest)} to ${usd(most * longest)}`;
}

const MODEL_COLUMNS: Columns<Model> = {
	Model: ({ label }) => `**${label}**`,
	'Name in workflows': ({ name }) => code(name),
	'What it does': ({ description }) => description,
	'A video costs': priceRange,
	'A video takes': ({ takes }) => `${takes.join(' to ')} s`,
};

type Rate = Model['rates'][number] & { model: string };

const priceOf = (seconds: number) => (rate: Rate) => usd(seconds * rate.usdPerSecond);
const PRICE_COLUMNS: Columns<Rate> = {
	Model: ({ model }) => model,
	Mode: ({ label }) => label,
	'Per second': priceOf(1),
	[`${DURATION.shortest} s`]: priceOf(DURATION.shortest),
	[`${DURATION.usual} s`]: priceOf(DURATION.usual),
	[`${DURATION.longest} s`]: priceOf(DURATION.longest),
	'Known from': ({ source }) =>
		source === 'inferred' ? "other vendors' prices" : "Segmind's model page",
};

/** All tables of the document. */
export function parameterSections(
	{ properties }: Pick<INodeTypeDescription, 'properties'>,
	credential: Pick<ICredentialType, 'properties'>,
): Sections {
	const fields = properties.filter(isField);
	const fieldsOf = (resource: string) => fields.filter((field) => isOf(field, resource, false));
	const rates = MODELS.flatMap((model) =>
		model.rates.map((rate) => ({ ...rate, model: model.label })),
	);
	return {
		models: table(MODEL_COLUMNS, MODELS),
		operations: operationTable(properties),
		video: table(
			{ ...FULL, 'Shows for': (field) => shows(properties, field) },
			fields.filter((field) => isOf(field, 'video', true)),
		),
		filters: table(
			PLAIN,
			inCollections(properties, 'filters').map(({ option }) => option),
		),
		asset: table(PLAIN, fieldsOf('asset')),
		account: table(PLAIN, fieldsOf('account')),
		options: optionTable(properties),
		prices: table(PRICE_COLUMNS, rates),
		credential: table(PLAIN, credential.properties),
		output: outputTable(),
	};
}
