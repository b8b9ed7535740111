/** The models beside Image to Video: what they send, what they refuse, what they cost, what they tell. */
import type { IDataObject } from 'n8n-workflow';

import { MODELS } from '../../../../nodes/KlingO3/models';
import { cautionsOf, filesOf, identityOf } from '../../../../nodes/KlingO3/models/request';
import { askedOf } from '../../../../nodes/KlingO3/operations/video/output';
import { bodyHash } from '../../../../nodes/segmind/job/hash';
import { bodyOf, dataUrl, PNG, problemOf, requestOf, type Files } from '../support/item';
import { makeVideo } from '../../../support/videos';

const TEXT = 'kling-o3-text2video';
const REFERENCE = 'kling-o3-video2video-reference';
const EDIT = 'kling-o3-video2video-edit';

const VIDEO = 'https://example.com/dance.mp4';
const [ANNA, SIDE, BACK, STYLE] = ['anna', 'side', 'back', 'style'].map(
	(name) => `https://example.com/${name}.png`,
);

/** The least that a user must enter. */
const LEAST: Record<string, IDataObject> = {
	[TEXT]: { model: TEXT, prompt: 'A paper boat in the rain' },
	[REFERENCE]: { model: REFERENCE, prompt: 'The same dance', videoUrl: VIDEO },
	[EDIT]: { model: EDIT, prompt: 'Make it winter', videoUrl: VIDEO },
};

const element = (...references: string[]) => ({
	frontalImageUrl: ANNA,
	referenceImageUrls: references.join(', '),
});
const elements = (count: number) => ({
	elements: { element: Array.from({ length: count }, () => element()) },
});

describe('The body of a submit, with the least that a user enters', () => {
	it.each([
		[
			TEXT,
			{
				prompt: 'A paper boat in the rain',
				duration: '5',
				aspect_ratio: '16:9',
				mode: 'pro',
				generate_audio: false,
				shot_type: 'customize',
			},
		],
		[
			REFERENCE,
			{
				prompt: 'The same dance',
				video_url: VIDEO,
				duration: '5',
				aspect_ratio: '16:9',
				mode: 'pro',
				keep_audio: true,
				shot_type: 'customize',
			},
		],
		[
			EDIT,
			{
				prompt: 'Make it winter',
				video_url: VIDEO,
				duration: '5',
				aspect_ratio: '16:9',
				mode: 'pro',
				keep_audio: true,
			},
		],
	])('of %s', async (model, body) => {
		expect(await bodyOf(LEAST[model])).toStrictEqual(body);
	});
});

describe('The body of a submit, with everything', () => {
	it('of Text to Video', async () => {
		const everything = {
			...LEAST[TEXT],
			aspectRatio: '9:16',
			mode: 'std',
			generateAudio: true,
			shotMode: 'multi',
			multiPrompt: { segments: [{ prompt: 'a', duration: 4 }] },
			negativePrompt: ' text, watermarks ',
			options: { cfgScale: 0.7, shotType: 'intelligence' },
		};
		expect(await bodyOf(everything)).toStrictEqual({
			prompt: 'A paper boat in the rain',
			duration: '4',
			aspect_ratio: '9:16',
			mode: 'std',
			generate_audio: true,
			multi_prompt: [{ prompt: 'a', duration: '4' }],
			negative_prompt: 'text, watermarks',
			cfg_scale: 0.7,
			shot_type: 'intelligence',
		});
	});

	it.each([
		[REFERENCE, { shot_type: 'intelligence' }],
		[EDIT, {}],
	])('of %s', async (model, more) => {
		const everything = {
			...LEAST[model],
			duration: '9',
			aspectRatio: '1:1',
			mode: 'std',
			keepAudio: false,
			elements: { element: [element(SIDE, BACK), element()] },
			referenceImageUrls: `${STYLE}\n${SIDE}`,
			options: { shotType: 'intelligence', cfgScale: 0.1 },
		};
		expect(await bodyOf(everything)).toStrictEqual({
			prompt: LEAST[model].prompt,
			video_url: VIDEO,
			duration: '9',
			aspect_ratio: '1:1',
			mode: 'std',
			keep_audio: false,
			elements: [
				{ frontal_image_url: ANNA, reference_image_urls: [SIDE, BACK] },
				{ frontal_image_url: ANNA },
			],
			image_urls: [STYLE, SIDE],
			...more,
		});
	});

	it.each(MODELS)(
		'of $label has nothing of what the others know (a new field: into leftOver)',
		async ({ name }) => {
			// As the editor leaves them when the model is changed.
			const leftOver = {
				...{ imageUrl: ANNA, endImageSource: 'url', endImageUrl: BACK, videoUrl: VIDEO },
				...{ generateAudio: true, keepAudio: false, aspectRatio: '1:1', negativePrompt: 'text' },
				...{ shotMode: 'multi', multiPrompt: { segments: [{ prompt: 'a', duration: 4 }] } },
				...{ ...elements(1), referenceImageUrls: STYLE },
				options: { cfgScale: 0.1, shotType: 'intelligence' },
				prompt: 'Rain',
				model: name,
			};
			const known = MODELS.find((model) => model.name === name)!;
			const names = [...known.fields, ...known.options].map(({ api }) => api.name);
			expect(Object.keys(await bodyOf(leftOver)).sort()).toEqual(names.sort());
		},
	);
});

