/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * n8n is killed (SIGKILL) while videos are being made, and started again. Two runs of
 * `examples/start-wait-get.json`, one by its webhook and one by hand, sleep in n8n's database at that moment;
 * a third execution is in the middle of `generate`. Both versions of n8n live through it at the same time.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Execution, ExecutionSummary } from '../../harness/drive/api';
import { query } from '../../harness/drive/database';
import { installN8n, type N8nVersion } from '../../harness/install';
import { startN8n, type N8n, type Workflow } from '../../harness/run/n8n';
import { buildAndPack } from '../../harness/install/pack';
import type { JobReport } from '../../sandbox';
import type { Probe } from '../../sandbox/render/probe';
import { Cleanup } from '../../harness/run/cleanup';
import { nodeOf, readExample } from './support/examples';
import { whenExecution } from './support/executions';
import { itemsOf, probeVideo } from './support/output';
import { testService, type TestService } from './support/service';
import { batchWorkflow } from './support/workflow';

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
/** The shortest wait that n8n keeps in its database. */
const WAIT_SECONDS = 65;
/** Long enough for all three executions to be on their way when n8n is killed, even on a busy machine. */
const JOB_SECONDS = 20;

/** What happened, as seen from outside n8n. */
interface Story {
	/** Rows of n8n's database while n8n was dead. */
	atKill: { byWebhook: Row; byHand: Row; generating: Row };
	jobsAtKill: JobReport[];
	/** The same executions in the end. */
	byWebhook: Execution;
	byHand: Execution;
	generating: Execution;
	/** A new execution that gets what `generate` had ordered. */
	fetched: Execution;
	videos: { byWebhook: Probe; byHand: Probe; fetched: Probe };
	/** Request IDs as n8n's log names them. */
	idsInLog: string[];
	submitsAfterKill: number;
	jobs: JobReport[];
}

interface Row {
	id: string;
	status: string;
	/** Seconds from the kill to the time at which n8n shall go on; NaN when it does not wait. */
	wakesIn: number;
}

const cleanup = new Cleanup();

/** The example, but quicker, and published. */
function example(service: TestService): Workflow {
	const workflow = readExample('start-wait-get.json', service, true);
	Object.assign(nodeOf(workflow, 'Wait').parameters, { amount: WAIT_SECONDS, unit: 'seconds' });
	return workflow;
}

/** The database is the only witness while n8n is dead. */
async function readRow(n8n: N8n, id: string, version: N8nVersion, at: number): Promise<Row> {
	const database = { installation: await installN8n(version), databaseFile: n8n.databaseFile };
	const [{ status, waitTill }] = await query<{ status: string; waitTill: string | null }>(
		database,
		'SELECT status, waitTill FROM execution_entity WHERE id = ?',
		[id],
	);
	// SQLite's text has no time zone; n8n writes UTC.
	return { id, status, wakesIn: (Date.parse(`${waitTill}Z`) - at) / 1000 };
}

async function play(version: N8nVersion, tarball: string): Promise<Story> {
	const service = await testService(JOB_SECONDS);
	cleanup.add(async () => await service.sandbox.close());
	const durable = example(service);
	const userFolder = cleanup.temporaryFolder('segmind-kling-durable-');
	const n8n = await startN8n({
		installation: await installN8n(version),
		userFolder,
		tarball,
		credentials: [service.credential],
		workflows: [durable],
		// What n8n logs when nobody has set anything is a part of this test.
		env: { N8N_LOG_LEVEL: undefined },
	});
	cleanup.add(async () => await n8n.stop());
	const { api } = n8n;
	const { sandbox, jobs } = service;
	await api.setupOwner();
	const generate = await api.addWorkflow(
		batchWorkflow('generate', {
			imageUrl: service.imageUrl,
			prompt: '={{ $json.motion }}',
			duration: '3',
			mode: 'std',
		}),
	);
	const get = await api.addWorkflow(
		batchWorkflow('get', { operation: 'get', requestId: '={{ $json.requestId }}' }),
	);

	const order = { image: service.imageUrl, prompt: 'By webhook' };
	await api.runWebhook('kling-start-wait-get', { data: order });
	const byHandId = await api.runWorkflowManually(durable.id, 'Run by Hand');
	// Answered when the execution ends, which this one never does.
	api.runWebhook('generate', { data: { items: [{ motion: 'Generate' }] } }).catch(() => {});
	const isAsleep = ({ status }: ExecutionSummary) => status === 'waiting';
	const [byWebhook, byHand, generating] = await Promise.all([
		whenExecution(n8n, durable, (one) => isAsleep(one) && one.id !== byHandId),
		whenExecution(n8n, durable, (one) => isAsleep(one) && one.id === byHandId),
		whenExecution(n8n, generate, ({ status }) => status === 'running'),
		// The node waits, so it knows its request ID.
		sandbox.whenRequests((requests) => requests.some(({ stage }) => stage === 'status')),
	]);

	await n8n.kill();
	const killedAt = Date.now();
	const jobsAtKill = jobs();
	const row = async ({ id }: ExecutionSummary) => await readRow(n8n, id, version, killedAt);
	const atKill = {
		byWebhook: await row(byWebhook),
		byHand: await row(byHand),
		generating: await row(generating),
	};
	await sandbox.whenJobs((all) => all.every(({ status }) => status === 'COMPLETED'));
	await n8n.restart();

	const crashed = await api.waitForExecution(generating.id);
	const { requestId } = jobs().find(({ body }) => body.prompt === 'Generate')!;
	await api.runWebhook('get', { data: { items: [{ requestId }] } });
	const fetched = await api.waitForExecution(({ workflowId }) => workflowId === get.id);
	const slept = [await api.waitForExecution(byWebhook.id), await api.waitForExecution(byHand.id)];

	const video = async (execution: Execution, node: string) =>
		await probeVideo(n8n, itemsOf(execution, node)[0], userFolder);
	return {
		atKill,
		jobsAtKill,
		byWebhook: slept[0],
		byHand: slept[1],
		generating: crashed,
		fetched,
		videos: {
			byWebhook: await video(slept[0], 'Get Video'),
			byHand: await video(slept[1], 'Get Video'),
			fetched: await video(fetched, 'Kling'),
		},
		idsInLog: n8n.log().match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [],
		submitsAfterKill: sandbox
			.requests()
			.filter(({ stage, at }) => stage === 'submit' && at > killedAt).length,
		jobs: jobs(),
	};
}

