/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Park While Waiting in real n8n: killed with SIGKILL while parked, while the videos are fetched, and while they are
 * downloaded. Three n8n live through it at the same time, for n8n's own waits take most of it, and one of them has
 * queue mode. What counts is what the sandbox billed, and what the next node of the workflow got.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Execution } from '../../harness/drive/api';
import { installN8n, type N8nVersion } from '../../harness/install';
import { startN8n, type N8n, type Workflow, type WorkflowNode } from '../../harness/run/n8n';
import { buildAndPack } from '../../harness/install/pack';
import type { FaultRule } from '../../sandbox';
import { Cleanup } from '../../harness/run/cleanup';
import { nodeOf, readExample } from './support/examples';
import { whenExecution } from './support/executions';
import { itemsOf } from './support/output';
import {
	hasTold,
	orderParked,
	parcelsOf,
	parkedWorkflow,
	toldFiles,
	unsavedWorkflow,
	type Parcel,
} from './support/parked';
import { killedInQueueMode, type KilledQueue } from './support/parkedQueue';
import { testService, type TestService } from './support/service';

const JOB_SECONDS = 3;
/** n8n looks once a minute for what a crash left behind, and parks for 65 s at least. */
const SLOW = { timeout: 240_000 };

const cleanup = new Cleanup();
let tarball: string;

interface Stage {
	service: TestService;
	n8n: N8n;
	add(path: string, settings?: Partial<WorkflowNode>): Promise<Workflow>;
	jobsFor(motion: string): Array<{ billed: boolean; requestId: string }>;
}

async function stage(version: N8nVersion = '2.41.1'): Promise<Stage> {
	const service = await testService(JOB_SECONDS);
	cleanup.add(async () => await service.sandbox.close());
	const n8n = await startN8n({
		installation: await installN8n(version),
		userFolder: cleanup.temporaryFolder('segmind-kling-park-'),
		tarball,
		credentials: [service.credential],
		// What most people have; the harness saves more.
		env: {
			EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false',
			EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
			// What is not kept is gone within a minute, with its files.
			EXECUTIONS_DATA_HARD_DELETE_BUFFER: '0',
			EXECUTIONS_DATA_PRUNE_HARD_DELETE_INTERVAL: '1',
		},
	});
	cleanup.add(async () => await n8n.stop());
	await n8n.api.setupOwner();
	return {
		service,
		n8n,
		async add(path, settings) {
			const workflow = parkedWorkflow(path, service, settings);
			return await n8n.api.addWorkflow({
				...workflow,
				settings: { ...workflow.settings, saveDataSuccessExecution: 'all' },
			});
		},
		jobsFor: (motion) => service.jobs().filter(({ body }) => body.prompt === motion),
	};
}

const CONTINUE: Partial<WorkflowNode> = { onError: 'continueErrorOutput' };

const failing = (prompt: string): FaultRule => ({
	stage: 'submit',
	match: { prompt },
	fault: { kind: 'fail-job', error: 'no face found' },
});

/** The execution's row as n8n has it, with its children. */
async function statuses({ n8n }: Stage, workflow: Workflow) {
	const rows = await n8n.api.executions({ workflowId: workflow.id });
	return rows.map(({ mode, status }) => `${mode} ${status}`).sort();
}

beforeAll(async () => {
	tarball = await buildAndPack();
	cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
}, 120_000);
afterAll(async () => await cleanup.run(), 120_000);

interface Ended {
	execution: Execution;
	parcels: Parcel[];
}