describe('Lists of images', () => {
	const listOf = async (referenceImageUrls: unknown) =>
		(await bodyOf({ ...LEAST[EDIT], referenceImageUrls } as IDataObject)).image_urls;
	const png = dataUrl('image/png', PNG);
	const uploaded = expect.stringMatching(/^https:\/\/files\.example\/[0-9a-f]{64}$/);

	it.each([
		['commas', `${ANNA}, ${SIDE},${BACK}`, [ANNA, SIDE, BACK]],
		['new lines', `${ANNA}\n${SIDE}\n`, [ANNA, SIDE]],
		['a list of an expression', [ANNA, SIDE], [ANNA, SIDE]],
		['the JSON of a list', JSON.stringify([ANNA, SIDE]), [ANNA, SIDE]],
		['a comma at the end', `${ANNA},`, [ANNA]],
		[
			'addresses with commas in them',
			'https://cdn.example.com/w_100,h_100/a.png, https://cdn.example.com/w_1,h_2/b.png',
			['https://cdn.example.com/w_100,h_100/a.png', 'https://cdn.example.com/w_1,h_2/b.png'],
		],
		['nothing', ' ', undefined],
		['an empty list', [], undefined],
		['data URLs', `${png}, ${ANNA}, ${png}`, [uploaded, ANNA, uploaded]],
	])('are read from %s', async (_what, value, images) => {
		expect(await listOf(value)).toEqual(images);
	});

	it.each([
		['a word', 'anna', /^Reference Image URLs, image 1 is not a valid URL: "anna"/],
		['no comma', `${ANNA} ${SIDE}`, /^Reference Image URLs, image 1 has a space in it/],
		[
			'a word at the end',
			`${ANNA}, ${SIDE}, back.png`,
			/^Reference Image URLs, image 2 has a space/,
		],
		['a number', 5, /^Reference Image URLs, image 1 /],
		['text in a list', [ANNA, 'side'], /^Reference Image URLs, image 2 is not a valid URL/],
		[
			'a data URL of text',
			'data:text/plain;base64,AAAA',
			/^Reference Image URLs, image 1 is a data/,
		],
	])('with %s are refused', async (_what, referenceImageUrls, message) => {
		const parameters = { ...LEAST[EDIT], referenceImageUrls } as IDataObject;
		expect(await problemOf(parameters)).toMatchObject({
			kind: 'parameter',
			billed: 'no',
			message: expect.stringMatching(message),
		});
	});
});

