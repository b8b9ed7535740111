/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { MODELS } from '../../nodes/KlingO3/models';
import type { FaultRule } from '../../sandbox';
import { leastOf } from '../support/least';
import { runWorkflow, storedBinary } from './support/engine';
import { useSandbox } from './support/useSandbox';

const PICTURE = readFileSync(join(__dirname, '../../demo/assets/mountain.jpg'));

const here = useSandbox();
let video: IDataObject;

beforeAll(async () => {
	video = {
		imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
		prompt: 'Clouds drift past the summit',
		duration: '3',
	};
});

describe('bad input is refused before anything is sent', () => {
	const segment = { prompt: 'Fog lifts', duration: 3 };
	const multi = (segments: unknown[]) => ({ shotMode: 'multi', multiPrompt: { segments } });
	const json = (multiPromptJson: unknown) => ({
		shotMode: 'multi',
		multiPromptSource: 'json',
		multiPromptJson,
	});
	const rows: Array<[string, object, RegExp]> = [
		['an empty prompt', { prompt: '  ' }, /Prompt is empty/],
		['a prompt that is too long', { prompt: 'x'.repeat(2501) }, /Prompt has 2501 characters.*2500/],
		['no image URL', { imageUrl: '' }, /Image URL is empty/],
		['a malformed image URL', { imageUrl: 'mountain.jpg' }, /Image URL is not a valid URL/],
		[
			'an image URL of another protocol',
			{ imageUrl: 'ftp://example.com/a.jpg' },
			/Image URL must start with/,
		],
		[
			'a data URL that is no image',
			{ imageUrl: 'data:text/plain;base64,aGVsbG8=' },
			/Image URL is a data URL/,
		],
		[
			'a data URL of something that only says it is an image',
			{ imageUrl: 'data:image/png;base64,aGVsbG8=' },
			/Image URL.*not a JPEG, PNG or WebP/,
		],
		[
			'no end image URL',
			{ endImageSource: 'url', endImageUrl: "={{ '' }}" },
			/End Image URL is empty/,
		],
		['a duration below 3 s', { duration: '2' }, /Duration.*3 to 15.*"2"/],
		['a duration above 15 s', { duration: '16' }, /Duration.*3 to 15/],
		['no segment', multi([]), /Segments has no segment/],
		['seven segments', json(Array(7).fill({ ...segment, duration: 1 })), /7 segments.*up to 6/],
		[
			'a segment without a prompt',
			multi([segment, { prompt: '', duration: 3 }]),
			/Segment 2 has no prompt/,
		],
		[
			'a segment prompt that is too long',
			multi([{ prompt: 'x'.repeat(513), duration: 3 }]),
			/segment 1 has 513 characters.*512/,
		],
		['a segment without a duration', json([{ prompt: 'Fog lifts' }]), /duration of segment 1/],
		[
			'a segment of half seconds',
			json([{ prompt: 'Fog lifts', duration: 3.5 }]),
			/duration of segment 1.*whole number/,
		],
		[
			'segments below 3 s in all',
			multi([{ prompt: 'Fog lifts', duration: 2 }]),
			/last 2 seconds in total.*3 to 15/,
		],
		[
			'segments above 15 s in all',
			multi([
				{ ...segment, duration: 8 },
				{ ...segment, duration: 8 },
			]),
			/last 16 seconds in total/,
		],
		[
			'JSON that is no array',
			json('{"prompt": "Fog lifts"}'),
			/Segments \(JSON\) is not a JSON array/,
		],
		['text that is no JSON', json('Fog lifts'), /Segments \(JSON\) is not a JSON array/],
		[
			'extra body fields that are no object',
			{ options: { extraBody: '[1]' } },
			/Extra Body Fields is not a JSON object/,
		],
		['a mode that does not exist', { mode: 'ultra' }, /Mode must be "pro" or "std"/],
		['a waiting time of nothing', { options: { maxWait: -1 } }, /Max Wait \(Minutes\)/],
	];
	it.each(rows)('%s', async (_name, parameters, message) => {
		const { credential, key } = here.account();
		// The good item comes first: it must not be sent either.
		const { error } = await runWorkflow({
			credential,
			parameters: Object.fromEntries([
				...Object.entries({ ...video, ...parameters }).map(([name, value]) => [
					name,
					name in parameters && name in video
						? `={{ $itemIndex === 1 ? ${JSON.stringify(value)} : ${JSON.stringify(video[name])} }}`
						: value,
				]),
			]) as IDataObject,
			items: [{ json: {} }, { json: {} }],
		});
		expect(error?.name).toBe('NodeOperationError');
		expect(error?.message).toMatch(message);
		const isPerItem = Object.keys(parameters).some((name) => name in video);
		expect(error?.context?.itemIndex).toBe(isPerItem ? 1 : 0);
		expect(here.sandbox.requests().filter((request) => request.key === key)).toEqual([]);
	});

	const file = async (content: Buffer, name: string, type: string) => ({
		json: {},
		binary: { data: await storedBinary(content, name, type) },
	});
	const files: Array<[string, () => Promise<INodeExecutionData>, RegExp]> = [
		[
			'a binary field that is missing',
			async () => ({ json: {} }),
			/Input Data Field Name.*no binary file named "data"/,
		],
		[
			'a file that is no image',
			async () => await file(Buffer.from('%PDF-1.7 no image at all'), 'a.jpg', 'image/jpeg'),
			/"a.jpg" is not a JPEG, PNG or WebP/,
		],
		[
			'a file over 10 MB',
			async () =>
				await file(
					Buffer.concat([PICTURE, Buffer.alloc(10 * 1024 * 1024)]),
					'big.jpg',
					'image/jpeg',
				),
			/"big.jpg" is 10\.\d MB large/,
		],
	];
	it.each(files)('%s', async (_name, item, message) => {
		const { credential, key } = here.account();
		const { error } = await runWorkflow({
			credential,
			parameters: { ...video, imageSource: 'binary' },
			items: [await file(PICTURE, 'good.jpg', 'image/jpeg'), await item()],
		});
		expect(error).toMatchObject({ name: 'NodeOperationError', context: { itemIndex: 1 } });
		expect(error?.message).toMatch(message);
		expect(here.sandbox.requests().filter((request) => request.key === key)).toEqual([]);
	});
});

