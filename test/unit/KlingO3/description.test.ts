/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { NodeHelpers, type INode, type INodeParameters, type INodeProperties } from 'n8n-workflow';

import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import { DEFAULT_MODEL, MODELS } from '../../../nodes/KlingO3/models';

const { description } = new KlingO3();

/** What the panel shows for these parameters, decided by n8n's own code. */
function visible(parameters: INodeParameters): INodeProperties[] {
	const node = { parameters, typeVersion: 1 } as INode;
	return description.properties.filter((property) =>
		NodeHelpers.displayParameter(parameters, property, node, description),
	);
}

const DEFAULTS = {
	model: DEFAULT_MODEL,
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
/** What can be added under Options, decided by n8n's own code. */
const optionsOf = (operation: string, model = DEFAULT_MODEL) => {
	const parameters = on('video', operation, { model });
	const node = { parameters, typeVersion: 1 } as INode;
	const all = (field(parameters, 'options')?.options ?? []) as INodeProperties[];
	return all.filter((option) =>
		NodeHelpers.displayParameter({}, option, node, description, parameters),
	);
};

/** n8n's own list. Source: docs.n8n.io, Node codex files, Node categories. */
const CATEGORIES = [
	'Data & Storage',
	'Finance & Accounting',
	'Marketing & Content',
	'Productivity',
	'Miscellaneous',
	'Sales',
	'Development',
	'Analytics',
	'Communication',
	'Utility',
];

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

	it.each(['kling', 'segmind', 'image to video', 'text to video', 'video to video', 'animate'])(
		'is found by the word "%s"',
		(word) => {
			const codex = JSON.parse(
				readFileSync(join(__dirname, '../../../nodes/KlingO3/KlingO3.node.json'), 'utf8'),
			) as { alias: string[]; categories: string[]; node: string };
			expect(codex.alias.map((alias) => alias.toLowerCase())).toContain(word);
			expect(codex.categories.length).toBeGreaterThan(0);
			expect(CATEGORIES).toEqual(expect.arrayContaining(codex.categories));
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

const PRICE = ['duration', 'generateAudio', 'mode', 'model', 'shotMode'];
const REQUEST = [...PRICE, 'endImageSource', 'imageSource', 'imageUrl', 'prompt'];
const ALWAYS = ['operation', 'resource'];

describe('What the panel shows', () => {
	it.each([
		['generate', on('video', 'generate'), [...REQUEST, 'downloadVideo', 'options']],
		['start', on('video', 'start'), [...REQUEST, 'options']],
		['estimateCost', on('video', 'estimateCost'), PRICE],
		[
			'get',
			on('video', 'get'),
			['downloadVideo', 'options', 'parked', 'requestId', 'waitForCompletion'],
		],
		['getMany', on('video', 'getMany'), ['filters', 'limit', 'returnAll', 'simplify']],
		[
			'getMany, all',
			on('video', 'getMany', { returnAll: true }),
			['filters', 'returnAll', 'simplify'],
		],
		['upload', on('asset', 'upload'), ['binaryField']],
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

describe('The conditions of the panel', () => {
	/** n8n 1.100 never ends to look for another name, and saves no workflow then. */
	it('name fields of the same level, or one from the root', () => {
		const names = new Set(description.properties.map(({ name }) => name));
		const conditions = description.properties.flatMap(({ displayOptions = {} }) =>
			Object.values(displayOptions).flatMap((rule) => Object.keys(rule)),
		);
		expect(conditions.length).toBeGreaterThan(50);
		expect(conditions.filter((key) => !/^[@/]/.test(key) && !names.has(key))).toEqual([]);
	});
});

describe('The order of the panel', () => {
	it('is: what every video needs, the price right after what decides it, then what is rare', () => {
		const shown = visible(on('video', 'generate', { mode: 'pro', generateAudio: true }));
		expect(shown.map(({ name }) => name)).toEqual([
			...['resource', 'operation', 'model'],
			...['imageSource', 'imageUrl', 'prompt', 'duration', 'mode', 'generateAudio'],
			'notice4',
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
		['survivesRestarts', 'boolean', false],
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
				'survivesRestarts',
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

	it('has nothing to set for the steps of a parked run', () => {
		expect(field(on('video', 'get'), 'parked')).toMatchObject({ type: 'hidden', default: '' });
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

/** Every property, those within collections and their choices too. */
function everyText(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => {
		const inner = (property.options ?? []) as Array<
			INodeProperties & { values?: INodeProperties[] }
		>;
		return [
			property,
			...everyText(inner),
			...inner.flatMap(({ values = [] }) => everyText(values)),
		];
	});
}

/** Source: docs.n8n.io, UX guidelines, and what reviewers of n8n ask for. */
describe('What n8n asks of texts', () => {
	const all = everyText(description.properties);

	it('hints and notices have at most 120 characters', () => {
		const texts = all.flatMap(({ type, hint, displayName }) =>
			type === 'notice' ? [displayName] : (hint ?? []),
		);
		expect(texts.length).toBeGreaterThan(10);
		expect(texts.filter((text) => text.length > 120)).toEqual([]);
	});

	it('actions are sentences without articles', () => {
		const actions = all.flatMap(
			({ action }: INodeProperties & { action?: string }) => action ?? [],
		);
		expect(actions).toHaveLength(8);
		for (const action of actions) {
			expect(action).toMatch(/^[A-Z][a-z ID]+$/);
			expect(action).not.toMatch(/\b(a|an|the)\b/i);
		}
	});

	it('descriptions of switches begin with Whether, and examples with e.g.', () => {
		const switches = all.filter(({ type }) => type === 'boolean');
		expect(switches.length).toBeGreaterThan(8);
		for (const { description: text } of switches) expect(text).toMatch(/^Whether /);
		const placeholders = all.flatMap(({ type, placeholder }) =>
			placeholder && (type === 'string' || type === 'number') ? [placeholder] : [],
		);
		expect(placeholders.length).toBeGreaterThan(8);
		for (const placeholder of placeholders) expect(placeholder).toMatch(/^e\.g\. /);
	});
});

/** What the panel shows for a model that was just chosen, from top to bottom. */
const panelOf = (model: string, operation = 'generate', changes: INodeParameters = {}) => {
	const raw = { resource: 'video', operation, model, ...changes };
	const node = { parameters: raw, typeVersion: 1, type: 'klingO3' } as unknown as INode;
	const parameters = NodeHelpers.getNodeParameters(
		description.properties,
		raw,
		true,
		false,
		node,
		description,
	)!;
	return visible(parameters);
};
const shownNames = (...rest: Parameters<typeof panelOf>) =>
	panelOf(...rest)
		.filter(({ type }) => type !== 'notice')
		.map(({ name }) => name);
const noticesOf = (...rest: Parameters<typeof panelOf>) =>
	panelOf(...rest)
		.filter(({ type }) => type === 'notice')
		.map(({ displayName }) => displayName);

const [TEXT, REFERENCE, EDIT] = ['text2video', 'video2video-reference', 'video2video-edit'].map(
	(name) => `kling-o3-${name}`,
);
const FIRST = ['resource', 'operation', 'model'];
const LAST = ['downloadVideo', 'options'];

describe('The panel of each model', () => {
	it('lets choose the model first, and not by an expression', () => {
		const model = field(on('video', 'generate'), 'model');
		expect(model).toMatchObject({
			displayName: 'Model',
			noDataExpression: true,
			default: 'kling-o3-image2video',
		});
		expect((model?.options as Choice[]).map(({ name, value }) => [name, value])).toEqual([
			['Image to Video', 'kling-o3-image2video'],
			['Text to Video', TEXT],
			['Video to Video: Reference', REFERENCE],
			['Video to Video: Edit', EDIT],
		]);
	});

	it.each([
		[
			'kling-o3-image2video',
			[
				'imageSource',
				'imageUrl',
				'prompt',
				'duration',
				'mode',
				'generateAudio',
				'shotMode',
				'endImageSource',
			],
			'Pro costs about $0.28 per second of video: $0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s',
		],
		[
			TEXT,
			['prompt', 'duration', 'aspectRatio', 'mode', 'generateAudio', 'shotMode', 'negativePrompt'],
			'Pro costs about $0.28 per second of video: $0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s',
		],
		[
			REFERENCE,
			[
				'videoSource',
				'videoUrl',
				'prompt',
				'duration',
				'aspectRatio',
				'mode',
				'keepAudio',
				'elements',
				'referenceImageUrls',
			],
			'Pro costs about $0.42 per second of video: $1.26 for 3 s, $2.10 for 5 s, $6.30 for 15 s',
		],
		[
			EDIT,
			[
				'videoSource',
				'videoUrl',
				'prompt',
				'mode',
				'keepAudio',
				'elements',
				'referenceImageUrls',
				'aspectRatio',
				'duration',
			],
			'Pro costs about $0.42 per second of the input video: at most $6.30 for 15 s',
		],
	])('of %s has its fields, in order, and its price', (model, names, price) => {
		expect(shownNames(model)).toEqual([...FIRST, ...names, ...LAST]);
		expect(shownNames(model, 'start')).toEqual([...FIRST, ...names, 'options']);
		expect(noticesOf(model)).toEqual([price]);
	});

	it.each([
		[TEXT, ['duration', 'mode', 'generateAudio', 'shotMode']],
		[REFERENCE, ['duration', 'mode']],
		[EDIT, ['videoSource', 'videoUrl', 'mode']],
	])('of %s has for Estimate Cost only what decides the price', (model, names) => {
		expect(shownNames(model, 'estimateCost')).toEqual([...FIRST, ...names]);
		expect(noticesOf(model, 'estimateCost')).toHaveLength(1);
	});

	it.each([
		['kling-o3-image2video', ['shotType']],
		[TEXT, ['cfgScale', 'shotType']],
		[REFERENCE, ['shotType']],
		[EDIT, []],
	])('of %s offers under Options what is its own: %j', (model, own) => {
		const offered = optionsOf('generate', model).map(({ name }) => name);
		const ofModels = MODELS.flatMap(({ options }) => options.map(({ name }) => name));
		expect(offered.filter((name) => ofModels.includes(name))).toEqual(own);
		expect(offered).toEqual(expect.arrayContaining(['maxCostPerVideo', 'simplify']));
	});

	it('says the price right behind what decides it', () => {
		const names = (model: string) =>
			panelOf(model).map(({ name, type }) => (type === 'notice' ? 'price' : name));
		expect(names(TEXT).indexOf('price')).toBe(names(TEXT).indexOf('generateAudio') + 1);
		for (const model of [REFERENCE, EDIT]) {
			expect(names(model).indexOf('price')).toBe(names(model).indexOf('mode') + 1);
		}
	});

	it('warns of what does not go together', () => {
		const multi = { shotMode: 'multi' };
		const end = { endImageSource: 'url' };
		const image = 'kling-o3-image2video';
		const warnings = (model: string, changes: INodeParameters) =>
			noticesOf(model, 'generate', changes).filter((text) => !text.includes('costs about'));
		expect(warnings(image, multi)).toEqual([]);
		expect(warnings(image, end)).toEqual([]);
		expect(warnings(image, { ...multi, ...end })).toEqual([
			'Kling does not support an end image together with multiple shots',
		]);
		const options = { shotType: 'intelligence' };
		expect(warnings(image, { options })).toEqual([]);
		for (const model of [image, TEXT]) {
			expect(warnings(model, { ...multi, options })).toEqual([
				expect.stringMatching(/^Segments belong to Shot Type Customize/),
			]);
		}
		expect(warnings(REFERENCE, { ...multi, ...end, options })).toEqual([]);
	});
});
