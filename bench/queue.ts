/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/**
 * `npm run bench -- --queue`: many executions of one video each in n8n's queue mode, with Redis, PostgreSQL, a main
 * instance and two workers: Generate as it is, parked, and Start, Wait, Get by hand.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withSections } from '../docs/reference/sections';
import { installN8n } from '../harness/install';
import type { Credential, Workflow, WorkflowNode } from '../harness/n8n';
import { buildAndPack } from '../harness/pack';
import { queryPostgres } from '../harness/postgres';
import { startQueue, type Queue } from '../harness/queue';
import { startSandbox, type JobReport, type Sandbox } from '../sandbox';
import { MEASURED_ENV, type Log } from './lab';
import { machine } from './machine';
import { peakBytes, resetPeak, settle } from './process';
import { count, megabytes, seconds, table } from './report/format';
import { N8N_VERSION } from './settings';
import { KLING } from './workflows';

interface QueueSettings {
	executions: number;
	/** Parked executions of the last part. */
	many: number;
	jobSeconds: number;
	workers: number;
	concurrency: number;
}

const FULL: QueueSettings = {
	executions: 200,
	many: 1000,
	jobSeconds: 60,
	workers: 2,
	concurrency: 5,
};
const QUICK: QueueSettings = { ...FULL, executions: 20, many: 40, jobSeconds: 20 };

/** n8n keeps a wait of 65 s in its database, unless a moment of it is over when it looks. A video is due when its Max Wait, in minutes, is over. */
const WAIT_SECONDS = 67;
const MAX_WAIT = 1;

/** The parked runs may take this many times a job. */
const GOAL = { times: 1.5, growth: 60e6 };

const KEY = 'SG_example_benchmark_queue';
const CREDENTIAL = 'BenchSegmindQueu';
const CALLS_AT_ONCE = 20;
/** Executions for each worker that are not measured. */
const WARM_UP = 5;
const WARM_UP_TAKES = 1_000_000;
const LOOK_EVERY_MS = 1000;
const PATIENCE_MS = 3 * 3_600_000;

type Kind = 'generate' | 'parked' | 'byHand';

const NAMES: Record<Kind, string> = {
	generate: 'Generate',
	parked: 'Generate, Park While Waiting',
	byHand: 'Start, Wait, Get by hand',
};

export interface QueueRun {
	kind: Kind;
	executions: number;
	seconds: number;
	succeeded: number;
	jobs: number;
	billed: number;
	/** Jobs under way at the same time, the most. */
	atOnce: number;
	/** By worker: resident size before, and the largest one over it, bytes. */
	workers: Array<{ idle: number; growth: number }>;
	/** Executions in n8n's list and rows in the table afterwards, those that n8n is about to delete included. */
	listed: number;
	rows: number;
}

function workflowOf(kind: Kind, imageUrl: string): Workflow {
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		rest: Partial<WorkflowNode>,
	): WorkflowNode => ({
		...{ id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters: {} },
		...rest,
	});
	const kling = (name: string, parameters: WorkflowNode['parameters']) =>
		node(name, KLING, 1, {
			parameters: { resource: 'video', ...parameters },
			credentials: { segmindApi: { id: CREDENTIAL, name: CREDENTIAL } },
		});
	const video = { imageUrl, prompt: 'Clouds drift', duration: '3', mode: 'std' };
	// Each its own video for the node, and the same picture for the sandbox, which draws it once.
	const extraBody = '={{ JSON.stringify({ take: $json.body.take }) }}';
	const options = kind === 'parked' ? { survivesRestarts: true, maxWait: MAX_WAIT } : {};
	const [first, ...others] =
		kind === 'byHand'
			? [
					kling('Start', { operation: 'start', ...video, options: { extraBody } }),
					node('Wait', 'n8n-nodes-base.wait', 1.1, {
						webhookId: randomUUID(),
						parameters: { amount: WAIT_SECONDS, unit: 'seconds' },
					}),
					kling('Get', { operation: 'get', requestId: '={{ $json.requestId }}' }),
				]
			: [kling('Kling', { operation: 'generate', ...video, options: { ...options, extraBody } })];
	const order = node('Order', 'n8n-nodes-base.webhook', 2, {
		webhookId: randomUUID(),
		parameters: { httpMethod: 'POST', path: kind, responseMode: 'onReceived', options: {} },
	});
	const nodes = [order, first, ...others];
	const links = nodes
		.slice(1)
		.map(({ name }, index) => [
			nodes[index].name,
			{ main: [[{ node: name, type: 'main', index: 0 }]] },
		]);
	return {
		...{ id: '', name: kind, active: true, nodes },
		connections: Object.fromEntries(links) as object,
		settings: { executionOrder: 'v1' },
	};
}

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