/** Runs one video against faults that only its own account meets. */
async function withFaults(
	faults: Array<Omit<FaultRule, 'key'>>,
	parameters: IDataObject = {},
	account = {},
) {
	const { credential, key, report } = here.account(account);
	here.sandbox.inject(...faults.map((fault) => ({ ...fault, key }) as FaultRule));
	const result = await runWorkflow({ credential, parameters: { ...video, ...parameters } });
	return { ...result, jobs: report().jobs, key };
}

const respond = (status: number, body: unknown, rest = {}) =>
	({ stage: 'submit', fault: { kind: 'respond', status, body, ...rest } }) as Omit<
		FaultRule,
		'key'
	>;

describe.each(MODELS)(
	'what Segmind refuses becomes a message that says what to do: $label',
	(model) => {
		const least = () => {
			const samples = `${here.sandbox.filesUrl}/samples`;
			return leastOf(model, {
				imageUrl: `${samples}/mountain.jpg`,
				videoUrl: `${samples}/waves.mp4`,
			});
		};
		const rows: Array<[string, Omit<FaultRule, 'key'>, string, RegExp, RegExp]> = [
			[
				'400',
				respond(400, { error: 'image_url is missing' }),
				'400',
				/malformed: image_url is missing/,
				/Correct the parameter/,
			],
			[
				'401 without a key',
				respond(401, {
					error: 'unauthorized',
					error_description: 'Missing Authorization or x-api-key in header',
					status_code: 401,
				}),
				'401',
				/received no API key/,
				/Segmind credential/,
			],
			[
				'401 with a refused key',
				respond(401, {
					error: 'unauthorized',
					error_description: 'Invalid API key',
					status_code: 401,
				}),
				'401',
				/refused the API key: Invalid API key/,
				/Segmind console/,
			],
			[
				'403',
				respond(403, { error: 'not allowed' }),
				'403',
				/may not use this model/,
				/owner of your Segmind team/,
			],
			[
				'404',
				respond(404, { error: 'model not found' }),
				'404',
				/does not know this model/,
				/base URL/,
			],
			[
				'405 in HTML',
				respond(405, '<html><head><title>405 Not Allowed</title></head></html>', {
					contentType: 'text/html',
				}),
				'405',
				/rejected the request: 405 Not Allowed/,
				/Correct/,
			],
			[
				'406 without credits',
				respond(406, { error: 'Insufficient credits' }),
				'406',
				/Not enough Segmind credits/,
				/Add credits/,
			],
			[
				'406 at a spend limit',
				respond(406, { error: 'Team spend limit reached' }),
				'406',
				/spend limit/,
				/raise the limit/,
			],
			[
				'406 for a value',
				respond(406, { error: 'duration exceeds the limit of 15' }),
				'406',
				/rejected a parameter value: duration exceeds the limit of 15$/,
				/Correct the parameter/,
			],
			[
				'406 for the content type',
				respond(406, { error: 'Invalid content type' }),
				'406',
				/content type/,
				/no billing problem/,
			],
			['410', respond(410, { error: 'gone' }), '410', /retired this model/, /Update this node/],
			[
				'422',
				respond(422, { detail: [{ loc: ['body', 'duration'], msg: 'not allowed', type: 'enum' }] }),
				'422',
				/duration: not allowed/,
				/Correct the input/,
			],
		];
		it.each(rows)('%s', async (_name, fault, httpCode, message, description) => {
			const { error, jobs, nodeContext } = await withFaults([fault], least());
			expect(error).toMatchObject({ name: 'NodeApiError', httpCode });
			expect(error?.message).toMatch(message);
			expect(error?.description).toMatch(description);
			expect(jobs).toHaveLength(0);
			expect(JSON.stringify(nodeContext)).not.toContain('submitting');
		});

		it('a real account without credits, and one that may not use the model', async () => {
			const poor = await withFaults([], least(), { credits: 0.1 });
			expect(poor.error?.message).toMatch(/Not enough Segmind credits/);
			const barred = await withFaults([], least(), { mayUseModel: false });
			expect(barred.error?.message).toMatch(/may not use this model/);
			expect([...poor.jobs, ...barred.jobs]).toEqual([]);
		});

		it('a job that FAILED, with the words of the service, and no bill', async () => {
			const fault = {
				stage: 'submit',
				fault: { kind: 'fail-job', error: 'no face found' },
			} as const;
			const { error, jobs } = await withFaults([fault], least());
			expect(error?.message).toMatch(/no face found/);
			expect(jobs).toMatchObject([{ model: model.name, status: 'FAILED', billed: false }]);
		});
	},
);

