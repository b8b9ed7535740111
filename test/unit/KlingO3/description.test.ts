/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { NodeHelpers, type INode, type INodeParameters, type INodeProperties } from 'n8n-workflow';

import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';

const { description } = new KlingO3();

/** What the panel shows for these parameters, decided by n8n's own code. */
function visible(parameters: INodeParameters): INodeProperties[] {
	const node = { parameters, typeVersion: 1 } as INode;
	return description.properties.filter((property) =>
		NodeHelpers.displayParameter(parameters, property, node, description),
	);
}

const DEFAULTS = {
	shotMode: 'single',
	returnAll: false,
	imageSource: 'url',
	endImageSource: 'none',
	multiPromptSource: 'fields',
};
const on = (
	resource: string,
	operation: string,
	changes: INodeParameters = {},
): INodeParameters => ({
	resource,
	operation,
	...DEFAULTS,
	...changes,
});
const namesOf = (parameters: INodeParameters) =>
	visible(parameters)
		.map(({ name }) => name)
		.sort();
const field = (parameters: INodeParameters, name: string) =>
	visible(parameters).find((property) => property.name === name);

type Choice = { name: string; value: unknown };
const valuesOf = (property?: INodeProperties) =>
	((property?.options ?? []) as Choice[]).map(({ value }) => value);
const optionsOf = (operation: string) =>
	(field(on('video', operation), 'options')?.options ?? []) as INodeProperties[];

describe('The node', () => {
	it('is klingO3, shown as "Segmind Kling O3", and usable as a tool', () => {
		expect(description).toMatchObject({
			name: 'klingO3',
			displayName: 'Segmind Kling O3',
			usableAsTool: true,
			subtitle: expect.stringContaining('$parameter'),
			version: 1,
		});
	});

	it('needs the credential segmindApi for all that sends something, and not for an estimate', () => {
		const [credential, ...others] = description.credentials ?? [];
		expect(others).toEqual([]);
		expect(credential).toMatchObject({ name: 'segmindApi', required: true });
		const shown = (operation: string) => {
			const parameters = on('video', operation);
			return NodeHelpers.displayParameter(
				parameters,
				credential,
				{ parameters, typeVersion: 1 } as INode,
				description,
			);
		};
		expect(['generate', 'start', 'get'].map(shown)).toEqual([true, true, true]);
		expect(shown('estimateCost')).toBe(false);
	});

	it.each(['kling', 'segmind', 'image to video', 'animate'])(
		'is found by the word "%s"',
		(word) => {
			const codex = JSON.parse(
				readFileSync(join(__dirname, '../../../nodes/KlingO3/KlingO3.node.json'), 'utf8'),
			) as { alias: string[]; categories: string[]; node: string };
			expect(codex.alias.map((alias) => alias.toLowerCase())).toContain(word);
			expect(codex.categories.length).toBeGreaterThan(0);
			expect(codex.node).toBe('n8n-nodes-segmind-kling.klingO3');
		},
	);
});

describe('Resources and operations', () => {
	it('the resources are video, asset and account; video is the default', () => {
		const resource = field({}, 'resource');
		expect(valuesOf(resource).sort()).toEqual(['account', 'asset', 'video']);
		expect(resource?.default).toBe('video');
	});

	it.each([
		['video', ['estimateCost', 'generate', 'get', 'getMany', 'start'], 'generate'],
		['asset', ['upload'], 'upload'],
		['account', ['getCredits', 'getUsage'], 'getCredits'],
	])('%s has the operations %j', (resource, operations, standard) => {
		const operation = field({ resource }, 'operation');
		expect(valuesOf(operation).sort()).toEqual(operations);
		expect(operation?.default).toBe(standard);
	});
});

const PRICE = ['duration', 'generateAudio', 'mode', 'shotMode'];
const REQUEST = [...PRICE, 'endImageSource', 'imageSource', 'imageUrl', 'prompt'];
const ALWAYS = ['operation', 'resource'];

