/**
 * What n8n makes of the node's description: the subtitle, the notices, which fields are shown.
 */
import {
	type IDataObject,
	type INode,
	type INodeProperties,
	NodeHelpers,
	Workflow,
} from 'n8n-workflow';

import { KlingO3 } from '../../nodes/KlingO3/KlingO3.node';
import type { Sandbox } from '../../sandbox';
import { KLING, removeStore, runWorkflow, useBinaryMode } from './support/engine';
import { newAccount, startTestSandbox } from './support/sandbox';

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

/** As the editor's canvas shows it. */
function subtitleOf(parameters: IDataObject): string {
	const node = nodeWith(parameters);
	const nodeTypes = {
		getByName: () => new KlingO3(),
		getByNameAndVersion: () => new KlingO3(),
		getKnownTypes: () => ({}),
	};
	const workflow = new Workflow({
		id: '1',
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes,
	});
	return String(
		workflow.expression.getSimpleParameterValue(
			workflow.getNode('Kling')!,
			description.subtitle!,
			'internal',
			{},
		),
	);
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
	let sandbox: Sandbox;
	beforeAll(async () => {
		await useBinaryMode('filesystem');
		sandbox = await startTestSandbox();
	});
	afterAll(async () => {
		await sandbox.close();
		removeStore();
	});

	it('a hint says what it really cost', async () => {
		const { credential } = newAccount(sandbox, { credits: 10 });
		const { run } = await runWorkflow({
			credential,
			parameters: {
				imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
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