describe('what passes by itself', () => {
	it.each([429, 500, 502, 503, 504])('status calls ride out %d', async (status) => {
		const { output, jobs } = await withFaults([
			{
				stage: 'status',
				times: 2,
				fault: {
					kind: 'respond',
					status,
					body: 'try later',
					headers: { 'x-rate-limit-reset-at-utc': new Date().toISOString() },
				},
			},
		]);
		expect(output[0].json.status).toBe('COMPLETED');
		expect(jobs).toHaveLength(1);
	});

	it('a submit that is rate limited waits until the time that Segmind names', async () => {
		const { output, jobs, key } = await withFaults([
			{ stage: 'submit', fault: { kind: 'rate-limit', seconds: 2 } },
		]);
		expect(output[0].json.status).toBe('COMPLETED');
		expect(jobs).toHaveLength(1);
		const submits = here.sandbox
			.requests()
			.filter((request) => request.key === key && request.stage === 'submit');
		expect(submits).toHaveLength(2);
		// HTTP dates have whole seconds.
		expect(submits[1].at - submits[0].at).toBeGreaterThan(900);
	});

	it.each([422, 200] as const)(
		'a job that FAILED, sent with status %d, keeps the word the service used',
		async (failedWith) => {
			here.sandbox.set({ failedWith });
			const { error, jobs } = await withFaults([
				{
					stage: 'submit',
					fault: {
						kind: 'fail-job',
						error: 'Content policy: the request was canceled by moderation',
					},
				},
			]);
			here.sandbox.set({ failedWith: 422 });
			expect(error?.message).toMatch(/Content policy: the request was cancelled by moderation/);
			expect(error?.message).toContain(jobs[0].requestId);
			expect(jobs[0].billed).toBe(false);
		},
	);

	describe('the type of a violated policy reaches the user', () => {
		const detail = [
			{ msg: 'Output video has sensitive content.', type: 'content_policy_violation' },
		];
		const message = /: Output video has sensitive content \(content_policy_violation\)/;

		it.each([422, 200] as const)('from a job that FAILED, sent with status %d', async (status) => {
			here.sandbox.set({ failedWith: status });
			const body = { status: 'FAILED', error: null, detail };
			const { error, jobs } = await withFaults([
				{ stage: 'submit', fault: { kind: 'fail-job', body } },
			]);
			here.sandbox.set({ failedWith: 422 });
			expect(error?.message).toMatch(message);
			expect(jobs.map(({ billed }) => billed)).toEqual([false]);
		});

		it('from a refused submit', async () => {
			const { error } = await withFaults([respond(422, { detail })]);
			expect(error?.message).toMatch(message);
		});
	});

	it('a wrong key', async () => {
		const { credential } = here.account();
		const { error } = await runWorkflow({
			credential: { ...credential, apiKey: 'SG_wrong_example' },
			parameters: video,
		});
		expect(error).toMatchObject({
			httpCode: '401',
			message: expect.stringContaining('refused the API key'),
		});
	});

	it('plain http to a public host', async () => {
		const { credential } = here.account();
		const { error } = await runWorkflow({
			credential: { ...credential, baseUrl: 'http://api.example.com' },
			parameters: video,
		});
		expect(error).toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringContaining('unencrypted'),
		});
	});
});

