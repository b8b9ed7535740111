/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { readBinary, runWorkflow, storedBinary } from './support/engine';
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

describe('start and get', () => {
	it('start returns the request ID at once, get waits and brings the video', async () => {
		here.sandbox.set({ jobSeconds: 1 });
		const { credential, report } = here.account();
		const started = await runWorkflow({ credential, parameters: { ...video, operation: 'start' } });
		const [{ json, binary }] = started.output;
		expect(report().jobs).toMatchObject([{ requestId: json.requestId, billed: false }]);
		expect(json).toMatchObject({ status: 'QUEUED', duration: 3, mode: 'pro', estimatedCost: 0.84 });
		expect(binary).toBeUndefined();
		expect(started.nodeContext).toEqual({});

		const got = await runWorkflow({
			credential,
			parameters: { operation: 'get', requestId: json.requestId },
		});
		here.sandbox.set({ jobSeconds: 0.2 });
		expect(got.output[0].json).toMatchObject({
			requestId: json.requestId,
			status: 'COMPLETED',
			cost: 0.84,
		});
		const file = await readBinary(got.output[0].binary!.data);
		expect(file.toString('latin1', 4, 8)).toBe('ftyp');
		expect(report().jobs).toHaveLength(1);
	});

	it('get without waiting gives the status of an unfinished video, and no file', async () => {
		here.sandbox.set({ jobSeconds: 30 });
		const { credential } = here.account();
		const started = await runWorkflow({ credential, parameters: { ...video, operation: 'start' } });
		here.sandbox.set({ jobSeconds: 0.2 });
		const { requestId } = started.output[0].json;
		const { output } = await runWorkflow({
			credential,
			parameters: { operation: 'get', requestId, waitForCompletion: false },
		});
		expect(output[0].json).toEqual({
			requestId,
			status: expect.stringMatching(/QUEUED|PROCESSING/),
		});
		expect(output[0].binary).toBeUndefined();
	});

	it('get encodes what it puts into the path', async () => {
		const { credential, key } = here.account();
		await runWorkflow({
			credential,
			parameters: {
				operation: 'get',
				requestId: '../v1/get-user-credits?x=',
				waitForCompletion: false,
			},
		});
		const mine = here.sandbox.requests().filter((request) => request.key === key);
		expect(mine.map(({ stage }) => stage)).not.toContain('balance');
		expect(mine[0].path).toContain('..%2Fv1%2Fget-user-credits%3Fx%3D');
	});

	it('get of an unknown request says so at once', async () => {
		const { credential } = here.account();
		const { error } = await runWorkflow({
			credential,
			parameters: { operation: 'get', requestId: '00000000-0000-4000-8000-000000000000' },
		});
		expect(error).toMatchObject({
			httpCode: '404',
			message: expect.stringContaining('does not know this request'),
		});
		expect(error!.description).toMatch(/one hour/);
	});
});

describe('estimateCost', () => {
	it('calculates without any request and without a credential', async () => {
		const { credential, key } = here.account();
		const { output } = await runWorkflow({
			credential,
			parameters: { operation: 'estimateCost', duration: '15', mode: 'pro', generateAudio: true },
			settings: { credentials: undefined },
		});
		expect(output[0].json).toEqual({
			model: 'kling-o3-image2video',
			duration: 15,
			mode: 'pro',
			audio: true,
			estimatedCost: 5.25,
			costPerSecond: 0.35,
			currency: 'USD',
		});
		expect(here.sandbox.requests().filter((request) => request.key === key)).toHaveLength(0);
	});
});

describe('asset: upload', () => {
	it('returns a URL that a video can be made from', async () => {
		const { credential, report } = here.account();
		const data = await storedBinary(PICTURE, 'mountain.jpg', 'image/jpeg');
		const { output } = await runWorkflow({
			credential,
			parameters: { resource: 'asset', operation: 'upload' },
			items: [{ json: {}, binary: { data } }],
		});
		expect(output).toEqual([{ json: { url: report().uploads[0].url }, pairedItem: { item: 0 } }]);
		const made = await runWorkflow({
			credential,
			parameters: { ...video, imageUrl: output[0].json.url },
		});
		expect(made.output[0].json.status).toBe('COMPLETED');
	});
});

describe('account: getCredits', () => {
	const parameters = { resource: 'account', operation: 'getCredits' };

	it('returns the balance in US dollars', async () => {
		const { credential } = here.account({ credits: 12.5 });
		const { output } = await runWorkflow({ credential, parameters });
		expect(output[0].json).toMatchObject({ credits: 12.5, total: 12.5, currency: 'USD' });
	});

	it('says when the account has no balance record', async () => {
		const { credential } = here.account({ hasBalanceRecord: false });
		const { error } = await runWorkflow({ credential, parameters });
		expect(error).toMatchObject({
			httpCode: '404',
			message: expect.stringContaining('no credit balance'),
		});
	});
});
