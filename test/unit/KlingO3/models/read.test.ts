import type { IDataObject } from 'n8n-workflow';

import { readOptions } from '../../../../nodes/KlingO3/fields/options';
import { filesOf, outputOf, readPriceRequest } from '../../../../nodes/KlingO3/models/request';
import { readModel } from '../../../../nodes/KlingO3/models';
import { guarded } from '../../../../nodes/KlingO3/operations/readEach';
import { readJobOptions } from '../../../../nodes/KlingO3/operations/video/options';
import {
	bodyOf,
	dataUrl,
	PNG,
	problemOf as problemOfItem,
	read,
	requestOf as requestOfItem,
	sourceOf,
	type Files,
} from '../support/item';

/** The least that a user must enter; the rest is the panel's defaults. */
const LEAST = {
	imageUrl: 'https://example.com/mountain.jpg',
	prompt: 'Clouds drift past the summit',
};
const problemOf = async (parameters: IDataObject, files?: Files) =>
	await problemOfItem({ ...LEAST, ...parameters }, files);
const requestOf = async (parameters: IDataObject, files?: Files) =>
	await requestOfItem({ ...LEAST, ...parameters }, files);

const segments = (count: number, duration: unknown, prompt = 'clouds') => ({
	shotMode: 'multi',
	multiPrompt: { segments: Array.from({ length: count }, () => ({ prompt, duration })) },
});
const json = (value: unknown): IDataObject => ({
	shotMode: 'multi',
	multiPromptSource: 'json',
	multiPromptJson: value as IDataObject,
});
const binary = { imageSource: 'binary', imageBinaryField: 'photo' };
const endBinary = { endImageSource: 'binary', endImageBinaryField: 'night' };

describe('Bad input is refused before anything is sent, with the name of its field', () => {
	it.each([
		['an empty prompt', { prompt: ' ' }, {}, /Prompt/],
		['a prompt that is too long', { prompt: 'x'.repeat(2501) }, {}, /Prompt/],
		['no image URL', { imageUrl: '' }, {}, /^Image URL/],
		['a malformed image URL', { imageUrl: 'mountain.jpg' }, {}, /^Image URL/],
		['a data URL of something else', { imageUrl: 'data:text/plain;base64,AAAA' }, {}, /^Image URL/],
		[
			'a data URL of a broken image',
			{ imageUrl: 'data:image/png;base64,AAAA' },
			{},
			/^Image URL.*JPEG, PNG or WebP/,
		],
		['no end image URL', { endImageSource: 'url' }, {}, /^End Image URL/],
		[
			'a binary field without a name',
			{ ...binary, imageBinaryField: '' },
			{},
			/^Input Data Field Name/,
		],
		['a binary field that is missing', binary, {}, /^Input Data Field Name.*"photo"/],
		[
			'a binary field that is no image',
			binary,
			{ photo: Buffer.from('just a text, and no image at all') },
			/^Input Data Field Name.*JPEG, PNG or WebP/,
		],
		[
			'a binary field over 10 MB',
			binary,
			{ photo: Buffer.concat([PNG, Buffer.alloc(11 * 1024 * 1024)]) },
			/^Input Data Field Name.*10\.0 MB/,
		],
		['an end image that is missing', endBinary, {}, /^End Image Data Field Name.*"night"/],
		[
			'an end image that is no image',
			endBinary,
			{ night: Buffer.from('just a text, and no image at all') },
			/^End Image Data Field Name/,
		],
		['a duration of 2 s', { duration: '2' }, {}, /^Duration/],
		['a duration of 16 s', { duration: 16 }, {}, /^Duration/],
		['0 segments', segments(0, 5), {}, /^Segments/],
		['7 segments', segments(7, 2), {}, /^Segments/],
		['a segment without a prompt', segments(1, 5, ''), {}, /^Segment 1/],
		['a sum of 2 s', segments(2, 1), {}, /Segments/],
		['a sum of 16 s', segments(2, 8), {}, /Segments/],
		['half a second', segments(2, 2.5), {}, /segment 1/],
		['JSON that is no array', json('{"prompt":"a"}'), {}, /^Segments \(JSON\)/],
		['JSON that is none', json('a, b'), {}, /^Segments \(JSON\)/],
		['an empty JSON array', json('[]'), {}, /^Segments \(JSON\)/],
		['an unknown mode', { mode: 'ultra' }, {}, /^Mode/],
		['an unknown model', { model: 'kling-o4' }, {}, /^Model must be one of .*kling-o4/],
	] as Array<[string, IDataObject, Record<string, Buffer>, RegExp]>)(
		'%s',
		async (_what, parameters, files, message) => {
			expect(await problemOf(parameters, files)).toMatchObject({
				kind: 'parameter',
				billed: 'no',
				message: expect.stringMatching(message),
			});
		},
	);

	it.each([
		['a Max Wait of 0', { maxWait: 0 }, /^Max Wait/],
		['a Max Wait below 0', { maxWait: -1 }, /^Max Wait/],
		['a Max Wait in words', { maxWait: 'soon' }, /^Max Wait/],
		['extra fields that are an array', { extraBody: '[]' }, /^Extra Body Fields/],
		['extra fields that are no JSON', { extraBody: '{seed' }, /^Extra Body Fields/],
		['a limit in words', { maxCostPerVideo: 'two' }, /^Max Cost Per Video \(USD\)/],
		['a limit of a run below 0', { maxCostPerRun: -1 }, /^Max Cost Per Run \(USD\)/],
		['a Concurrency of 0', { concurrency: 0 }, /^Concurrency/],
	] as Array<[string, IDataObject, RegExp]>)('%s', (_what, options, message) => {
		expect(readOptions(options)).toMatchObject({
			ok: false,
			problem: { kind: 'parameter', billed: 'no', message: expect.stringMatching(message) },
		});
	});

	it.each([
		undefined,
		null,
		'',
		' ',
		'five',
		'$5',
		'0,50',
		true,
		false,
		NaN,
		Infinity,
		-1,
		[5],
		{},
	])('a spending limit of %p', (limit) => {
		for (const [name, label] of [
			['maxCostPerVideo', 'Max Cost Per Video (USD)'],
			['maxCostPerRun', 'Max Cost Per Run (USD)'],
		]) {
			const outcome = readOptions({ [name]: limit as never });
			expect(outcome).toMatchObject({
				ok: false,
				problem: {
					kind: 'parameter',
					message: expect.stringContaining(`${label} must be a number of US dollars`),
				},
			});
		}
	});

	it.each([
		[undefined, /it is empty$/],
		[' ', /it is empty$/],
		['five', /it is "five"$/],
		[false, /it is false$/],
		[NaN, /it is NaN$/],
		[[5], /it is a list or an object$/],
	])('an option, with a sentence that shows what %p is', (concurrency, message) => {
		const outcome = readOptions({ concurrency: concurrency as never });
		expect(outcome).toMatchObject({
			problem: { message: expect.stringMatching(message) },
		});
	});

	it('extra fields that have a field of their own', async () => {
		const outcome = await read(LEAST, {}, { seed: 1, mode: 'ultra' });
		expect(outcome).toMatchObject({
			ok: false,
			problem: { message: expect.stringMatching(/^Extra Body Fields sets "mode"/) },
		});
	});

	it('an expression that n8n cannot resolve', async () => {
		const outcome = await guarded(() => {
			throw new Error('Referenced node doesn’t exist');
		});
		expect(outcome).toMatchObject({ ok: false, problem: { kind: 'parameter', billed: 'no' } });
	});
});