describe('What the panel shows', () => {
	it.each([
		['generate', on('video', 'generate'), [...REQUEST, 'downloadVideo', 'options']],
		['start', on('video', 'start'), [...REQUEST, 'options']],
		['estimateCost', on('video', 'estimateCost'), PRICE],
		['get', on('video', 'get'), ['downloadVideo', 'options', 'requestId', 'waitForCompletion']],
		['getMany', on('video', 'getMany'), ['filters', 'limit', 'returnAll', 'simplify']],
		[
			'getMany, all',
			on('video', 'getMany', { returnAll: true }),
			['filters', 'returnAll', 'simplify'],
		],
		['upload', on('asset', 'upload'), ['imageBinaryField']],
		['getCredits', on('account', 'getCredits'), []],
		['getUsage', on('account', 'getUsage'), ['from', 'to']],
	])('for %s', (_operation, parameters, names) => {
		expect(namesOf(parameters)).toEqual([...ALWAYS, ...names].sort());
	});

	it.each(['generate', 'start'])('for %s, the fields that belong to a choice', (operation) => {
		const shown = (changes: INodeParameters) => namesOf(on('video', operation, changes));
		const before = shown({});
		const changed = (changes: INodeParameters) => {
			const after = shown(changes);
			return {
				come: after.filter((name) => !before.includes(name)),
				go: before.filter((name) => !after.includes(name)),
			};
		};
		expect(changed({ imageSource: 'binary' })).toEqual({
			come: ['imageBinaryField'],
			go: ['imageUrl'],
		});
		expect(changed({ endImageSource: 'url' })).toEqual({ come: ['endImageUrl'], go: [] });
		expect(changed({ endImageSource: 'binary' })).toEqual({
			come: ['endImageBinaryField'],
			go: [],
		});
		expect(changed({ shotMode: 'multi' })).toEqual({
			come: ['multiPrompt', 'multiPromptSource'],
			go: ['duration'],
		});
		expect(changed({ shotMode: 'multi', multiPromptSource: 'json' })).toEqual({
			come: ['multiPromptJson', 'multiPromptSource'],
			go: ['duration'],
		});
	});

	it('for an estimate, the segments as well, for they decide the price', () => {
		expect(namesOf(on('video', 'estimateCost', { shotMode: 'multi' }))).toContain('multiPrompt');
	});
});

describe('The order of the panel', () => {
	it('is: what every video needs, the price right after what decides it, then what is rare', () => {
		const shown = visible(on('video', 'generate', { mode: 'pro', generateAudio: true }));
		expect(shown.map(({ name }) => name)).toEqual([
			...['resource', 'operation'],
			...['imageSource', 'imageUrl', 'prompt', 'duration', 'mode', 'generateAudio'],
			'priceNoticeproAudio',
			...['shotMode', 'endImageSource', 'downloadVideo', 'options'],
		]);
	});
});

/** Every parameter of the specification, as it is shown somewhere. */
const PARAMETERS: Array<[string, INodeParameters, Partial<INodeProperties>]> = [
	['imageSource', {}, { type: 'options', default: 'url' }],
	['imageUrl', {}, { type: 'string', default: '', required: true }],
	['imageBinaryField', { imageSource: 'binary' }, { type: 'string', default: 'data' }],
	['prompt', {}, { type: 'string', default: '', required: true }],
	['shotMode', {}, { type: 'options', default: 'single' }],
	['multiPromptSource', { shotMode: 'multi' }, { type: 'options', default: 'fields' }],
	['multiPrompt', { shotMode: 'multi' }, { type: 'fixedCollection' }],
	['multiPromptJson', { shotMode: 'multi', multiPromptSource: 'json' }, { type: 'json' }],
	['duration', {}, { type: 'options', default: '5' }],
	['mode', {}, { type: 'options', default: 'pro' }],
	['generateAudio', {}, { type: 'boolean', default: false }],
	['endImageSource', {}, { type: 'options', default: 'none' }],
	['endImageUrl', { endImageSource: 'url' }, { type: 'string', default: '' }],
	['endImageBinaryField', { endImageSource: 'binary' }, { type: 'string' }],
	['downloadVideo', {}, { type: 'boolean', default: true }],
	['options', {}, { type: 'collection', default: {} }],
];

describe('The parameters of generate', () => {
	it.each(PARAMETERS)('%s', (name, changes, expected) => {
		expect(field(on('video', 'generate', changes), name)).toMatchObject(expected);
	});

	it.each([
		['imageSource', {}, ['binary', 'url']],
		['shotMode', {}, ['multi', 'single']],
		['multiPromptSource', { shotMode: 'multi' }, ['fields', 'json']],
		['mode', {}, ['pro', 'std']],
		['endImageSource', {}, ['binary', 'none', 'url']],
	])('%s offers its values', (name, changes, values) => {
		expect(
			valuesOf(field(on('video', 'generate', changes as INodeParameters), name)).sort(),
		).toEqual(values);
	});

	it('duration offers "3" to "15" as text, as the API takes them', () => {
		const values = valuesOf(field(on('video', 'generate'), 'duration'));
		expect(values).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15']);
	});

	it('multiPrompt is a list of up to six segments that can be sorted, each with prompt and whole seconds', () => {
		const property = field(on('video', 'generate', { shotMode: 'multi' }), 'multiPrompt');
		expect(property?.typeOptions).toMatchObject({
			multipleValues: true,
			sortable: true,
			maxAllowedFields: 6,
		});
		const [group, ...others] = property?.options as Array<{
			name: string;
			values: INodeProperties[];
		}>;
		expect(others).toEqual([]);
		expect(group.name).toBe('segments');
		expect(group.values.map(({ name, type }) => [name, type])).toEqual([
			['prompt', 'string'],
			['duration', 'number'],
		]);
		expect(group.values[1].typeOptions).toMatchObject({ numberPrecision: 0 });
	});
});