describe('Bad input is refused before anything is sent, with the name of its field', () => {
	const binary = { videoSource: 'binary', videoBinaryField: 'film' };
	const text = Buffer.from('just a text, and no video at all');

	it.each([
		['an empty scene', TEXT, { prompt: ' ' }, {}, /^Prompt is empty.*what the video should show/],
		['an unknown shape', TEXT, { aspectRatio: '4:3' }, {}, /^Aspect Ratio must be 16:9, 9:16, 1:1/],
		['a scale above 1', TEXT, { options: { cfgScale: 1.1 } }, {}, /^CFG Scale must be .*0 to 1/],
		['a scale in words', TEXT, { options: { cfgScale: 'much' } }, {}, /^CFG Scale/],
		['an empty scale', TEXT, { options: { cfgScale: '' } }, {}, /^CFG Scale/],
		['a duration of 16 s', TEXT, { duration: '16' }, {}, /^Duration/],
		['a duration of 2 s', REFERENCE, { duration: '2' }, {}, /^Duration/],
		['an empty transformation', REFERENCE, { prompt: '' }, {}, /^Prompt is empty.*differ/],
		['an empty edit', EDIT, { prompt: '' }, {}, /^Prompt is empty.*changed/],
		['no video', EDIT, { videoUrl: '' }, {}, /^Video URL is empty/],
		['a video that is none', EDIT, { videoUrl: 'dance.mp4' }, {}, /^Video URL is not a valid URL/],
		[
			'a data URL of an image',
			EDIT,
			{ videoUrl: dataUrl('image/png', PNG) },
			{},
			/^Video URL is a data URL, but not of a base64-encoded video/,
		],
		['a file that is missing', EDIT, binary, {}, /^Input Data Field Name.*"film"/],
		[
			'a file that is none',
			REFERENCE,
			binary,
			{ film: text },
			/^Input Data.*not an MP4 or MOV video/,
		],
		[
			'a file that is a picture',
			REFERENCE,
			binary,
			{ film: PNG },
			/^Input Data.*not an MP4 or MOV/,
		],
		['11 elements', EDIT, elements(11), {}, /^Elements has 11 elements; Segmind takes up to 10/],
		[
			'an element without a picture',
			EDIT,
			{ elements: { element: [element(), { frontalImageUrl: ' ' }] } },
			{},
			/^Element 2: Frontal Image URL is empty/,
		],
		[
			'four references of an element',
			REFERENCE,
			{ elements: { element: [element(SIDE, BACK, STYLE, SIDE)] } },
			{},
			/^Element 1: Reference Image URLs has 4 images; Segmind takes up to 3/,
		],
	] as Array<[string, string, IDataObject, Files, RegExp]>)(
		'%s (%s)',
		async (_what, model, parameters, files, message) => {
			expect(await problemOf({ ...LEAST[model], ...parameters }, files)).toMatchObject({
				kind: 'parameter',
				billed: 'no',
				message: expect.stringMatching(message),
			});
		},
	);

	it('a file whose length Kling does not take', async () => {
		const film = await makeVideo({ seconds: 2 });
		const problem = await problemOf({ ...LEAST[EDIT], ...binary }, { film });
		expect(problem.message).toMatch(
			/^Input Data Field Name: the file "film\.bin" lasts 2\.0 seconds/,
		);
	});
});

describe('Files of the video models', () => {
	it('are uploaded, the video and each picture once', async () => {
		const film = await makeVideo();
		const png = dataUrl('image/png', PNG);
		const parameters = {
			...LEAST[REFERENCE],
			videoSource: 'binary',
			elements: { element: [{ frontalImageUrl: png, referenceImageUrls: png }] },
			referenceImageUrls: png,
		};
		const files = filesOf(await requestOf(parameters, { data: film }));
		expect(files.map(({ noun, type }) => [noun, type])).toEqual([
			['video', 'video/mp4'],
			['image', 'image/png'],
		]);
		expect(await files[0].read()).toEqual(film);
	});
});

describe('The identity of a job', () => {
	const hashOf = async (parameters: IDataObject) =>
		bodyHash(identityOf(await requestOf(parameters)));

	it('is another one for another model with the same body', async () => {
		const [reference, edit] = [REFERENCE, EDIT].map((model) => ({ ...LEAST[EDIT], model }));
		const request = await requestOf(edit);
		const other = MODELS.find(({ name }) => name === REFERENCE)!;
		expect(bodyHash(identityOf(request))).not.toBe(
			bodyHash(identityOf({ ...request, model: other })),
		);
		expect(await hashOf(reference)).not.toBe(await hashOf(edit));
	});

	it.each([
		[TEXT, { aspectRatio: '1:1' }],
		[TEXT, { negativePrompt: 'text' }],
		[TEXT, { options: { cfgScale: 0.5 } }],
		[REFERENCE, { keepAudio: false }],
		[REFERENCE, { videoUrl: 'https://example.com/other.mp4' }],
		[EDIT, elements(1)],
		[EDIT, { referenceImageUrls: STYLE }],
	] as Array<[string, IDataObject]>)('of %s changes with %j', async (model, change) => {
		expect(await hashOf({ ...LEAST[model], ...change })).not.toBe(await hashOf(LEAST[model]));
	});
});

