import type { IBinaryData, IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { LABELS } from '../../../nodes/KlingO3/descriptions/labels';
import {
	guarded,
	readJobOptions,
	readPriceParameters,
	readVideoRequest,
} from '../../../nodes/KlingO3/parameters/read';

/** The defaults of the panel, with the least that a user must enter. */
const PARAMETERS: IDataObject = {
	imageSource: 'url',
	imageUrl: 'https://example.com/mountain.jpg',
	imageBinaryField: 'data',
	prompt: 'Clouds drift past the summit',
	shotMode: 'single',
	duration: '5',
	multiPromptSource: 'fields',
	'multiPrompt.segments': [
		{ prompt: 'a', duration: 2 },
		{ prompt: 'b', duration: 3 },
	],
	multiPromptJson: '[{"prompt":"a","duration":"4"},{"prompt":"b","duration":"5"}]',
	mode: 'pro',
	generateAudio: false,
	endImageSource: 'none',
	endImageUrl: '',
	endImageBinaryField: 'endImage',
	downloadVideo: true,
	options: {},
};

const PNG = Buffer.alloc(33);
Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(PNG);
PNG.writeUInt32BE(640, 16);
PNG.writeUInt32BE(360, 20);

/** A context with nothing but parameters and files in it: whatever else is used breaks the test. */
function contextOf(parameters: IDataObject, files: Record<string, Buffer> = {}): IExecuteFunctions {
	const values = { ...PARAMETERS, ...parameters };
	return {
		getNode: () => ({ type: 'n8n-nodes-segmind-kling.klingO3' }),
		getNodeParameter: (name: string, _item: number, fallback?: unknown) => values[name] ?? fallback,
		helpers: {
			assertBinaryData: (_item: number, field: string): IBinaryData => {
				if (!files[field]) throw new Error('no such field');
				return {
					data: files[field].toString('base64'),
					mimeType: 'application/octet-stream',
					fileName: `${field}.bin`,
				};
			},
			getBinaryDataBuffer: async (_item: number, field: string) => files[field],
		},
	} as never;
}

const read = async (parameters: IDataObject, files?: Record<string, Buffer>) =>
	await readVideoRequest(contextOf(parameters, files), 0, new Map());

async function problemOf(parameters: IDataObject, files?: Record<string, Buffer>) {
	const outcome = await read(parameters, files);
	if (outcome.ok) throw new Error('was accepted');
	return outcome.problem;
}

async function requestOf(parameters: IDataObject, files?: Record<string, Buffer>) {
	const outcome = await read(parameters, files);
	if (!outcome.ok) throw new Error(outcome.problem.message);
	return outcome.value;
}

const segments = (count: number, duration: unknown, prompt = 'clouds') => ({
	shotMode: 'multi',
	'multiPrompt.segments': Array.from({ length: count }, () => ({ prompt, duration })) as never,
});
const json = (value: unknown) => ({
	shotMode: 'multi',
	multiPromptSource: 'json',
	multiPromptJson: value as never,
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
		['extra fields that are an array', { options: { extraBody: '[]' } }, {}, /^Extra Body Fields/],
		[
			'extra fields that are no JSON',
			{ options: { extraBody: '{seed' } },
			{},
			/^Extra Body Fields/,
		],
		['an unknown mode', { mode: 'ultra' }, {}, /^Mode/],
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

	it.each([0, -1, 'soon'])('a Max Wait of %p', (maxWait) => {
		const outcome = readJobOptions(contextOf({ options: { maxWait } }), 0);
		expect(outcome).toMatchObject({
			ok: false,
			problem: { message: expect.stringMatching(/^Max Wait/) },
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
			['maxCostPerVideo', LABELS.maxCostPerVideo],
			['maxCostPerRun', LABELS.maxCostPerRun],
		]) {
			const outcome = readJobOptions(contextOf({ options: { [name]: limit as never } }), 0);
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
		const outcome = readJobOptions(
			contextOf({ options: { concurrency: concurrency as never } }),
			0,
		);
		expect(outcome).toMatchObject({
			problem: { message: expect.stringMatching(message) },
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
	it('of the panel’s defaults', async () => {
		expect(await requestOf({})).toEqual({
			image: { kind: 'url', url: 'https://example.com/mountain.jpg' },
			endImage: undefined,
			prompt: 'Clouds drift past the summit',
			segments: undefined,
			duration: 5,
			mode: 'pro',
			audio: false,
			shotType: 'customize',
			extraBody: {},
		});
	});

	it('whose duration is the sum of its segments, whatever the field of a single shot says', async () => {
		expect(await requestOf({ ...segments(3, 4), duration: '15' })).toMatchObject({ duration: 12 });
		expect(await requestOf(json(PARAMETERS.multiPromptJson))).toMatchObject({
			duration: 9,
			segments: [
				{ prompt: 'a', duration: 4 },
				{ prompt: 'b', duration: 5 },
			],
		});
	});

	it('that ignores the segments of a single shot', async () => {
		expect((await requestOf({ multiPromptJson: 'nonsense' })).segments).toBeUndefined();
	});

	it('whose file is uploaded with the type that its content has, whatever n8n calls it', async () => {
		const { image } = await requestOf(binary, { photo: PNG });
		if (image.kind !== 'local') throw new Error('is not uploaded');
		expect(await image.image.dataUrl()).toBe(`data:image/png;base64,${PNG.toString('base64')}`);
	});

	it('whose data URL is uploaded, and is the same image as the file with the same content', async () => {
		const url = `data:image/png;base64,${PNG.toString('base64')}`;
		const [fromUrl, fromFile] = [
			await requestOf({ imageUrl: url }),
			await requestOf(binary, { photo: PNG }),
		];
		if (fromUrl.image.kind !== 'local' || fromFile.image.kind !== 'local')
			throw new Error('is not uploaded');
		expect(fromUrl.image.image.hash).toBe(fromFile.image.image.hash);
	});

	it.each([
		[true, true],
		['true', true],
		[' TRUE ', true],
		[false, false],
		['false', false],
		['', false],
	])('whose audio %p is %p', (generateAudio, audio) => {
		expect(readPriceParameters(contextOf({ generateAudio }), 0)).toMatchObject({
			value: { audio },
		});
	});

	it('whose options have the documented defaults', () => {
		expect(readJobOptions(contextOf({}), 0)).toEqual({
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
				concurrency: 5,
			},
		});
	});
});
