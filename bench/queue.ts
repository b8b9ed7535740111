/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/**
 * `npm run bench -- --queue`: many executions of one video each in n8n's queue mode, with Redis, PostgreSQL, a main
 * instance and two workers: Generate as it is, parked, and Start, Wait, Get by hand. n8n's own waits are beside them:
 * what they cost is not ours.
 */
import { join } from 'node:path';
import pLimit from 'p-limit';
import { queryPostgres } from '../harness/drive/database';
import { installN8n } from '../harness/install';
import type { Credential, Worker } from '../harness/run/n8n';
import { startQueue, type Queue } from '../harness/run/queue';
import { startSandbox, type JobReport, type Sandbox } from '../sandbox';
import { patiently, UNFINISHED } from './executions';
import { MEASURED_ENV, packOurs, temporaryFolder, type AtEnd, type Log } from './lab';
import { observe } from './process';
import { machine, saveQueueRun, type QueueRun } from './records';
import { told } from './report/format';
import { QUEUE_COLUMNS } from './report/queue';
import { N8N_VERSION, queueSettingsFor, type QueueSettings } from './settings';
import { workflowOf, type Kind } from './workflows';

const KEY = 'SG_example_benchmark_queue';
const CREDENTIAL = 'QueueSegmindTest';
const CALLS_AT_ONCE = 20;
/**
 * Executions for each slot of a worker that are not measured: what is loaded at the first use, and what V8 keeps for
 * work of this kind, is not what an execution costs.
 */
const WARM_UP_ROUNDS = 3;
const WARM_UP_TAKES = 1_000_000;
const COLLECTION = { alive: 'objects', everyMs: 3000 } as const;
const PATIENCE = { everyMs: 1000, patienceMs: 3 * 3_600_000 };

interface Measurement {
	kind: Kind;
	/** How many executions. */
	size: 'executions' | 'many';
	/** Garbage is collected all the time: what is left of the peak is memory that is needed. */
	isCollected?: boolean;
}

/** What can be measured on its own. The quickest first. */
const MEASUREMENTS = {
	parked: { kind: 'parked', size: 'executions' },
	wait: { kind: 'wait', size: 'executions' },
	subWait: { kind: 'subWait', size: 'executions' },
	byHand: { kind: 'byHand', size: 'executions' },
	generate: { kind: 'generate', size: 'executions' },
	many: { kind: 'parked', size: 'many' },
	subWaitMany: { kind: 'subWait', size: 'many' },
	parkedHeld: { kind: 'parked', size: 'executions', isCollected: true },
	subWaitHeld: { kind: 'subWait', size: 'executions', isCollected: true },
} as const satisfies Record<string, Measurement>;
export type QueuePart = keyof typeof MEASUREMENTS;
export const QUEUE_PARTS = Object.keys(MEASUREMENTS) as QueuePart[];

/** The most jobs between their submit and their end at one moment. */
export function mostAtOnce(jobs: Array<Pick<JobReport, 'createdAt' | 'completedAt'>>): number {
	const changes = jobs
		.flatMap(({ createdAt, completedAt = Infinity }) => [
			[createdAt, 1],
			[completedAt, -1],
		])
		.sort(([at, by], [otherAt, otherBy]) => at - otherAt || by - otherBy);
	let now = 0;
	return changes.reduce((most, [, by]) => Math.max(most, (now += by)), 0);
}

interface Site {
	queue: Queue;
	sandbox: Sandbox;
	sql: <Row>(statement: string) => Promise<Row[]>;
}

/** A workflow's executions with their status, without those that wait and fetch in another one's stead. */
const whenAllEnded = async ({ sql }: Site, workflowId: string, executions: number) =>
	await patiently(
		'executions that did not end',
		async () => {
			const rows = await sql<{ status: string }>(
				`SELECT status FROM execution_entity WHERE "workflowId" = '${workflowId}' AND mode = 'webhook'`,
			);
			const isUnfinished = rows.some(({ status }) => UNFINISHED.includes(status));
			return rows.length >= executions && !isUnfinished ? rows : undefined;
		},
		PATIENCE,
	);

async function countRows({ sql }: Site, workflowId: string) {
	const [{ listed, rows }] = await sql<{ listed: string; rows: string }>(
		`SELECT count(*) FILTER (WHERE "deletedAt" IS NULL) AS listed, count(*) AS rows FROM execution_entity WHERE "workflowId" = '${workflowId}'`,
	);
	return { listed: Number(listed), rows: Number(rows) };
}

/** @param from the first take: no two executions want the same video */
async function order(site: Site, path: string, executions: number, from = 0): Promise<void> {
	const limit = pLimit(CALLS_AT_ONCE);
	const call = async (take: number) => {
		const { status } = await site.queue.main.api.runWebhook(path, { data: { take } });
		if (status !== 200) throw new Error(`The webhook ${path} answered ${status}.`);
	};
	const calls = Array.from({ length: executions }, async (_, take) => {
		await limit(async () => await call(from + take));
	});
	await Promise.all(calls);
}

