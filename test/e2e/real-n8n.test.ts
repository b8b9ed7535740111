/**
 * Our packed package in real n8n, the current one and the oldest that the README promises. The sandbox's
 * ledger counts what was paid.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import { runDemo, type DemoResult } from '../../demo/run';
import { firstVideo } from '../../demo/inputs';
import type { Execution } from '../../harness/drive/api';
import type { Workflow, WorkflowNode } from '../../harness/run/n8n';
import { MODELS } from '../../nodes/KlingO3/models';
import type { Sandbox } from '../../sandbox';
import { batchWorkflow, KLING } from './support/workflow';

const TEN = Array.from({ length: 10 }, (_, index) => ({
	motion: `Clouds drift, take ${index + 1}`,
}));

describe.each(['2.41.1', '1.100.1'] as const)('n8n %s', (version) => {
	let demo: DemoResult;
	let sandbox: Sandbox;
	let key: string;
	/** What the account had been billed for before a test. */
	let before: { jobs: number; billed: number };

	const ledger = () => {
		const { jobs } = sandbox.account(key);
		return { jobs: jobs.length, billed: jobs.filter(({ billed }) => billed).length };
	};
	const spent = () => {
		const now = ledger();
		return { jobs: now.jobs - before.jobs, billed: now.billed - before.billed };
	};
	const outputs = (execution: Execution) =>
		execution.data.resultData.runData.Kling.at(-1)!.data!.main;

	/** Adds a workflow with our node and calls it with these items. */
	async function runBatch(
		path: string,
		items: object[],
		{
			parameters = {},
			settings = {},
		}: { parameters?: object; settings?: Partial<WorkflowNode> } = {},
	): Promise<{ workflow: Workflow; execution: Execution }> {
		const node = {
			resource: 'video',
			operation: 'generate',
			imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`,
			prompt: '={{ $json.motion }}',
			duration: '3',
			mode: 'std',
			...parameters,
		};
		const workflow = await demo.n8n.api.addWorkflow(batchWorkflow(path, node, settings));
		await demo.n8n.api.runWebhook(path, { data: { items } });
		const execution = await demo.n8n.api.waitForExecution(
			({ workflowId }) => workflowId === workflow.id,
		);
		return { workflow, execution };
	}

	beforeAll(async () => {
		demo = await runDemo({ version });
		sandbox = demo.service.sandbox!;
		key = demo.service.credential.apiKey;
	}, 600_000);
	afterAll(async () => await demo?.close(), 60_000);

	beforeEach(() => {
		sandbox.clearFaults();
		sandbox.set({ jobSeconds: 0.5 });
		before = ledger();
	});

	describe('the demo', () => {
		it('makes an MP4 that plays, with sound, from an image file', () => {
			expect(demo.media).toMatchObject({ hasVideo: true, hasAudio: true });
			expect(demo.media.durationSeconds).toBeCloseTo(5, 0);
			expect(demo.output).toMatchObject({
				status: 'COMPLETED',
				model: 'kling-o3-image2video',
				duration: 5,
				cost: 1.75,
			});
		});

		it('is one job, billed once', () => {
			const { jobs, uploads } = sandbox.account(key);
			expect(uploads).toHaveLength(1);
			expect(jobs[0]).toMatchObject({ requestId: demo.output.requestId, billed: true });
		});

		it('runs the node as the community package that users install', async () => {
			const types = await demo.n8n.api.nodeTypes();
			const names = types.map(({ name }) => name);
			expect(names).toContain(KLING);
			expect(names).toContain(`${KLING}Tool`);
		});
	});

	describe.each(MODELS)('the demo with $label', (model) => {
		it('makes a video that plays, in one job, billed once', async () => {
			const { media, output } = await demo.make(model);
			expect(media).toMatchObject({ hasVideo: true, hasAudio: true });
			const jobs = sandbox.account(key).jobs.slice(before.jobs);
			expect(jobs).toMatchObject([{ requestId: output.requestId, billed: true }]);
			expect(output).toMatchObject({
				status: 'COMPLETED',
				model: model.name,
				estimatedCost: jobs[0].cost,
				cost: jobs[0].cost,
			});
		}, 120_000);

		it('opens a workflow that makes a video with the button of the editor', async () => {
			const samples = `${sandbox.filesUrl}/samples`;
			const workflow = await demo.n8n.api.addWorkflow(firstVideo(model, samples));
			const id = await demo.n8n.api.runWorkflowManually(workflow.id, 'Start');
			const execution = await demo.n8n.api.waitForExecution(id);
			expect(execution.status).toBe('success');
			const [[item]] = execution.data.resultData.runData['Segmind Kling O3'][0].data!.main as [
				[INodeExecutionData],
			];
			const file = await demo.n8n.api.binary(item.binary!.data.id!);
			expect(file.toString('latin1', 4, 8)).toBe('ftyp');
			expect(spent()).toEqual({ jobs: 1, billed: 1 });
		}, 120_000);
	});

	describe('the credential test', () => {
		const test = async (change: object) =>
			await demo.n8n.api.credentialTest({
				id: 'SegmindDemo00001',
				name: 'Segmind (demo)',
				type: 'segmindApi',
				data: { ...demo.service.credential, ...change },
			});

		it('accepts the right key', async () => {
			expect(await test({})).toMatchObject({ status: 'OK' });
		});

		it.each([
			['a wrong key', () => ({ apiKey: 'SG_wrong_example' }), /refused this API key/],
			[
				'an account without a balance',
				() => ({ apiKey: sandbox.createAccount({ hasBalanceRecord: false }).key }),
				/no credit balance yet/,
			],
			['plain http to a public host', () => ({ baseUrl: 'http://api.example.com' }), /unencrypted/],
		])('says what is wrong with %s', async (_name, change, message) => {
			const result = await test(change());
			expect(result.status).toBe('Error');
			expect(result.message).toMatch(message);
		});
	});

	describe('ten items of which one fails', () => {
		const failOnce = (text: string) =>
			sandbox.inject({
				stage: 'submit',
				key,
				match: { prompt: text },
				fault: { kind: 'fail-job', error: 'no face found' },
			});

		it('with Retry On Fail: all ten videos, and eleven submits', async () => {
			failOnce('take 3');
			const { execution } = await runBatch('retry-on-fail', TEN, {
				settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 },
			});
			expect(execution.status).toBe('success');
			expect(outputs(execution)[0]).toHaveLength(10);
			expect(spent()).toEqual({ jobs: 11, billed: 10 });
		}, 120_000);

		it('with Retry On Fail and Continue: the first item repeats the node, and nothing is paid twice', async () => {
			failOnce('take 1');
			const { execution } = await runBatch('retry-continue', TEN, {
				settings: {
					retryOnFail: true,
					maxTries: 3,
					waitBetweenTries: 100,
					onError: 'continueRegularOutput',
				},
			});
			expect(execution.status).toBe('success');
			const prompts = outputs(execution)[0]!.map(({ json }) => json.error);
			expect(prompts).toEqual(Array(10).fill(undefined));
			expect(spent()).toEqual({ jobs: 11, billed: 10 });
		}, 120_000);

		it.each([
			['the original workflow', false],
			['the workflow as it was changed since', true],
		])(
			'retried from the executions list with %s: no video is paid twice',
			async (_name, loadWorkflow) => {
				failOnce('take 7');
				const { workflow, execution } = await runBatch(`list-retry-${loadWorkflow}`, TEN);
				expect(execution.status).toBe('error');
				const error = execution.data.resultData.error as { message: string; description?: string };
				expect(error.message).toMatch(/no face found/);
				expect(error.description).toMatch(/Paid in this run all the same: request .*http.*\$0\.63/);
				if (loadWorkflow) {
					await demo.n8n.api.updateWorkflow(workflow.id, ({ nodes }) => {
						const kling = nodes.find(({ name }) => name === 'Kling')!;
						kling.parameters.options = { fileName: '={{ "take-" + $itemIndex }}' };
					});
				}
				const retry = await demo.n8n.api.retry(execution.id, { loadWorkflow });
				expect(retry.status).toBe('success');
				expect(outputs(retry)[0]).toHaveLength(10);
				expect(spent()).toEqual({ jobs: 11, billed: 10 });
				const names = outputs(retry)[0]!.map(({ binary }) => binary!.data.fileName);
				if (loadWorkflow) expect(names).toContain('take-9.mp4');
				expect(JSON.stringify(retry.data.executionData?.contextData ?? {})).not.toContain(
					'segmindJobs',
				);
			},
			120_000,
		);

		it('with the error output: nine videos on one, the error with its input on the other', async () => {
			failOnce('take 5');
			const { execution } = await runBatch('error-output', TEN, {
				settings: { onError: 'continueErrorOutput' },
			});
			const [good, bad] = outputs(execution);
			expect(good).toHaveLength(9);
			expect(bad).toHaveLength(1);
			expect(bad![0].json).toMatchObject({
				motion: 'Clouds drift, take 5',
				error: expect.stringContaining('no face found'),
				details: { billed: 'no', httpCode: 422 },
			});
			expect(spent()).toEqual({ jobs: 10, billed: 9 });
		}, 120_000);

		it('with Continue: nine videos and one error item, in input order', async () => {
			failOnce('take 5');
			const { execution } = await runBatch('continue', TEN, {
				settings: { onError: 'continueRegularOutput' },
			});
			const items = outputs(execution)[0]!;
			expect(items).toHaveLength(10);
			expect(Object.keys(items[4].json).sort()).toEqual(['details', 'error']);
			expect(spent()).toEqual({ jobs: 10, billed: 9 });
		}, 120_000);
	});

	describe('a submit whose answer is lost', () => {
		it("is found in the account's history, and the video comes out", async () => {
			sandbox.inject({ stage: 'submit', key, fault: { kind: 'reset', when: 'after' } });
			const { execution } = await runBatch('found-answer', [{ motion: 'Hail' }]);
			expect(execution.status).toBe('success');
			expect(outputs(execution)[0]![0].json.status).toBe('COMPLETED');
			expect(spent()).toEqual({ jobs: 1, billed: 1 });
		}, 120_000);

		it('is not repeated where there is no history: not by the node, not by Retry On Fail, not by a retry from the list', async () => {
			sandbox.set({ historyAvailable: false });
			sandbox.inject({ stage: 'submit', key, fault: { kind: 'reset', when: 'after' } });
			const { execution } = await runBatch('lost-answer', [{ motion: 'Rain' }], {
				settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 },
			});
			expect(execution.status).toBe('error');
			const { message } = execution.data.resultData.error!;
			expect(message).toMatch(/unknown whether this video was submitted.*may be billed/);
			const retry = await demo.n8n.api.retry(execution.id, { loadWorkflow: false });
			sandbox.set({ historyAvailable: true });
			expect(retry.status).toBe('error');
			expect(spent().jobs).toBe(1);
		}, 120_000);
	});

	describe("the account's history", () => {
		const asSaved: Array<[string, (id: string) => unknown]> = [
			['plain text, as saved before there was a list', (id) => id],
			['an expression, as saved before there was a list', () => '={{ $json.id }}'],
			['chosen from the list', (id) => ({ __rl: true, mode: 'list', value: id })],
			['entered as an expression', () => ({ __rl: true, mode: 'id', value: '={{ $json.id }}' })],
		];

		it.each(asSaved)(
			'Get takes a request ID that is %s',
			async (name, form) => {
				const id = String(demo.output.requestId);
				const path = `get-${name.replace(/\W+/g, '-')}`;
				const { execution } = await runBatch(path, [{ id }], {
					parameters: { operation: 'get', requestId: form(id) },
				});
				expect(execution.status).toBe('success');
				expect(outputs(execution)[0]![0].json).toMatchObject({ requestId: id, cost: 1.75 });
				expect(spent()).toEqual({ jobs: 0, billed: 0 });
			},
			120_000,
		);

		it('is the list of Get, page by page, with a search; or says what to do', async () => {
			const { api } = demo.n8n;
			const parameters = { resource: 'video', operation: 'get' };
			const kling = batchWorkflow('list', parameters).nodes.find(({ name }) => name === 'Kling')!;
			const list = async (searched = {}) => await api.searchList(kling, 'searchVideos', searched);
			const ids: string[] = [];
			for (let n = 0; n < 101; n++) {
				const past = { createdAt: Date.now() - (n + 1) * 60_000, status: 'FAILED' as const };
				ids.push(await sandbox.addPast(key, { ...past, prompt: `Take ${n}` }));
			}
			const first = await list();
			expect(first.results[0].name).toMatch(/^\d{1,2} \w{3} \d\d:\d\d · /);
			const second = await list({ paginationToken: first.paginationToken });
			const listed = [...first.results, ...second.results].map(({ value }) => value);
			expect(listed).toEqual(expect.arrayContaining([...ids, demo.output.requestId]));
			const found = await list({ filter: 'take 100' });
			expect(found.results.map(({ value }) => value)).toEqual([ids[100]]);

			sandbox.set({ historyAvailable: false });
			await expect(list()).rejects.toThrow(/could not be read: .*Choose By ID/);
			sandbox.set({ historyAvailable: true });
		}, 120_000);

		it('is what Get Many and Get Usage read', async () => {
			const { execution } = await runBatch('get-many', [{}], {
				parameters: { operation: 'getMany', returnAll: true, filters: { status: 'COMPLETED' } },
			});
			const rows = outputs(execution)[0]!.map(({ json }) => json);
			expect(rows.map(({ requestId }) => requestId)).toContain(demo.output.requestId);
			const sum = rows.reduce((total, { cost }) => total + Number(cost), 0);
			expect(sum).toBeCloseTo(sandbox.account(key).spent);

			const usage = await runBatch('get-usage', [{}], {
				parameters: {
					...{ resource: 'account', operation: 'getUsage' },
					from: '={{ $now.minus({ days: 3 }) }}',
				},
			});
			const [[{ json }]] = outputs(usage.execution) as [[INodeExecutionData]];
			expect(json.cost).toBeCloseTo(sandbox.account(key).spent);
			expect(json.pending).toBe(0);
			expect(Number(json.count) - Number(json.failed)).toBe(rows.length);
		}, 120_000);
	});

	describe('the key', () => {
		it('stands in no saved execution and in no log line', async () => {
			// Otherwise each answer that is lost is looked for.
			sandbox.set({ historyAvailable: false });
			const faults = [401, 406, 500].map((status) => ({
				kind: 'respond' as const,
				status,
				body: { error: 'injected' },
			}));
			for (const [index, fault] of faults.entries()) {
				sandbox.inject({ stage: 'submit', key, fault });
				await runBatch(`key-${index}`, [{ motion: 'Wind' }]);
			}
			sandbox.inject({ stage: 'submit', key, fault: { kind: 'reset', when: 'before' } });
			await runBatch('key-reset', [{ motion: 'Wind' }], {
				settings: { onError: 'continueErrorOutput' },
			});

			sandbox.set({ historyAvailable: true });
			const executions = await demo.n8n.api.executions();
			expect(executions.length).toBeGreaterThan(8);
			for (const { id } of executions) {
				expect(await demo.n8n.api.savedExecutionText(id)).not.toContain(key);
			}
			expect(demo.n8n.log()).not.toContain(key);
			expect(demo.n8n.log()).not.toMatch(/x-api-key/i);
			const downloads = sandbox.requests().filter(({ origin }) => origin === 'files');
			expect(JSON.stringify(downloads)).not.toContain(key);
		}, 120_000);
	});
});