describe('continue on fail gives one error item for each failed input', () => {
	const items = [
		{ json: { id: 1, motion: 'Rain' } },
		{ json: { id: 2, motion: '' } },
		{ json: { id: 3, motion: 'FAIL' } },
	];

	async function run(onError: 'continueRegularOutput' | 'continueErrorOutput') {
		const { credential, key, report } = here.account();
		here.sandbox.inject({
			stage: 'submit',
			key,
			match: { prompt: 'FAIL' },
			fault: { kind: 'fail-job', error: 'no face found' },
		});
		const result = await runWorkflow({
			credential,
			parameters: { ...video, prompt: '={{ $json.motion }}' },
			items,
			settings: { onError },
		});
		return { ...result, jobs: report().jobs };
	}

	it('among the others, in input order', async () => {
		const { output, error, jobs } = await run('continueRegularOutput');
		expect(error).toBeUndefined();
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(output[0].json.status).toBe('COMPLETED');
		expect(output[1].json).toEqual({
			error: expect.stringContaining('Prompt is empty'),
			details: { billed: 'no' },
		});
		const failed = jobs.find(({ body }) => body.prompt === 'FAIL');
		expect(Object.keys(output[2].json).sort()).toEqual(['details', 'error']);
		expect(output[2].json).toMatchObject({
			error: expect.stringContaining('no face found'),
			details: { billed: 'no', httpCode: 422, requestId: failed!.requestId },
		});
	});

	it('on the error output, with its input beside it', async () => {
		const { output, errorOutput } = await run('continueErrorOutput');
		expect(output).toHaveLength(1);
		expect(errorOutput).toHaveLength(2);
		expect(errorOutput[1].json).toMatchObject({
			id: 3,
			error: expect.stringContaining('no face found'),
			details: { httpCode: 422 },
		});
	});
});

describe('downloads', () => {
	it.each([
		[
			'HTML',
			{ kind: 'not-a-video', body: '<html><title>Sorry</title></html>', contentType: 'text/html' },
			/no video.*Sorry/,
		],
		[
			'JSON',
			{ kind: 'not-a-video', body: '{"error":"gone"}', contentType: 'application/json' },
			/no video.*gone/,
		],
		[
			'something that only says it is a video',
			{ kind: 'not-a-video', body: 'no video at all, only text', contentType: 'video/mp4' },
			/no video file/,
		],
		['an empty body', { kind: 'not-a-video', body: '', contentType: 'video/mp4' }, /empty/],
		['a cut body', { kind: 'cut', afterBytes: 2000 }, /2000 bytes|connection was closed/],
		[
			'a body that ends early without saying so',
			{ kind: 'cut-silently', afterBytes: 2000 },
			/only 2000 of \d+ bytes/,
		],
		['404', { kind: 'respond', status: 404, body: 'no such file' }, /404: no such file/],
	] as const)('refuse %s and say where the paid video is', async (_name, fault, message) => {
		const { error, jobs } = await withFaults(
			[{ stage: 'download', times: 0, fault: fault as FaultRule['fault'] }],
			{ options: { maxWait: 0.03 } },
		);
		expect(error?.message).toMatch(message);
		expect(error?.message).toContain(jobs[0].requestId);
		expect(error?.message).toContain(jobs[0].videoUrl);
		expect(jobs).toHaveLength(1);
		expect(jobs[0].billed).toBe(true);
	});

	it.each([
		['cut', { kind: 'cut', afterBytes: 2000 }],
		['cut silently', { kind: 'cut-silently', afterBytes: 2000 }],
		['reset', { kind: 'reset', when: 'before' }],
		['503', { kind: 'respond', status: 503, body: '' }],
	] as const)('are repeated from the URL when %s, without a new job', async (_name, fault) => {
		const { output, jobs } = await withFaults([
			{ stage: 'download', times: 2, fault: fault as FaultRule['fault'] },
		]);
		const original = await (await fetch(String(output[0].json.videoUrl))).arrayBuffer();
		expect(output[0].binary!.data.bytes).toBe(original.byteLength);
		expect(jobs).toHaveLength(1);
	});

	it('follow redirects', async () => {
		const first = await withFaults([]);
		const { output } = await withFaults([
			{ stage: 'download', fault: { kind: 'redirect', to: first.jobs[0].videoUrl! } },
		]);
		expect(output[0].binary!.data.mimeType).toBe('video/mp4');
	});
});

describe('redirects of the API', () => {
	it('are not followed with the key', async () => {
		const to = `${here.sandbox.filesUrl}/samples/mountain.jpg?elsewhere`;
		for (const stage of ['submit', 'status', 'upload'] as const) {
			const { error, key } = await withFaults(
				[{ stage, times: 0, fault: { kind: 'redirect', to } }],
				{ imageUrl: `data:image/jpeg;base64,${PICTURE.toString('base64')}` },
			);
			expect(error?.message).toMatch(/redirect/);
			const leaked = here.sandbox
				.requests()
				.filter(({ origin, headers }) => origin === 'files' && headers['x-api-key'] === key);
			expect(leaked).toEqual([]);
		}
	});
});