/** SIGKILL while everything is parked, and again while a video is asked for. */
async function killedWhileFetching() {
	const it = await stage();
	const { n8n, service } = it;
	const { api } = n8n;
	const batch = await it.add('batch', CONTINUE);
	const held = await it.add('held');
	const stopped = await it.add('stopped');
	const unsaved = await api.addWorkflow(unsavedWorkflow('unsaved', service));
	service.sandbox.inject(failing('Bad'));
	// Also after n8n has started again: the fetching hangs until n8n is killed.
	service.sandbox.inject({ stage: 'status', match: { prompt: 'Held' }, fault: { kind: 'hang' } });

	const batchOrder = await orderParked(n8n, batch, ['One', 'Bad', 'Two']);
	const heldOrder = await orderParked(n8n, held, ['Held']);
	await orderParked(n8n, unsaved, ['Unsaved']);
	const first = await orderParked(n8n, stopped, ['Stopped']);
	await api.stopExecution(first.id);
	// Its video may be finished already: then nothing is parked.
	const second = await orderParked(n8n, stopped, ['Stopped'], ['waiting', 'success']);
	const parked = {
		batch: await statuses(it, batch),
		held: await statuses(it, held),
	};

	await n8n.kill();
	const submits = () =>
		service.sandbox.requests().filter(({ stage: of }) => of === 'submit').length;
	const submitted = submits();
	await n8n.restart();
	const end = async (id: string): Promise<Ended> => {
		const execution = await api.waitForExecution(id, SLOW);
		return { execution, parcels: await parcelsOf(execution) };
	};
	// They are due together with the one that hangs; a kill in the moment in which they go on is another story.
	const batchEnd = await end(batchOrder.id);
	const stoppedEnd = await end(second.id);
	await service.sandbox.whenRequests((requests) => requests.some(hasTold));
	await service.sandbox.whenRequests((requests) =>
		requests.some(
			({ stage: of, path }) =>
				of === 'status' && path.includes(it.jobsFor('Held')[0]?.requestId ?? 'none'),
		),
	);
	await n8n.kill();
	await n8n.restart();
	const heldEnd = await end(heldOrder.id);

	// What n8n prunes or somebody deletes: the executions that fetched.
	const children = (await api.executions({ workflowId: batch.id })).filter(
		({ mode }) => mode === 'integrated',
	);
	await api.deleteExecutions(children.map(({ id }) => id));
	const files = await Promise.all(
		batchEnd.parcels.map(async ({ fileId }) => (await api.binary(fileId)).length),
	);
	const told = await toldFiles(service, 'Unsaved');
	const submitsAfterKill = submits() - submitted;
	const jobsBefore = it.jobsFor('Held');
	await orderParked(n8n, held, ['Held']);
	return {
		...{ it, parked, answer: batchOrder.answer, batchEnd, heldEnd, stoppedEnd, children, files },
		...{ told, unsaved: await statuses(it, unsaved), batchId: batchOrder.id },
		...{ submitsAfterKill, heldJobs: [jobsBefore.length, it.jobsFor('Held').length] },
	};
}

/** SIGKILL while a video is downloaded; and a run that ends with an error. */
async function killedWhileDownloading() {
	const it = await stage();
	const { n8n, service } = it;
	const { api } = n8n;
	const whole = await it.add('whole');
	const broken = await it.add('broken');
	service.sandbox.inject(failing('Bad'));
	service.sandbox.inject({
		stage: 'download',
		match: { prompt: 'Whole' },
		fault: { kind: 'stall', afterBytes: 1000 },
	});
	const brokenOrder = await orderParked(n8n, broken, ['Good', 'Bad']);
	const wholeOrder = await orderParked(n8n, whole, ['Whole']);
	const example = readExample('parked-batch.json', service);
	Object.assign(nodeOf(example, 'Make Videos').parameters.options as object, { maxWait: 1 });
	const saved = await api.addWorkflow(example);
	const exampleId = await api.runWorkflowManually(saved.id, 'Run by Hand');
	await whenExecution(n8n, saved, ({ id, status }) => id === exampleId && status === 'waiting');
	const failed = await api.waitForExecution(brokenOrder.id, SLOW);
	await service.sandbox.whenRequests((requests) =>
		requests.some(({ stage: of }) => of === 'download'),
	);
	await n8n.kill();
	await n8n.restart();
	const again = await orderParked(n8n, broken, ['Good', 'Bad']);
	const wholeEnd = await api.waitForExecution(wholeOrder.id, SLOW);
	const againEnd = await api.waitForExecution(again.id, SLOW);
	const exampleEnd = await api.waitForExecution(exampleId, SLOW);
	return {
		it,
		failed,
		exampleEnd,
		wholeEnd: { execution: wholeEnd, parcels: await parcelsOf(wholeEnd) },
		againEnd: { execution: againEnd, parcels: await parcelsOf(againEnd) },
	};
}