/** Each run has workers that nothing else has been run in. */
async function freshWorkers(queue: Queue, old: Worker[]): Promise<Worker[]> {
	for (const worker of old) await worker.stop();
	const workers: Worker[] = [];
	for (let count = 0; count < old.length; count++) workers.push(await queue.addWorker());
	return workers;
}

type Counted = Omit<QueueRun, 'settings' | 'n8n' | 'machine' | 'date'>;

async function run(
	site: Site,
	workers: Worker[],
	{ kind, size, isCollected }: Measurement,
	settings: QueueSettings,
	snapshots?: string,
): Promise<Counted> {
	const { queue, sandbox } = site;
	const { api } = queue.main;
	const executions = settings[size];
	const imageUrl = `${sandbox.filesUrl}/samples/mountain.jpg`;
	const { id } = await api.addWorkflow(workflowOf(kind, imageUrl, CREDENTIAL));
	// Generate holds its slots for as long as a video takes.
	const rounds = kind === 'generate' ? 1 : WARM_UP_ROUNDS;
	const warmUp = workers.length * settings.concurrency * rounds;
	await order(site, kind, warmUp, WARM_UP_TAKES);
	const before = (await whenAllEnded(site, id, warmUp)).length;
	const earlier = await countRows(site, id);
	const runAll = async () => {
		const begun = Date.now();
		await order(site, kind, executions);
		const ended = await whenAllEnded(site, id, before + executions);
		const succeeded = ended.filter(({ status }) => status === 'success').length - before;
		const took = (Date.now() - begun) / 1000;
		const jobs = sandbox.account(KEY).jobs.filter(({ createdAt }) => createdAt >= begun);
		return { succeeded, jobs, seconds: took, left: await countRows(site, id) };
	};
	const processes = workers.map(({ pid }) => pid);
	const collection = isCollected ? COLLECTION : undefined;
	const { result, needs, heaps } = await observe(processes, runAll, { collection, snapshots });
	await api.deactivate(id);
	const { succeeded, jobs, left } = result;
	return {
		...{ kind, executions, isCollected, seconds: result.seconds, succeeded, jobs: jobs.length },
		billed: jobs.filter(({ billed }) => billed).length,
		atOnce: mostAtOnce(jobs),
		workers: needs.map(({ idle, growth, kept, objects, heap, external }) => ({
			...{ idle, growth: Math.max(0, growth), kept: Math.max(0, kept) },
			...{ objects, heap, external },
		})),
		heaps,
		listed: left.listed - earlier.listed,
		rows: left.rows - earlier.rows,
	};
}

export interface QueueBench {
	quick: boolean;
	parts: readonly QueuePart[];
	/** Of the records. */
	folder: string;
	/** Our package, where it is packed already. */
	tarball?: string;
	/**
	 * Gets heap snapshots of the workers, before and after each part. They take memory themselves, so nothing is saved
	 * then.
	 */
	snapshots?: string;
}

/** Measures the parts one after the other, and saves each when it is done. */
export async function benchQueue(bench: QueueBench, log: Log, atEnd: AtEnd): Promise<void> {
	const settings = queueSettingsFor(bench.quick);
	const { jobSeconds, concurrency, workers: count } = settings;
	const folder = temporaryFolder(atEnd);
	const installation = await installN8n(N8N_VERSION, log);
	const tarball = bench.tarball ?? (await packOurs(atEnd));
	const sandbox = await startSandbox({
		jobSeconds,
		render: { width: 320, fps: 12 },
		settings: { unknownFields: 'ignore' },
	});
	atEnd(async () => await sandbox.close());
	sandbox.createAccount({ key: KEY, credits: 1e9 });
	const { gatewayUrl: baseUrl, storageUrl, historyUrl } = sandbox;
	const credential: Credential = {
		...{ id: CREDENTIAL, name: CREDENTIAL, type: 'segmindApi' },
		data: { apiKey: KEY, baseUrl, storageUrl, historyUrl, requestsPerMinute: 1_000_000 },
	};
	log('Starting Redis, PostgreSQL, a main instance and workers');
	const queue = await startQueue({
		...{ installation, folder, tarball, concurrency, log, workers: count },
		...{ credentials: [credential], env: MEASURED_ENV },
	});
	atEnd(async () => await queue.close());
	await queue.main.api.setupOwner();
	const site: Site = {
		...{ queue, sandbox },
		sql: async (statement) => await queryPostgres(queue.postgres, installation, statement),
	};
	let { workers } = queue;
	for (const [index, part] of bench.parts.entries()) {
		if (index > 0) workers = await freshWorkers(queue, workers);
		const before = machine();
		const date = new Date().toISOString();
		const snapshots = bench.snapshots && join(bench.snapshots, part);
		const counted = await run(site, workers, MEASUREMENTS[part], settings, snapshots);
		const record = { ...counted, settings, n8n: N8N_VERSION, machine: before, date };
		log(`  ${told(QUEUE_COLUMNS, record)}`);
		if (!bench.snapshots) log(`Saved: ${saveQueueRun(bench.folder, record)}`);
	}
}