describe('Good input becomes a request', () => {
	it('whose duration is the sum of its segments, whatever the field of a single shot says', async () => {
		expect(await bodyOf({ ...LEAST, ...segments(3, 4), duration: '15' })).toMatchObject({
			duration: '12',
		});
		const twoShots = json([
			{ prompt: 'a', duration: '4' },
			{ prompt: 'b', duration: 5 },
		]);
		expect(outputOf(await requestOf(twoShots))).toMatchObject({
			duration: 9,
			segments: [
				{ prompt: 'a', duration: 4 },
				{ prompt: 'b', duration: 5 },
			],
		});
	});

	it('that ignores the segments of a single shot', async () => {
		expect(await bodyOf({ ...LEAST, multiPromptJson: 'nonsense' })).not.toHaveProperty(
			'multi_prompt',
		);
	});

	it('whose file is uploaded with the type that its content has, whatever n8n calls it', async () => {
		const [file] = filesOf(await requestOf(binary, { photo: PNG }));
		expect(file).toMatchObject({ noun: 'image', type: 'image/png' });
		expect(await file.read()).toEqual(PNG);
	});

	it('whose data URL is uploaded, and is the same image as the file with the same content', async () => {
		const [fromUrl] = filesOf(await requestOf({ imageUrl: dataUrl('image/png', PNG) }));
		const [fromFile] = filesOf(await requestOf(binary, { photo: PNG }));
		expect(fromUrl.hash).toBe(fromFile.hash);
		expect(await fromUrl.read()).toEqual(PNG);
	});

	it.each([
		[true, true],
		['true', true],
		[' TRUE ', true],
		[false, false],
		['false', false],
		['', false],
	])('whose audio %p is %p', async (generateAudio, audio) => {
		const source = sourceOf({ generateAudio });
		const model = readModel(source);
		if (!model.ok) throw new Error('has no model');
		const price = await readPriceRequest(model.value, source);
		expect(price.ok && outputOf(price.value)).toMatchObject({ audio });
	});

	it('whose options have the documented defaults', () => {
		expect(readJobOptions(sourceOf({}))).toEqual({
			ok: true,
			value: {
				apiVersion: 'v2',
				maxWait: 20 * 60_000,
				downloadVideo: true,
				outputBinaryField: 'data',
				fileName: '',
				simplify: true,
				retrySubmitOnServerError: false,
				resubmitUnknown: false,
				reuseUndelivered: true,
				maxCostPerVideo: 0,
				maxCostPerRun: 0,
				checkBalance: false,
				concurrency: 50,
				extraBody: {},
				output: 'simplified',
				outputFields: ['status', 'videoUrl'],
				shape: 'simplified',
				survivesRestarts: false,
			},
		});
	});
});