/** An n8n that cannot do it. */
async function refusedByOldN8n() {
	const it = await stage('1.100.1');
	const { id } = await it.add('old');
	const { api } = it.n8n;
	await api.runWebhook('old', { data: { items: [{ motion: 'Old' }] } });
	const execution = await api.waitForExecution(({ workflowId }) => workflowId === id);
	await it.n8n.stop();
	return { execution, stages: it.service.sandbox.requests().map(({ stage: of }) => of) };
}

const whole = ({ parcels }: Ended) =>
	parcels.map(({ motion, sha256, original }) => ({ motion, isWhole: sha256 === original }));

describe('Park While Waiting', () => {
	let fetching: Awaited<ReturnType<typeof killedWhileFetching>>;
	let downloading: Awaited<ReturnType<typeof killedWhileDownloading>>;
	let refused: Awaited<ReturnType<typeof refusedByOldN8n>>;
	let queue: KilledQueue;

	beforeAll(async () => {
		[fetching, downloading, refused, queue] = await Promise.all([
			killedWhileFetching(),
			killedWhileDownloading(),
			refusedByOldN8n(),
			killedInQueueMode(tarball, JOB_SECONDS, cleanup),
		]);
	}, 480_000);

	describe('a batch, killed while parked', () => {
		it('is in the database: the execution, and those that wait in its stead', () => {
			const all = ['integrated waiting', 'integrated waiting', 'webhook waiting'];
			expect(fetching.parked).toEqual({ batch: all, held: all });
		});

		it('answered its webhook with the request IDs when it was parked', () => {
			const [{ requestId }] = fetching.it.jobsFor('One');
			expect(fetching.answer).toMatchObject({ requestId, status: 'QUEUED' });
		});

		it('goes on by itself: files, pairing, and the bad item on the error output', () => {
			const { execution } = fetching.batchEnd;
			expect(execution.status).toBe('success');
			expect(whole(fetching.batchEnd)).toEqual([
				{ motion: 'One', isWhole: true },
				{ motion: 'Two', isWhole: true },
			]);
			const [, errors] = execution.data.resultData.runData.Kling.at(-1)!.data!.main;
			expect(errors).toHaveLength(1);
			expect(errors![0].json).toMatchObject({
				error: expect.stringContaining('no face found'),
				details: { billed: 'no', requestId: fetching.it.jobsFor('Bad')[0].requestId },
			});
		});

		it('keeps its files when the executions that fetched them are deleted', () => {
			expect(fetching.children.length).toBeGreaterThan(0);
			expect(fetching.files).toHaveLength(2);
			expect(Math.min(...fetching.files)).toBeGreaterThan(1000);
		});

		it('has them as its own: they go with it, and with no other execution', () => {
			for (const { fileId } of fetching.batchEnd.parcels) {
				expect(fileId).toContain(`/executions/${fetching.batchId}/`);
			}
		});
	});

	it('of a workflow that saves no executions: the next node has the whole file', () => {
		expect(fetching.told).toEqual([{ isWhole: true }]);
		expect(fetching.it.jobsFor('Unsaved').map(({ billed }) => billed)).toEqual([true]);
		expect(fetching.unsaved.filter((row) => row.startsWith('webhook'))).toEqual([]);
	});

	it('killed while the video is asked for: begins anew by itself', () => {
		expect(fetching.heldEnd.execution.status).toBe('success');
		expect(whole(fetching.heldEnd)).toEqual([{ motion: 'Held', isWhole: true }]);
	});

	it('killed while the file is downloaded: begins anew by itself', () => {
		expect(downloading.wholeEnd.execution.status).toBe('success');
		expect(whole(downloading.wholeEnd)).toEqual([{ motion: 'Whole', isWhole: true }]);
	});

	it('stopped while parked: the next execution takes the video over', () => {
		expect(fetching.stoppedEnd.execution.status).toBe('success');
		expect(whole(fetching.stoppedEnd)).toEqual([{ motion: 'Stopped', isWhole: true }]);
		expect(fetching.it.jobsFor('Stopped')).toHaveLength(1);
	});

	it('is billed once for each video, and submits nothing after a kill', () => {
		expect(fetching.submitsAfterKill).toBe(0);
		for (const motion of ['One', 'Two', 'Stopped']) {
			expect(fetching.it.jobsFor(motion).map(({ billed }) => billed)).toEqual([true]);
		}
		expect(fetching.heldJobs[0]).toBe(1);
		expect(downloading.it.jobsFor('Whole').map(({ billed }) => billed)).toEqual([true]);
	});

	it('the example, run by hand, ends with a video of each product', () => {
		const { exampleEnd, it: story } = downloading;
		expect(exampleEnd.status).toBe('success');
		const items = itemsOf(exampleEnd, 'Use the Videos');
		expect(items.map(({ json }) => json.product)).toEqual(['Lamp', 'Chair', 'Table']);
		for (const { binary } of items) expect(binary!.data.mimeType).toBe('video/mp4');
		expect(
			story.service.jobs().filter(({ body }) => /light/.test(String(body.prompt))),
		).toHaveLength(3);
	});

	describe('a run that is not set to continue, with a bad item', () => {
		it('ends with an error that names what is paid, and what to do', () => {
			const { failed, it: story } = downloading;
			expect(failed.status).toBe('error');
			const { message, description } = failed.data.resultData.error as Error & {
				description: string;
			};
			expect(message).toContain(story.jobsFor('Bad')[0].requestId);
			expect(description).toContain(story.jobsFor('Good')[0].requestId);
			expect(description).toContain('Execute the workflow again');
		});

		it('executed again, takes over what is paid, and submits the failed one anew', () => {
			const { againEnd, it: story } = downloading;
			expect(againEnd.execution.status).toBe('success');
			expect(whole(againEnd)).toEqual([
				{ motion: 'Good', isWhole: true },
				{ motion: 'Bad', isWhole: true },
			]);
			expect(story.jobsFor('Good').map(({ billed }) => billed)).toEqual([true]);
			expect(story.jobsFor('Bad').map(({ billed }) => billed)).toEqual([false, true]);
		});
	});

	it('a delivered video is not delivered again: the same order is a new video', () => {
		expect(fetching.heldJobs).toEqual([1, 2]);
	});

	it('n8n 1.100.1 cannot do it: refused before anything is sent', () => {
		expect(refused.execution.data.resultData.error?.message).toContain(
			'too old for Park While Waiting',
		);
		expect(itemsOf(refused.execution, 'Kling')).toEqual([]);
		expect(refused.stages).toEqual([]);
	});

	describe('in queue mode', () => {
		it('goes on by itself after main, database and worker were gone', () => {
			expect(queue.execution.status).toBe('success');
			expect(whole(queue)).toEqual([
				{ motion: 'One', isWhole: true },
				{ motion: 'Two', isWhole: true },
			]);
		});

		it('keeps its files in the database', () => {
			for (const { fileId } of queue.parcels) expect(fileId).toMatch(/^database:/);
		});

		it('is billed once for each video, and submits nothing after a kill', () => {
			expect(queue.jobs.map(({ billed }) => billed)).toEqual([true, true]);
			expect(queue.submits).toEqual([2, 2]);
		});
	});
});
