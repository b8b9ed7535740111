/**
 * What n8n makes of the node's description: the subtitle, the notices, which fields are shown.
 */
import {
	type IDataObject,
	type INode,
	type INodeProperties,
	type NodeHint,
	NodeHelpers,
	Workflow,
} from 'n8n-workflow';

import { KlingO3 } from '../../nodes/KlingO3/KlingO3.node';
import { KLING, runWorkflow } from './support/engine';
import { useSandbox } from './support/useSandbox';

const { description } = new KlingO3();
const tool = { ...description, name: 'klingO3Tool' };

function nodeWith(parameters: IDataObject): INode {
	return {
		id: '1',
		name: 'Kling',
		type: KLING,
		typeVersion: 1,
		position: [0, 0],
		parameters: parameters as INode['parameters'],
	};
}

function workflowOf(parameters: IDataObject): Workflow {
	const node = nodeWith(parameters);
	const nodeTypes = {
		getByName: () => new KlingO3(),
		getByNameAndVersion: () => new KlingO3(),
		getKnownTypes: () => ({}),
	};
	return new Workflow({ id: '1', nodes: [node], connections: {}, active: false, nodeTypes });
}

/** As the editor's canvas shows it. */
function subtitleOf(parameters: IDataObject): string {
	const workflow = workflowOf(parameters);
	return String(
		workflow.expression.getSimpleParameterValue(
			workflow.getNode('Kling')!,
			description.subtitle!,
			'internal',
			{},
		),
	);
}

/** Of the hints, those that n8n's editor shows above the output. @param items of the node before; none: it did not run */
function hintsOf(options: IDataObject, items = 0, parameters: IDataObject = {}): string[] {
	const values = { resource: 'video', operation: 'generate', ...parameters, options };
	const input = Array.from({ length: items }, (_, index) => ({ json: { index } }));
	const conditionOf = (hint: NodeHint) =>
		workflowOf(values).expression.getParameterValue(
			hint.displayCondition!,
			...[null, 0, 0, 'Kling', input, 'manual' as const, {}],
		);
	return description.hints!.filter(conditionOf).map(({ message }) => message);
}

const shown = (parameters: IDataObject, type = description) => {
	const node = nodeWith(parameters);
	const values = NodeHelpers.getNodeParameters(
		type.properties,
		node.parameters,
		true,
		true,
		node,
		type,
	)!;
	return type.properties.filter((property) =>
		NodeHelpers.displayParameter(values, property, node, type),
	);
};
/** Names of what can be added under Options. */
const optionsShown = (type: typeof description) =>
	shown({}, type)
		.flatMap(({ name, options = [] }) => (name === 'options' ? (options as INodeProperties[]) : []))
		.filter((option) => NodeHelpers.displayParameter({}, option, nodeWith({}), type))
		.map(({ name }) => name);
const namesOf = (parameters: IDataObject, type = description) =>
	shown(parameters, type).map(({ name }) => name);

describe('the hint that names Park While Waiting', () => {
	it.each<[string, IDataObject, number, boolean]>([
		['a few items', {}, 3, false],
		['ten', {}, 10, false],
		['more', {}, 11, true],
		['more than can be made at once', {}, 60, true],
		['as many at once as there are', { concurrency: 3 }, 3, false],
		['fewer at once than there are', { concurrency: 2 }, 3, true],
		['nothing known', {}, 0, false],
		['how many at once, and nothing else', { concurrency: 3 }, 0, true],
		['it is on already', { survivesRestarts: true, concurrency: 2 }, 60, false],
		['the old API, with which it does not go together', { apiVersion: 'v1' }, 60, false],
	])('%s', (_, options, items, isShown) => {
		const shownHints = isShown ? [expect.stringContaining('<b>Park While Waiting</b>')] : [];
		expect(hintsOf(options, items)).toEqual(shownHints);
	});

	it.each(['start', 'get', 'estimateCost'])('not with %s', (operation) => {
		expect(hintsOf({ concurrency: 2 }, 60, { operation })).toEqual([]);
	});
});

