/** One contender on one batch, in a freshly started and warmed-up n8n. */
import { randomUUID } from 'node:crypto';
import { countVideos, runWorkflow } from './executions';
import { HEADER_CREDENTIAL, itemsOf, MINIMAX_CREDENTIAL } from './lab';
import type { Contender, Lab, Site } from './lab';
import { cpuSeconds, peakBytes, resetPeak, settle } from './process';
import { klingBody, type JobRecord, type RequestRecord, type Service } from './services';
import { PROMPT } from './workflows';

export interface Work {
	items: number;
	jobSeconds: number;
	waitSeconds: number;
	/** Where n8n keeps binary data; in files by default. */
	store?: 'filesystem' | 'database';
}

export interface Measured {
	contender: string;
	items: number;
	store: NonNullable<Work['store']>;
	seconds: number;
	requestsPerJob: number;
	/** From a job's end to the first answer that says so, seconds. */
	delay: { mean: number; longest: number };
	/** Resident size before, bytes. */
	baseline: number;
	/** Largest resident size while it ran, over the baseline, bytes. */
	growth: number;
	/** The same of every round, where there were several and `growth` is their median. */
	growths: number[];
	/** What was left of it once the garbage was collected, bytes. */
	kept: number;
	/** Processor time of n8n, seconds. */
	cpu: number;
}

/** What a measurement needs of the lab. */
export type Bench = Pick<Lab, 'n8n' | 'minimax'>;

/** The service a contender talks to, and the credential that it uses there. */
export function serviceOf(
	lab: Bench,
	site: Site,
	{ id }: Contender,
): { service: Service; credential: string } {
	if (id === 'minimax') return { service: lab.minimax, credential: MINIMAX_CREDENTIAL };
	const isHandBuilt = id === 'loop' || id === 'fanOut';
	return {
		service: site.service,
		credential: isHandBuilt ? HEADER_CREDENTIAL : site.credential,
	};
}

/** Saves and publishes a contender's workflow. */
export async function addWorkflow(
	lab: Bench,
	site: Site,
	contender: Contender,
	{ waitSeconds, retryOnFail = false }: { waitSeconds: number; retryOnFail?: boolean },
) {
	const { service, credential } = serviceOf(lab, site, contender);
	const { url, imageUrl } = service;
	const { options } = contender;
	const body = await klingBody(imageUrl, PROMPT);
	return await lab.n8n.api.addWorkflow(
		contender.build(randomUUID(), {
			...{ url, imageUrl, body, waitSeconds, retryOnFail, credential, options },
		}),
	);
}

/** For each job, the first call for it that was asked after its end: its answer is the first to say so. */
export function delays(jobs: JobRecord[], requests: RequestRecord[]): number[] {
	return jobs.flatMap(({ id, completedAt }) => {
		const looks = requests.filter(
			({ kind, job, at }) =>
				(kind === 'status' || kind === 'result') && job === id && at >= completedAt!,
		);
		return looks.length ? [(Math.min(...looks.map(({ at }) => at)) - completedAt!) / 1000] : [];
	});
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @throws Error when not every item came out as a video: such a run measures nothing */
export async function measure(
	lab: Bench,
	site: Site,
	contender: Contender,
	work: Work,
): Promise<Measured> {
	const { n8n } = lab;
	const { service } = serviceOf(lab, site, contender);
	const { store = 'filesystem' } = work;
	service.clearFaults();
	// The heap that an earlier contender left behind would hide what this one needs.
	await n8n.restart({ N8N_DEFAULT_BINARY_DATA_MODE: store });
	const workflow = await addWorkflow(lab, site, contender, work);
	service.setJobSeconds(0);
	await runWorkflow(n8n.api, workflow, itemsOf(1));

	service.setJobSeconds(work.jobSeconds);
	const { pid } = n8n;
	const baseline = await settle(pid);
	resetPeak(pid);
	const cpuBefore = cpuSeconds(pid);
	const since = Date.now();
	const { seconds, summary } = await runWorkflow(n8n.api, workflow, itemsOf(work.items));
	const growth = peakBytes(pid) - baseline;
	const cpu = cpuSeconds(pid) - cpuBefore;
	const kept = (await settle(pid)) - baseline;

	const jobs = service.jobs(since);
	const requests = service.requests(since);
	const videos = countVideos(await n8n.api.execution(summary.id));
	if (videos !== work.items || jobs.length !== work.items) {
		throw new Error(
			`${contender.name}: ${videos} videos and ${jobs.length} jobs of ${work.items} items (${summary.status}).`,
		);
	}
	const late = delays(jobs, requests);
	return {
		contender: contender.id,
		items: work.items,
		store,
		seconds,
		requestsPerJob: requests.length / work.items,
		delay: { mean: mean(late), longest: Math.max(...late) },
		...{ baseline, growth, growths: [growth], kept, cpu },
	};
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];

/** Several runs of the same as one: of each number the median. */
export function combined(runs: Measured[]): Measured {
	const of = (value: (run: Measured) => number) => median(runs.map(value));
	return {
		...runs[0],
		seconds: of((run) => run.seconds),
		requestsPerJob: of((run) => run.requestsPerJob),
		delay: { mean: of((run) => run.delay.mean), longest: of((run) => run.delay.longest) },
		baseline: of((run) => run.baseline),
		growth: of((run) => run.growth),
		growths: runs.flatMap(({ growths }) => growths),
		kept: of((run) => run.kept),
		cpu: of((run) => run.cpu),
	};
}