describe('The parameters of get', () => {
	it.each([
		[
			'requestId',
			{ type: 'resourceLocator', default: { mode: 'list', value: '' }, required: true },
		],
		['waitForCompletion', { type: 'boolean', default: true }],
		['downloadVideo', { type: 'boolean', default: true }],
	])('%s', (name, expected) => {
		expect(field(on('video', 'get'), name)).toMatchObject(expected);
	});
});

describe('The request ID of get', () => {
	const { modes = [] } = field(on('video', 'get'), 'requestId')!;

	it('is chosen from a list that the node has a method for, or entered', () => {
		expect(modes.map(({ displayName, name, type }) => [displayName, name, type])).toEqual([
			['From List', 'list', 'list'],
			['By ID', 'id', 'string'],
		]);
		const { searchListMethod, searchable } = modes[0].typeOptions!;
		expect(searchable).toBe(true);
		expect(Object.keys(new KlingO3().methods.listSearch)).toEqual([searchListMethod]);
	});
});

describe('The parameters of getMany and getUsage', () => {
	it.each([
		['getMany', 'returnAll', { type: 'boolean', default: false }],
		['getMany', 'limit', { type: 'number', default: 50, typeOptions: { minValue: 1 } }],
		['getMany', 'filters', { type: 'collection', default: {} }],
		['getMany', 'simplify', { type: 'boolean', default: true }],
		['getUsage', 'from', { type: 'dateTime', default: '' }],
		['getUsage', 'to', { type: 'dateTime', default: '' }],
	])('%s has %s', (operation, name, expected) => {
		const resource = operation === 'getMany' ? 'video' : 'account';
		expect(field(on(resource, operation), name)).toMatchObject(expected);
	});

	it('the filters are status, model and a period', () => {
		const filters = field(on('video', 'getMany'), 'filters')?.options as INodeProperties[];
		expect(filters.map(({ name, type }) => [name, type])).toEqual([
			['createdAfter', 'dateTime'],
			['createdBefore', 'dateTime'],
			['model', 'string'],
			['status', 'options'],
		]);
		expect(valuesOf(filters.find(({ name }) => name === 'status')).sort()).toEqual([
			'COMPLETED',
			'FAILED',
			'PENDING',
		]);
	});
});

describe('The options', () => {
	it.each([
		['shotType', 'options', 'customize'],
		['apiVersion', 'options', 'v2'],
		['maxWait', 'number', 20],
		['outputBinaryField', 'string', 'data'],
		['fileName', 'string', ''],
		['simplify', 'boolean', true],
		['extraBody', 'json', '{}'],
		['retrySubmitOnServerError', 'boolean', false],
		['resubmitUnknown', 'boolean', false],
		['reuseUndelivered', 'boolean', true],
		['maxCostPerVideo', 'number', 0],
		['maxCostPerRun', 'number', 0],
		['checkBalance', 'boolean', false],
	])('of generate have %s, a %s with the default %p', (name, type, standard) => {
		expect(optionsOf('generate').find((option) => option.name === name)).toMatchObject({
			type,
			default: standard,
		});
	});

	it.each([
		['shotType', ['customize', 'intelligence']],
		['apiVersion', ['v1', 'v2']],
	])('%s offers its values', (name, values) => {
		expect(valuesOf(optionsOf('generate').find((option) => option.name === name)).sort()).toEqual(
			values,
		);
	});

	/** Beside those of the specification, `concurrency` says how many videos are under way at once. */
	it.each([
		[
			'generate',
			[
				'apiVersion',
				'checkBalance',
				'concurrency',
				'extraBody',
				'fileName',
				'maxCostPerRun',
				'maxCostPerVideo',
				'maxWait',
				'outputBinaryField',
				'resubmitUnknown',
				'retrySubmitOnServerError',
				'reuseUndelivered',
				'shotType',
				'simplify',
			],
		],
		[
			'start',
			[
				'checkBalance',
				'concurrency',
				'extraBody',
				'maxCostPerRun',
				'maxCostPerVideo',
				'resubmitUnknown',
				'retrySubmitOnServerError',
				'reuseUndelivered',
				'shotType',
			],
		],
		['get', ['concurrency', 'fileName', 'maxWait', 'outputBinaryField', 'simplify']],
	])('of %s are those that apply to it', (operation, names) => {
		expect(
			optionsOf(operation)
				.map(({ name }) => name)
				.sort(),
		).toEqual(names);
	});

	it('warn of what the synchronous call may cost when it breaks', () => {
		const versions = optionsOf('generate').find(({ name }) => name === 'apiVersion')
			?.options as INodeProperties[];
		const v1 = versions.find((version) => (version as unknown as Choice).value === 'v1');
		expect(v1?.description).toMatch(/Max Wait.*billed/);
	});

	it.each(['resubmitUnknown', 'retrySubmitOnServerError'])(
		'%s says that it may be paid once more',
		(name) => {
			expect(optionsOf('generate').find((option) => option.name === name)?.description).toMatch(
				/pay once more/,
			);
		},
	);
});
