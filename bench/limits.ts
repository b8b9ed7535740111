/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** Batches at the plans' limits: how long until the last file is there, and how late each end is noticed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countVideos, runWorkflow } from './executions';
import { contenders, itemsOf, type Contender, type Lab, type Log } from './lab';
import { addWorkflow, delays, serviceOf } from './measure';
import type { RequestRecord } from './services';
import type { BenchSettings, LimitRow } from './settings';

/** What a contender made of a row. */
export interface Limited {
	contender: string;
	row: LimitRow;
	/** How many files came out: whoever is refused for the rate limit may lose some. */
	videos: number;
	seconds: number;
	/** From the call of the webhook to the end of the slowest job: no one can be faster. */
	limit: number;
	delay: { mean: number; median: number; longest: number };
	/** Status and result calls for each job. */
	callsPerJob: number;
	/** Requests that the service refused for the rate limit. */
	refused: number;
	/** Seconds since the call of the webhook. */
	requests: Array<{ at: number; kind: RequestRecord['kind'] }>;
}

/** ms after which the service no longer counts what another contender has sent. */
const WINDOW = 61_000;

/** NaN where there is none: nothing came of what was refused. */
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (sorted: number[]) => sorted[(sorted.length - 1) >> 1] ?? NaN;

async function measureRow(
	lab: Lab,
	settings: BenchSettings,
	row: LimitRow,
	contender: Contender,
): Promise<Limited> {
	const { n8n } = lab;
	const { jobSeconds, spreadSeconds, waitSeconds } = settings.limits;
	const site = lab.limited.get(row.perMinute)!;
	if (!row.isLearnt) {
		await n8n.restart({});
		// Loads n8n's modules, at another account: neither its requests nor the length of its job count.
		lab.money.service.setJobSeconds(0);
		const warmUp = await addWorkflow(lab, lab.money, contender, { waitSeconds: 1 });
		await runWorkflow(n8n.api, warmUp, itemsOf(1));
	}
	const { service } = serviceOf(lab, site, contender);
	const latest = Math.max(0, ...service.requests(0).map(({ at }) => at));
	if (!row.isLearnt) await sleep(Math.max(latest + WINDOW - Date.now(), 0));
	service.clearFaults();
	service.setJobSeconds(jobSeconds, spreadSeconds);
	const workflow = await addWorkflow(lab, site, contender, { waitSeconds });
	const since = Date.now();
	const { seconds, summary } = await runWorkflow(n8n.api, workflow, itemsOf(row.items));
	const jobs = service.jobs(since);
	const requests = service.requests(since);
	const late = delays(jobs, requests).sort((a, b) => a - b);
	const ends = jobs.flatMap(({ completedAt }) => (completedAt ? (completedAt - since) / 1000 : []));
	const calls = requests.filter(({ kind }) => kind === 'status' || kind === 'result');
	return {
		...{ contender: contender.id, row, seconds },
		videos: countVideos(await n8n.api.execution(summary.id)),
		limit: Math.max(...ends),
		delay: { mean: mean(late), median: median(late), longest: late.at(-1) ?? NaN },
		callsPerJob: calls.length / row.items,
		refused: requests.filter(({ status }) => status === 429).length,
		requests: requests.map(({ at, kind }) => ({ at: (at - since) / 1000, kind })),
	};
}

/** Rows, by our node and by the others where they can finish. What one job teaches is for the row right after it. */
export async function limitTable(
	lab: Lab,
	settings: BenchSettings,
	rows: LimitRow[],
	log: Log,
): Promise<Limited[]> {
	const { ours, fanOut, minimax } = contenders;
	const measured: Limited[] = [];
	for (const [index, row] of rows.entries()) {
		const { concurrency, isLearnt, isOursOnly, withMiniMax } = row;
		const options = concurrency ? { concurrency } : undefined;
		const isTaught = rows[index + 1]?.isLearnt;
		const others = isLearnt || isOursOnly ? [] : [fanOut, ...(withMiniMax ? [minimax] : [])];
		const mine = { ...ours, options };
		for (const contender of isTaught ? [...others, mine] : [mine, ...others]) {
			const run = await measureRow(lab, settings, row, contender);
			measured.push(run);
			log(
				`  ${run.contender}, ${row.items} at ${row.perMinute}/min: ${run.seconds.toFixed(1)} s of ${run.limit.toFixed(1)} s, ` +
					`delay ${run.delay.mean.toFixed(1)} s, median ${run.delay.median.toFixed(1)} s, longest ${run.delay.longest.toFixed(1)} s, ` +
					`${run.callsPerJob.toFixed(1)} calls a job, ${run.refused} refused, ${run.videos} videos`,
			);
		}
	}
	return measured;
}