/** Statuses of a workflow's executions, without those that wait and fetch in another one's stead. */
async function statusesOf({ sql }: Site, workflowId: string): Promise<string[]> {
	const rows = await sql<{ status: string }>(
		`SELECT status FROM execution_entity WHERE "workflowId" = '${workflowId}' AND mode = 'webhook'`,
	);
	return rows.map(({ status }) => status);
}

async function whenAllEnded(site: Site, workflowId: string, executions: number): Promise<string[]> {
	const begun = Date.now();
	for (;;) {
		const statuses = await statusesOf(site, workflowId);
		const isUnfinished = (status: string) => ['new', 'running', 'waiting'].includes(status);
		if (statuses.length >= executions && !statuses.some(isUnfinished)) return statuses;
		if (Date.now() - begun > PATIENCE_MS) throw new Error('The executions did not end.');
		await sleep(LOOK_EVERY_MS);
	}
}

const countRows = async ({ sql }: Site, workflowId: string) =>
	await sql<{ listed: string; rows: string }>(
		`SELECT count(*) FILTER (WHERE "deletedAt" IS NULL) AS listed, count(*) AS rows FROM execution_entity WHERE "workflowId" = '${workflowId}'`,
	);

/** @param from the first take: no two executions want the same video */
async function order(site: Site, path: string, executions: number, from = 0): Promise<void> {
	const takes = Array.from({ length: executions }, (_, take) => from + take);
	await Promise.all(
		Array.from({ length: CALLS_AT_ONCE }, async () => {
			for (let take = takes.shift(); take !== undefined; take = takes.shift()) {
				const { status } = await site.queue.main.api.runWebhook(path, { data: { take } });
				if (status !== 200) throw new Error(`The webhook ${path} answered ${status}.`);
			}
		}),
	);
}

async function run(site: Site, kind: Kind, executions: number): Promise<QueueRun> {
	const { queue, sandbox } = site;
	const { api } = queue.main;
	const { id } = await api.addWorkflow(
		workflowOf(kind, `${sandbox.filesUrl}/samples/mountain.jpg`),
	);
	// What is loaded at the first use is not what an execution costs.
	const warmUp = queue.workers.length * WARM_UP;
	await order(site, kind, warmUp, WARM_UP_TAKES);
	const before = (await whenAllEnded(site, id, warmUp)).length;
	const [earlier] = await countRows(site, id);
	const idle: number[] = [];
	for (const { pid } of queue.workers) idle.push(await settle(pid));
	for (const { pid } of queue.workers) resetPeak(pid);
	const begun = Date.now();
	await order(site, kind, executions);
	const statuses = await whenAllEnded(site, id, before + executions);
	const took = (Date.now() - begun) / 1000;
	const jobs = sandbox.account(KEY).jobs.filter(({ createdAt }) => createdAt >= begun);
	const [left] = await countRows(site, id);
	await api.deactivate(id);
	return {
		...{ kind, executions, seconds: took },
		succeeded: statuses.filter((status) => status === 'success').length - before,
		jobs: jobs.length,
		billed: jobs.filter(({ billed }) => billed).length,
		atOnce: mostAtOnce(jobs),
		workers: queue.workers.map(({ pid }, index) => ({
			idle: idle[index],
			growth: Math.max(0, peakBytes(pid) - idle[index]),
		})),
		listed: Number(left.listed) - Number(earlier.listed),
		rows: Number(left.rows) - Number(earlier.rows),
	};
}

export interface QueueResults {
	settings: QueueSettings;
	machine: ReturnType<typeof machine>;
	date: string;
	runs: QueueRun[];
	many: QueueRun;
}

const summary = (one: QueueRun) =>
	`  ${NAMES[one.kind]}, ${one.executions} executions: ${seconds(one.seconds)}, ${one.succeeded} succeeded, ` +
	`${one.jobs} jobs, ${one.billed} billed, ${one.atOnce} at once, workers over idle: ` +
	`${one.workers.map(({ growth }) => megabytes(growth)).join(', ')}, ${one.listed} listed, ${one.rows} rows`;