describe('the subtitle', () => {
	it.each([
		['a new node', {}, 'generate: video, about $1.40'],
		['Standard without audio', { mode: 'std', duration: '3' }, 'generate: video, about $0.63'],
		[
			'Pro with audio, as long as possible',
			{ generateAudio: true, duration: '15' },
			'generate: video, about $5.25',
		],
		[
			'segments',
			{
				shotMode: 'multi',
				multiPrompt: {
					segments: [
						{ prompt: 'a', duration: 2 },
						{ prompt: 'b', duration: 2 },
					],
				},
			},
			'generate: video, about $1.12',
		],
		['segments from JSON', { shotMode: 'multi', multiPromptSource: 'json' }, 'generate: video'],
		['Start', { operation: 'start' }, 'start: video, about $1.40'],
		['a length from the item', { duration: '={{ $json.seconds }}' }, 'generate: video'],
		['a mode of another node', { mode: "={{ $('Other').item.json.mode }}" }, 'generate: video'],
		[
			'a length that a language model decides',
			{ duration: "={{ $fromAI('duration', 'Seconds', 'string') }}" },
			'generate: video',
		],
		[
			'an estimate of what the item says',
			{ operation: 'estimateCost', duration: '={{ $json.body.seconds }}' },
			'estimateCost: video',
		],
		['Get', { operation: 'get' }, 'get: video'],
		['Get Many', { operation: 'getMany' }, 'getMany: video'],
		['the usage', { resource: 'account', operation: 'getUsage' }, 'getUsage: account'],
		['the account', { resource: 'account', operation: 'getCredits' }, 'getCredits: account'],
	])('of %s', (_name, parameters, expected) => expect(subtitleOf(parameters)).toBe(expected));
});

describe('the price notice', () => {
	it.each([
		[
			{ mode: 'std', generateAudio: false },
			'$0.21',
			'$0.63 for 3 s, $1.05 for 5 s, $3.15 for 15 s',
		],
		[{ mode: 'std', generateAudio: true }, '$0.28', '$0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s'],
		[
			{ mode: 'pro', generateAudio: false },
			'$0.28',
			'$0.84 for 3 s, $1.40 for 5 s, $4.20 for 15 s',
		],
		[{ mode: 'pro', generateAudio: true }, '$0.35', '$1.05 for 3 s, $1.75 for 5 s, $5.25 for 15 s'],
	])('for %j is one, with its rate and what that comes to', (parameters, rate, prices) => {
		const notices = shown(parameters).filter(({ type }) => type === 'notice');
		expect(notices).toHaveLength(1);
		expect(notices[0].displayName).toContain(`${rate} per second`);
		expect(notices[0].displayName).toContain(prices);
	});
});

describe('as a tool of an AI agent', () => {
	it('has no fields for files', () => {
		const names = namesOf({ imageSource: 'url' }, tool);
		expect(names).toEqual(expect.arrayContaining(['imageUrl', 'prompt', 'duration', 'mode']));
		expect(names).not.toContain('imageSource');
		expect(names).not.toContain('imageBinaryField');
		expect(names).not.toContain('downloadVideo');
		const options = optionsShown(tool);
		expect(options).toContain('maxCostPerVideo');
		expect(options).not.toContain('fileName');
		expect(options).not.toContain('outputBinaryField');
		const [endImage] = shown({}, tool).filter(({ name }) => name === 'endImageSource');
		expect(endImage.options?.map((option) => 'value' in option && option.value)).toEqual([
			'none',
			'url',
		]);
	});

	it('can list videos and sum up what they cost', () => {
		expect(namesOf({ operation: 'getMany' }, tool)).toEqual(
			expect.arrayContaining(['returnAll', 'limit', 'filters', 'output']),
		);
		expect(namesOf({ resource: 'account', operation: 'getUsage' }, tool)).toEqual(
			expect.arrayContaining(['from', 'to']),
		);
	});

	it('has them otherwise', () => {
		expect(namesOf({})).toEqual(expect.arrayContaining(['imageSource', 'downloadVideo']));
		expect(namesOf({}).filter((name) => name === 'endImageSource')).toHaveLength(1);
		expect(optionsShown(description)).toEqual(
			expect.arrayContaining(['fileName', 'outputBinaryField']),
		);
	});
});

describe('after a run', () => {
	const here = useSandbox();

	it('a hint says what it really cost', async () => {
		const { credential } = here.account({ credits: 10 });
		const { run } = await runWorkflow({
			credential,
			parameters: {
				imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
				prompt: 'Rain',
				duration: '3',
			},
			items: [{ json: {} }, { json: {} }],
		});
		const { hints } = run.data.resultData.runData.Kling[0];
		expect(hints).toEqual([
			expect.objectContaining({
				message: 'Segmind charged $1.68 for 2 videos, $8.32 of credits left',
			}),
		]);
	});
});
