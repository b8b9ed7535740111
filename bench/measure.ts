/** One contender on one batch, in a freshly started and warmed-up n8n. */
import { randomUUID } from 'node:crypto';
import { countVideos, runWorkflow } from './executions';
import { itemsOf, type Contender, type Lab, type Site } from './lab';
import { observe } from './process';
import { klingBody, type JobRecord, type RequestRecord } from './services';
import { PROMPT } from './workflows';

export interface Work {
	items: number;
	jobSeconds: number;
	waitSeconds: number;
	/** Where n8n keeps binary data; in files by default. */
	store?: 'filesystem' | 'database';
	/** Its garbage is collected all the time: what is alive in between is what it needs. */
	isCollected?: boolean;
}

const COLLECT_EVERY_MS = 1000;

/** What a measurement needs of the lab. */
export type Bench = Pick<Lab, 'n8n' | 'snapshots'>;

/** Saves and publishes a contender's workflow. */
export async function addWorkflow(
	{ n8n }: Bench,
	{ service, credential }: Site,
	contender: Contender,
	{ waitSeconds, retryOnFail = false }: { waitSeconds: number; retryOnFail?: boolean },
) {
	const { url, imageUrl } = service;
	const { options, credentialOf } = contender;
	const body = await klingBody(imageUrl, PROMPT);
	return await n8n.api.addWorkflow(
		contender.build(randomUUID(), {
			...{ url, imageUrl, body, waitSeconds, retryOnFail, options },
			credential: credentialOf(credential),
		}),
	);
}

/** For each job, the first call for it that was asked after its end: its answer is the first to say so. */
export const delays = (jobs: JobRecord[], requests: RequestRecord[]): number[] =>
	jobs.flatMap(({ id, completedAt }) => {
		const look = requests
			.filter(({ kind, job }) => (kind === 'status' || kind === 'result') && job === id)
			.map(({ at }) => at - completedAt!)
			.filter((late) => late >= 0);
		return look.length ? Math.min(...look) / 1000 : [];
	});

/** NaN where there is none. */
export const mean = (values: number[]): number =>
	values.reduce((sum, value) => sum + value, 0) / values.length;
/** NaN where there is none. */
export const median = (values: number[]): number =>
	[...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? NaN;

/** @throws Error when not every item came out as a video: such a run measures nothing */
export async function measure(lab: Bench, site: Site, contender: Contender, work: Work) {
	const { n8n, snapshots } = lab;
	const { service } = site;
	const { items, store = 'filesystem' } = work;
	service.clearFaults();
	// The heap that an earlier contender left behind would hide what this one needs.
	await n8n.restart({ N8N_DEFAULT_BINARY_DATA_MODE: store });
	const workflow = await addWorkflow(lab, site, contender, work);
	service.setJobSeconds(0);
	await runWorkflow(n8n.api, workflow, itemsOf(1));
	service.setJobSeconds(work.jobSeconds);
	const run = async () => ({
		since: Date.now(),
		...(await runWorkflow(n8n.api, workflow, itemsOf(items))),
	});
	const { result, needs, heaps } = await observe([n8n.pid], run, {
		collection: work.isCollected ? { alive: 'all', everyMs: COLLECT_EVERY_MS } : undefined,
		snapshots: snapshots && `${snapshots}/${contender.id}-${store}-${items}`,
	});
	const { since, seconds, summary } = result;
	const [jobs, requests] = [service.jobs(since), service.requests(since)];
	const videos = countVideos(await n8n.api.execution(summary.id));
	if (videos !== items || jobs.length !== items) {
		throw new Error(
			`${contender.name}: ${videos} videos and ${jobs.length} jobs of ${items} items (${summary.status}).`,
		);
	}
	const late = delays(jobs, requests);
	const [{ idle, growth, kept, objects, external, cpu }] = needs;
	return {
		...{ contender: contender.id, items, store, seconds },
		requestsPerJob: requests.length / items,
		/** From a job's end to the first answer that says so, seconds. */
		delay: { mean: mean(late), longest: Math.max(...late) },
		/** Resident size before, bytes. */
		baseline: idle,
		/** Largest resident size while it ran, over the baseline, bytes. */
		growth,
		/** The same of every round, where there were several and `growth` is their median. */
		growths: [growth],
		/** What was left of it once the garbage was collected, bytes. */
		kept,
		/** Processor time of n8n, seconds. */
		cpu,
		/** By how much what is alive grew at most, bytes; only where garbage was collected all the time. */
		alive: heaps?.[0].growth,
		/** Of what was left: objects of JavaScript, and memory outside of V8's heap, bytes. */
		keptObjects: objects,
		keptExternal: external,
	};
}
export type Measured = Awaited<ReturnType<typeof measure>>;

const NUMBERS = [
	...(['seconds', 'requestsPerJob', 'baseline', 'growth'] as const),
	...(['kept', 'keptObjects', 'keptExternal', 'cpu'] as const),
];

/** Several runs of the same as one: of each number the median. */
export function combined(runs: Measured[]): Measured {
	const of = (value: (run: Measured) => number) => median(runs.map(value));
	return {
		...runs[0],
		...Object.fromEntries(NUMBERS.map((name) => [name, of((run) => run[name])])),
		delay: { mean: of((run) => run.delay.mean), longest: of((run) => run.delay.longest) },
		growths: runs.flatMap(({ growths }) => growths),
	};
}