export async function benchQueue(quick: boolean, log: Log): Promise<QueueResults> {
	const settings = quick ? QUICK : FULL;
	const { executions, many, jobSeconds, workers, concurrency } = settings;
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-bench-queue-'));
	const ends: Array<() => Promise<void> | void> = [
		() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
	];
	try {
		const installation = await installN8n(N8N_VERSION, log);
		const tarball = await buildAndPack();
		ends.push(() => rmSync(dirname(tarball), { recursive: true, force: true }));
		const sandbox = await startSandbox({
			jobSeconds,
			render: { width: 320, fps: 12 },
			settings: { unknownFields: 'ignore' },
		});
		ends.push(async () => await sandbox.close());
		sandbox.createAccount({ key: KEY, credits: 1e9 });
		const { gatewayUrl: baseUrl, storageUrl, historyUrl } = sandbox;
		const credential: Credential = {
			...{ id: CREDENTIAL, name: CREDENTIAL, type: 'segmindApi' },
			data: { apiKey: KEY, baseUrl, storageUrl, historyUrl, requestsPerMinute: 1_000_000 },
		};
		log('Starting Redis, PostgreSQL, a main instance and workers');
		const queue = await startQueue({
			...{ installation, folder, tarball, workers, concurrency, log },
			credentials: [credential],
			env: MEASURED_ENV,
		});
		ends.push(async () => await queue.close());
		await queue.main.api.setupOwner();
		const site: Site = {
			...{ queue, sandbox },
			sql: async (statement) => await queryPostgres(queue.postgres, installation, statement),
		};
		const loadBefore = machine();
		const runs: QueueRun[] = [];
		// The quickest first: the others leave garbage in the workers.
		for (const kind of ['parked', 'byHand', 'generate'] as const) {
			runs.push(await run(site, kind, executions));
			log(summary(runs.at(-1)!));
		}
		const lots = await run(site, 'parked', many);
		log(summary(lots));
		return {
			...{ settings, machine: loadBefore, date: new Date().toISOString(), runs },
			many: lots,
		};
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

const row = (one: QueueRun) => [
	NAMES[one.kind],
	count(one.executions),
	seconds(one.seconds),
	`${one.succeeded}`,
	`${one.jobs} / ${one.billed}`,
	count(one.atOnce),
	one.workers.map(({ growth, idle }) => `${megabytes(growth)} over ${megabytes(idle)}`).join(', '),
	`${one.listed} / ${one.rows}`,
];

function goals({ runs, many, settings }: QueueResults): string {
	const { jobSeconds } = settings;
	const parked = runs.find(({ kind }) => kind === 'parked')!;
	const goal = (what: string, isMet: boolean, found: string) => [
		what,
		isMet ? 'met' : 'missed',
		found,
	];
	const most = Math.max(...parked.workers.map(({ growth }) => growth));
	return table(
		['Goal', '', 'Found'],
		[
			goal(
				`parked: at most ${GOAL.times} times a job of ${jobSeconds} s`,
				parked.seconds <= GOAL.times * jobSeconds,
				`${(parked.seconds / jobSeconds).toFixed(2)} times`,
			),
			goal(
				`parked: all ${parked.executions} in flight at once`,
				parked.atOnce === parked.executions,
				`${parked.atOnce}`,
			),
			goal(
				`parked: both workers within ${megabytes(GOAL.growth)} of idle`,
				most <= GOAL.growth,
				megabytes(most),
			),
			goal(
				`${count(many.executions)} parked: all succeed, each with one job and one bill`,
				[many.succeeded, many.jobs, many.billed].every((found) => found === many.executions),
				`${many.succeeded} succeeded, ${many.jobs} jobs, ${many.billed} bills`,
			),
		],
	);
}

export function queueSection(results: QueueResults): string {
	const { settings, runs, many, date } = results;
	const { workers, concurrency, jobSeconds } = settings;
	const { cpu, cores } = results.machine;
	return `${goals(results)}

${table(
	[
		'Executions of one video each',
		'Executions',
		'Wall time',
		'Succeeded',
		'Jobs / billed',
		'Most jobs at once',
		'Workers: peak memory',
		'Listed / rows',
	],
	[...runs, many].map(row),
)}

Run of ${date.slice(0, 10)}: n8n ${N8N_VERSION} in queue mode with Redis and PostgreSQL, one main instance, ${workers} workers with concurrency ${concurrency}, all on one machine with ${cores} cores (${cpu}) together with the sandbox. Jobs of ${jobSeconds} s; the rate limit is out of the way. *Wall time* is from the first webhook call to the end of the last execution. n8n keeps a wait of ${WAIT_SECONDS} s at least in its database, so the parked runs have Max Wait at ${MAX_WAIT} minute, to be woken then, and the Wait node by hand has ${WAIT_SECONDS} s. *Listed* are the executions in n8n's list: a parked one has two more beside it. *Rows* has those, too, that n8n is about to delete.`;
}

/** Puts the results into the document, whose other parts stay. */
export function writeQueueSection(results: QueueResults, document: string): void {
	const text = readFileSync(document, 'utf8');
	writeFileSync(document, withSections(text, { queue: queueSection(results) }));
}