describe('What a video is estimated to cost', () => {
	const askedFor = async (parameters: IDataObject, files?: Files) =>
		askedOf(await requestOf(parameters, files));
	const binary = { videoSource: 'binary' };

	it.each([
		[TEXT, { duration: '15', generateAudio: true }, { duration: 15, audio: true }, 5.25],
		[TEXT, { duration: '3', mode: 'std' }, { duration: 3, mode: 'std' }, 0.63],
		[REFERENCE, { duration: '3', mode: 'std' }, { duration: 3, mode: 'std' }, 0.945],
		[REFERENCE, { duration: '15', keepAudio: false }, { duration: 15, mode: 'pro' }, 6.3],
	] as Array<[string, IDataObject, IDataObject, number]>)(
		'%s, %j',
		async (model, change, asked, estimatedCost) => {
			const output = await askedFor({ ...LEAST[model], ...change });
			expect(output).toMatchObject({ model, ...asked, estimatedCost });
			expect(output).not.toHaveProperty('estimatedCostIsMaximum');
		},
	);

	it.each([
		[4.4, 4, 1.68],
		[7.6, 8, 3.36],
	])(
		'an edit of a file of %d s is as long, in whole seconds: %d',
		async (seconds, duration, usd) => {
			const data = await makeVideo({ seconds });
			expect(await askedFor({ ...LEAST[EDIT], ...binary, duration: '15' }, { data })).toEqual({
				model: EDIT,
				duration,
				mode: 'pro',
				estimatedCost: usd,
			});
		},
	);

	it.each([
		['std', 4.725],
		['pro', 6.3],
	])('an edit of a video at an address costs at most 15 s of %s', async (mode, estimatedCost) => {
		expect(await askedFor({ ...LEAST[EDIT], mode, duration: '3' })).toEqual({
			model: EDIT,
			mode,
			estimatedCost,
			estimatedCostIsMaximum: true,
		});
	});
});

describe('What the user is told of values that do not go together', () => {
	const multi = { shotMode: 'multi', multiPrompt: { segments: [{ prompt: 'a', duration: 4 }] } };
	const image = { imageUrl: ANNA, prompt: 'Rain' };
	const end = { endImageSource: 'url', endImageUrl: BACK };
	const intelligence = { options: { shotType: 'intelligence' } };
	const pictures = (count: number) => ({ referenceImageUrls: Array(count).fill(STYLE) });

	it.each([
		['nothing', image, []],
		['an end image', { ...image, ...end }, []],
		['several shots', { ...image, ...multi }, []],
		['both', { ...image, ...multi, ...end }, [/end image together with multiple shots/]],
		['intelligence', { ...image, ...intelligence }, []],
		['intelligence and shots', { ...image, ...multi, ...intelligence }, [/Shot Type Customize/]],
		['the same of a text', { ...LEAST[TEXT], ...multi, ...intelligence }, [/Shot Type Customize/]],
		['4 elements', { ...LEAST[EDIT], ...elements(4) }, []],
		['5 elements', { ...LEAST[EDIT], ...elements(5) }, [/up to 4 elements and reference images/]],
		['3 and 2', { ...LEAST[REFERENCE], ...elements(3), ...pictures(2) }, [/up to 4 elements/]],
		['2 and 2', { ...LEAST[REFERENCE], ...elements(2), ...pictures(2) }, []],
	] as Array<[string, IDataObject, RegExp[]]>)('with %s', async (_what, parameters, texts) => {
		const cautions = cautionsOf(await requestOf(parameters));
		expect(cautions).toEqual(texts.map((text) => expect.stringMatching(text)));
	});
});