let stories: Map<N8nVersion, Promise<Story>>;

beforeAll(async () => {
	const tarball = await buildAndPack();
	cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
	stories = new Map(VERSIONS.map((version) => [version, play(version, tarball)]));
	await Promise.allSettled(stories.values());
}, 600_000);
afterAll(async () => await cleanup.run(), 120_000);

describe.each(VERSIONS)('n8n %s, killed while videos are being made', (version) => {
	let story: Story;
	beforeAll(async () => {
		story = await stories.get(version)!;
	});
	const jobOf = (prompt: string) => story.jobs.filter(({ body }) => body.prompt === prompt);

	it('was killed before any of the three videos was done', () => {
		expect(story.jobsAtKill.map(({ billed }) => billed)).toEqual([false, false, false]);
	});

	describe.each(['byWebhook', 'byHand'] as const)('start, Wait and get (%s)', (which) => {
		it('sleeps in the database while n8n is dead', () => {
			expect(story.atKill[which].status).toBe('waiting');
			expect(story.atKill[which].wakesIn).toBeGreaterThan(0);
		});

		it('ends with the video', () => {
			expect(story[which].status).toBe('success');
			const [{ json, binary }] = itemsOf(story[which], 'Get Video');
			expect(json.status).toBe('COMPLETED');
			expect(binary!.data).toMatchObject({ mimeType: 'video/mp4', fileType: 'video' });
		});

		it('gets the very video that it started, and it plays', () => {
			const [{ json: started }] = itemsOf(story[which], 'Start Video');
			const [{ json }] = itemsOf(story[which], 'Get Video');
			expect(json.requestId).toBe(started.requestId);
			expect(story.videos[which].hasVideo).toBe(true);
			expect(story.videos[which].durationSeconds).toBeCloseTo(3, 0);
		});
	});

	it('bills each video once and submits nothing after the kill', () => {
		expect(story.jobs.map(({ billed }) => billed)).toEqual([true, true, true]);
		expect(jobOf('By webhook')).toHaveLength(1);
		expect(story.submitsAfterKill).toBe(0);
	});

	describe('generate', () => {
		it('is lost for n8n: the execution is crashed and has no video', () => {
			expect(story.atKill.generating.status).toBe('running');
			expect(story.generating.status).toBe('crashed');
			expect(itemsOf(story.generating, 'Kling').filter(({ binary }) => binary)).toEqual([]);
		});

		it("leaves its request ID in n8n's log, at the default log level", () => {
			expect(story.idsInLog).toContain(jobOf('Generate')[0].requestId);
		});

		it('has its video fetched by get, for no further money', () => {
			const [{ requestId, videoUrl }] = jobOf('Generate');
			expect(story.fetched.status).toBe('success');
			expect(itemsOf(story.fetched, 'Kling')[0].json).toMatchObject({ requestId, videoUrl });
			expect(story.videos.fetched.durationSeconds).toBeCloseTo(3, 0);
			expect(jobOf('Generate')).toHaveLength(1);
		});
	});
});
