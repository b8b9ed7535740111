import type { IDataObject } from 'n8n-workflow';

import { DEFAULT_MODEL } from '../../../../nodes/KlingO3/models';
import { filesOf, identityOf } from '../../../../nodes/KlingO3/models/request';
import { bodyHash } from '../../../../nodes/segmind/job/hash';
import { bodyOf, dataUrl, PNG, requestOf, type Files } from '../support/item';

const IMAGE = 'https://example.com/mountain.jpg';
const NIGHT = 'https://example.com/night.jpg';

/** What the model page's example asks for. */
const EXAMPLE = { imageUrl: IMAGE, prompt: 'clouds drift past the summit' };
const PAGE = {
	image_url: IMAGE,
	prompt: 'clouds drift past the summit',
	duration: '5',
	generate_audio: false,
	mode: 'pro',
	shot_type: 'customize',
};

const SEGMENTS = [
	{ prompt: 'a', duration: 4 },
	{ prompt: 'b', duration: 8 },
];

describe('The body of a submit of Image to Video', () => {
	it('is exactly the model page’s example', async () => {
		expect(await bodyOf(EXAMPLE)).toStrictEqual(PAGE);
	});

	it('is the same for a workflow that was saved before there was a choice of models', async () => {
		expect(await bodyOf({ ...EXAMPLE, model: DEFAULT_MODEL })).toStrictEqual(PAGE);
	});

	it('has every field of the model page, durations as text', async () => {
		const everything = {
			...EXAMPLE,
			shotMode: 'multi',
			multiPrompt: { segments: SEGMENTS },
			mode: 'std',
			generateAudio: true,
			endImageSource: 'url',
			endImageUrl: NIGHT,
			options: { shotType: 'intelligence' },
		};
		expect(await bodyOf(everything)).toStrictEqual({
			image_url: IMAGE,
			prompt: 'clouds drift past the summit',
			duration: '12',
			end_image_url: NIGHT,
			generate_audio: true,
			mode: 'std',
			multi_prompt: [
				{ prompt: 'a', duration: '4' },
				{ prompt: 'b', duration: '8' },
			],
			shot_type: 'intelligence',
		});
	});

	it('has the user’s extra fields merged in', async () => {
		const body = await bodyOf(EXAMPLE, {}, { seed: 7 });
		expect(body).toStrictEqual({ ...PAGE, seed: 7 });
	});

	it('has files at the addresses that they were uploaded to, and names each file once', async () => {
		const both = {
			imageSource: 'binary',
			endImageSource: 'url',
			endImageUrl: dataUrl('image/png', PNG),
			prompt: 'Rain',
		};
		const request = await requestOf(both, { data: PNG });
		const [{ hash }, ...others] = filesOf(request);
		expect(others).toEqual([]);
		expect(await bodyOf(both, { data: PNG })).toMatchObject({
			image_url: `https://files.example/${hash}`,
			end_image_url: `https://files.example/${hash}`,
		});
	});
});

describe('The identity of a job', () => {
	const hashOf = async (change: IDataObject, files?: Files, extraBody?: IDataObject) =>
		bodyHash(identityOf(await requestOf({ ...EXAMPLE, ...change }, files, extraBody)));
	const other = Buffer.concat([PNG, Buffer.from('another')]);
	const binary = { imageSource: 'binary' };

	it('knows an uploaded image by its content, so that a retry finds its job before anything is uploaded', async () => {
		const [one, same, two] = [
			await hashOf(binary, { data: PNG }),
			await hashOf({ imageUrl: dataUrl('image/png', PNG) }),
			await hashOf(binary, { data: other }),
		];
		expect(one).toBe(same);
		expect(one).not.toBe(two);
		expect(one).not.toBe(await hashOf({}));
	});

	it.each([
		['the image', { imageUrl: NIGHT }],
		['the end image', { endImageSource: 'url', endImageUrl: NIGHT }],
		['the prompt', { prompt: 'another' }],
		['the duration', { duration: '6' }],
		['the mode', { mode: 'std' }],
		['the audio', { generateAudio: true }],
		['the shot type', { options: { shotType: 'intelligence' } }],
		['the segments', { shotMode: 'multi', multiPrompt: { segments: SEGMENTS } }],
	] as Array<[string, IDataObject]>)(
		'changes with %s: a changed body is a new job',
		async (_what, change) => {
			expect(await hashOf(change)).not.toBe(await hashOf({}));
		},
	);

	it('changes with the extra fields', async () => {
		expect(await hashOf({}, {}, { seed: 1 })).not.toBe(await hashOf({}));
	});
});
