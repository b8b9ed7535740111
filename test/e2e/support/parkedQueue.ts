/**
 * Park While Waiting in n8n's queue mode: the main instance is killed with SIGKILL while everything is parked, the
 * database is restarted, and then the worker is killed while it downloads.
 */
import type { Execution } from '../../../harness/drive/api';
import { installN8n } from '../../../harness/install';
import { startQueue } from '../../../harness/run/queue';
import type { JobReport } from '../../../sandbox';
import type { Cleanup } from '../../../harness/run/cleanup';
import { orderParked, parcelsOf, parkedWorkflow, type Parcel } from './parked';
import { testService } from './service';

const CONCURRENCY = 5;
/** With n8n's own values the same thing takes 50 s longer. */
const QUICKLY_STALLED = {
	QUEUE_WORKER_LOCK_DURATION: '15000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '5000',
	QUEUE_WORKER_STALLED_INTERVAL: '5000',
};
const SLOW = { timeout: 300_000 };

export interface KilledQueue {
	execution: Execution;
	parcels: Parcel[];
	jobs: JobReport[];
	/** Submits before the kills, and in all. */
	submits: [number, number];
}

/** @param jobSeconds how long a video takes */
export async function killedInQueueMode(
	tarball: string,
	jobSeconds: number,
	cleanup: Cleanup,
): Promise<KilledQueue> {
	const service = await testService(jobSeconds);
	cleanup.add(async () => await service.sandbox.close());
	const submits = () => service.sandbox.requests().filter(({ stage }) => stage === 'submit').length;
	const queue = await startQueue({
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
	const submitted = submits();

	await main.kill();
	await postgres.restart();
	await main.restart();
	await service.sandbox.whenRequests((requests) =>
		requests.some(({ stage }) => stage === 'download'),
	);
	await queue.workers[0].kill();
	await queue.addWorker();
	const execution = await main.api.waitForExecution(id, SLOW);
	const parcels = await parcelsOf(execution);
	return { execution, parcels, jobs: service.jobs(), submits: [submitted, submits()] };
}
