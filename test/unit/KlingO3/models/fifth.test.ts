/**
 * The test of the design: a model is one table and one line in the list. A made-up one is put into the list here, with
 * a field that no other model has, and nothing else is told of it.
 */
import { type INode, type INodeParameters, NodeHelpers, Workflow } from 'n8n-workflow';

import { SegmindApi } from '../../../../credentials/SegmindApi.credentials';
import { parameterSections } from '../../../../docs/reference/parameters';
import { KlingO3 } from '../../../../nodes/KlingO3/KlingO3.node';
import { aspectRatio } from '../../../../nodes/KlingO3/fields/aspectRatio';
import { duration } from '../../../../nodes/KlingO3/fields/duration';
import { parameter, type Field } from '../../../../nodes/KlingO3/fields/field';
import { image } from '../../../../nodes/KlingO3/fields/image';
import { motionPrompt } from '../../../../nodes/KlingO3/fields/prompt';
import { MODELS } from '../../../../nodes/KlingO3/models';
import type { Model } from '../../../../nodes/KlingO3/models/model';
import { filesOf, identityOf } from '../../../../nodes/KlingO3/models/request';
import { askedOf } from '../../../../nodes/KlingO3/operations/video/output';
import { success } from '../../../../nodes/segmind/outcome';
import { bodyOf, PNG, problemOf, requestOf } from '../support/item';

const resolution: Field<string> = {
	name: 'resolution',
	api: { name: 'resolution', form: { type: 'string', enum: ['1080p', '4k'] } },
	properties: [
		{
			displayName: 'Resolution',
			name: 'resolution',
			type: 'options',
			options: [
				{ name: '1080p', value: '1080p' },
				{ name: '4K', value: '4k' },
			],
			default: '1080p',
			description: 'How fine the picture is',
		},
	],
	isPriced: true,
	read: (source) => success(String(parameter(source, 'resolution'))),
	toApi: (value) => value,
	toOutput: (value) => ({ resolution: value }),
};

const NAME = 'kling-o5-image2video';

const fifth: Model = {
	name: NAME,
	label: 'Image to Film',
	description: 'Animates an image in 4K',
	// In another order than the others have: each model has its own.
	fields: [resolution, motionPrompt, image, aspectRatio, duration],
	options: [],
	rates: [
		{ label: 'Full HD', when: { resolution: '1080p' }, usdPerSecond: 0.5, source: 'inferred' },
		{ label: '4K', when: { resolution: '4k' }, usdPerSecond: 0.9, source: 'inferred' },
	],
	cautions: [
		{
			text: 'Square films are not made in 4K',
			show: { aspectRatio: ['1:1'], resolution: ['4k'] },
			holds: (valueOf) => valueOf(aspectRatio) === '1:1' && valueOf(resolution) === '4k',
		},
	],
	longest: 15,
	takes: [300, 400],
};

beforeAll(() => void MODELS.push(fifth));
afterAll(() => void MODELS.pop());

const ASKED = {
	model: NAME,
	prompt: 'Rain',
	imageUrl: 'https://example.com/a.jpg',
	resolution: '4k',
	aspectRatio: '9:16',
	duration: '10',
};

function panelOf(changes: INodeParameters) {
	const { description } = new KlingO3();
	const raw = { resource: 'video', operation: 'generate', model: NAME, ...changes };
	const node = { parameters: raw, typeVersion: 1, type: 'klingO3' } as unknown as INode;
	const { properties } = description;
	const values = NodeHelpers.getNodeParameters(properties, raw, true, false, node, description)!;
	return properties.filter((property) =>
		NodeHelpers.displayParameter(values, property, node, description),
	);
}

describe('A fifth model, put into the list', () => {
	it('is in the panel, with its own fields in its own order, its price and its warning', () => {
		const model = panelOf({}).find(({ name }) => name === 'model');
		expect(model?.options).toContainEqual(
			expect.objectContaining({ name: 'Image to Film', value: NAME }),
		);
		const shown = (changes: INodeParameters) =>
			panelOf(changes).map(({ type, name, displayName }) =>
				type === 'notice' ? displayName : name,
			);
		expect(shown({ resolution: '4k', aspectRatio: '1:1' })).toEqual([
			...['resource', 'operation', 'model', 'resolution'],
			'4K costs about $0.90 per second of video: $2.70 for 3 s, $4.50 for 5 s, $13.50 for 15 s',
			...['prompt', 'imageSource', 'imageUrl', 'aspectRatio'],
			'Square films are not made in 4K',
			...['duration', 'downloadVideo', 'options'],
		]);
		expect(shown({ operation: 'estimateCost' })).toEqual([
			...['resource', 'operation', 'model', 'resolution', expect.any(String), 'duration'],
		]);
	});

	it('leaves the panels of the others as they were', () => {
		const names = (model: string) =>
			panelOf({ model })
				.filter(({ type }) => type !== 'notice')
				.map(({ name }) => name);
		const before = MODELS.map(({ name }) => names(name));
		MODELS.pop();
		const without = MODELS.map(({ name }) => names(name));
		MODELS.push(fifth);
		expect(before.slice(0, -1)).toEqual(without);
		expect(without.flat()).not.toContain('resolution');
	});

	it('has its body, its identity and its files', async () => {
		expect(await bodyOf(ASKED)).toStrictEqual({
			prompt: 'Rain',
			image_url: 'https://example.com/a.jpg',
			resolution: '4k',
			aspect_ratio: '9:16',
			duration: '10',
		});
		expect(identityOf(await requestOf(ASKED))).toMatchObject({ model: NAME });
		const files = filesOf(await requestOf({ ...ASKED, imageSource: 'binary' }, { data: PNG }));
		expect(files.map(({ type }) => type)).toEqual(['image/png']);
	});

	it('refuses what its fields refuse', async () => {
		expect((await problemOf({ ...ASKED, duration: '2' })).message).toMatch(/^Duration/);
	});

	it('has its price before and after the run', async () => {
		expect(askedOf(await requestOf(ASKED))).toEqual({
			model: NAME,
			duration: 10,
			resolution: '4k',
			estimatedCost: 9,
		});
		const node = {
			...{ id: '1', name: 'Kling', type: 'klingO3', typeVersion: 1, position: [0, 0] },
			parameters: { ...ASKED, resource: 'video', operation: 'generate' },
		} as INode;
		const nodeTypes = {
			getByName: () => new KlingO3(),
			getByNameAndVersion: () => new KlingO3(),
			getKnownTypes: () => ({}),
		};
		const workflow = new Workflow({
			...{ id: '1', nodes: [node], connections: {}, active: false, nodeTypes },
		});
		const { subtitle } = new KlingO3().description;
		expect(
			workflow.expression.getSimpleParameterValue(
				workflow.getNode('Kling')!,
				subtitle!,
				'internal',
				{},
			),
		).toBe('generate: video, about $9.00');
	});

	it('is in the documents', () => {
		const { models, video, prices } = parameterSections(
			new KlingO3().description,
			new SegmindApi(),
		);
		expect(models).toContain(
			`| **Image to Film** | \`${NAME}\` | Animates an image in 4K | $1.50 to $13.50 | 300 to 400 s |`,
		);
		expect(video).toMatch(
			/\*\*Resolution\*\* \| `resolution` \| `resolution` .*Model: Image to Film/,
		);
		expect(prices).toMatch(/Image to Film \| 4K \| \$0\.90 \| \$2\.70/);
	});
});
