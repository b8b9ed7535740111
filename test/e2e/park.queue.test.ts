/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Park While Waiting in n8n's queue mode: the main instance is killed with SIGKILL while everything is parked, the
 * database is restarted, and then the worker is killed while it downloads.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Execution } from '../../harness/api';
import { installN8n } from '../../harness/install';
import { buildAndPack } from '../../harness/pack';
import { startQueue, type Queue } from '../../harness/queue';
import { Cleanup } from './support/cleanup';
import { orderParked, parcelsOf, parkedWorkflow, type Parcel } from './support/parked';
import { testService, type TestService } from './support/service';

const JOB_SECONDS = 3;
const CONCURRENCY = 5;
/** With n8n's own values the same thing takes 50 s longer. */
const QUICKLY_STALLED = {
	QUEUE_WORKER_LOCK_DURATION: '15000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '5000',
	QUEUE_WORKER_STALLED_INTERVAL: '5000',
};
const SLOW = { timeout: 300_000 };

describe('Park While Waiting in queue mode', () => {
	const cleanup = new Cleanup();
	let service: TestService;
	let queue: Queue;
	let execution: Execution;
	let parcels: Parcel[];
	let submitted: number;

	const submits = () => service.sandbox.requests().filter(({ stage }) => stage === 'submit').length;

	beforeAll(async () => {
		const tarball = await buildAndPack();
		cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
		service = await testService(JOB_SECONDS);
		cleanup.add(async () => await service.sandbox.close());
		queue = await startQueue({
			installation: await installN8n('2.41.1'),
			folder: cleanup.temporaryFolder('segmind-kling-park-queue-'),
			tarball,
			credentials: [service.credential],
			workers: 1,
			concurrency: CONCURRENCY,
			env: { ...QUICKLY_STALLED, EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false' },
		});
		cleanup.add(async () => await queue.close());
		const { main, postgres } = queue;
		await main.api.setupOwner();
		const workflow = await main.api.addWorkflow(parkedWorkflow('queue', service));
		service.sandbox.inject({
			stage: 'download',
			match: { prompt: 'One' },
			fault: { kind: 'stall', afterBytes: 1000 },
		});
		const { id } = await orderParked(main, workflow, ['One', 'Two']);
		submitted = submits();

		await main.kill();
		await postgres.restart();
		await main.restart();
		await service.sandbox.whenRequests((requests) =>
			requests.some(({ stage }) => stage === 'download'),
		);
		await queue.workers[0].kill();
		await queue.addWorker();
		execution = await main.api.waitForExecution(id, SLOW);
		parcels = await parcelsOf(execution);
	}, 480_000);
	afterAll(async () => await cleanup.run(), 120_000);

	it('goes on by itself after main, database and worker were gone', () => {
		expect(execution.status).toBe('success');
		expect(
			parcels.map(({ motion, sha256, original }) => ({ motion, isWhole: sha256 === original })),
		).toEqual([
			{ motion: 'One', isWhole: true },
			{ motion: 'Two', isWhole: true },
		]);
	});

	it('keeps its files in the database', () => {
		for (const { fileId } of parcels) expect(fileId).toMatch(/^database:/);
	});

	it('is billed once for each video, and submits nothing after a kill', () => {
		expect(service.jobs().map(({ billed }) => billed)).toEqual([true, true]);
		expect(submits()).toBe(submitted);
	});
});
