/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** Batches at the plans' limits: how long until the last file is there, and how late each end is noticed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countVideos, runWorkflow } from './executions';
import { contenders, credentialAt, itemsOf, type Contender, type Lab, type Log } from './lab';
import { addWorkflow, delays, mean, median } from './measure';
import { told } from './report/format';
import { LIMIT_COLUMNS } from './report/tables';
import type { BenchSettings, LimitRow } from './settings';

/** Videos after which the length of the next one is known. */
const LESSONS = 10;

/** ms after which the service no longer counts what another contender has sent. */
const WINDOW = 61_000;

async function measureRow(
	lab: Lab,
	{ limits }: BenchSettings,
	row: LimitRow,
	contender: Contender,
) {
	const { n8n } = lab;
	const { jobSeconds, spreadSeconds, waitSeconds } = limits;
	const site = lab.limited.get(row.perMinute)!;
	const { service } = site;
	await n8n.restart({});
	// Loads n8n's modules, at another account: neither its requests nor the length of its job count.
	const { money } = lab.sites;
	money.service.setJobSeconds(0);
	const warmUp = await addWorkflow(lab, money, contender, { waitSeconds: 1 });
	await runWorkflow(n8n.api, warmUp, itemsOf(1));

	const whenQuiet = async () => {
		const latest = Math.max(0, ...service.requests(0).map(({ at }) => at));
		await sleep(Math.max(latest + WINDOW - Date.now(), 0));
	};
	await whenQuiet();
	service.clearFaults();
	service.setJobSeconds(jobSeconds, spreadSeconds);
	const workflows: Array<{ id: string; name: string }> = [];
	for (let account = 0; account < (row.accounts ?? 1); account++) {
		const own = { ...site, credential: credentialAt(site.credential, account) };
		workflows.push(await addWorkflow(lab, own, contender, { waitSeconds }));
	}
	const runAll = async (items: number) =>
		await Promise.all(
			workflows.map(async (each) => await runWorkflow(n8n.api, each, itemsOf(items))),
		);
	if (row.isLearnt) {
		await runAll(LESSONS);
		await whenQuiet();
	}
	const since = Date.now();
	const runs = await runAll(row.items);
	const [jobs, requests] = [service.jobs(since), service.requests(since)];
	// Of single videos all together; of batches each by itself.
	const accounts = [...new Set(jobs.map(({ account }) => account))];
	const batches =
		row.items > 1 ? accounts.map((own) => jobs.filter(({ account }) => account === own)) : [jobs];
	const late = batches.map((batch) => delays(batch, requests));
	const middle = (of: (batch: number[]) => number) => median(late.map(of));
	const ends = jobs.flatMap(({ completedAt }) => (completedAt ? (completedAt - since) / 1000 : []));
	const calls = requests.filter(({ kind }) => kind === 'status' || kind === 'result');
	let videos = 0;
	for (const { summary } of runs) videos += countVideos(await n8n.api.execution(summary.id));
	return {
		...{ contender: contender.id, row },
		/** How many files came out: whoever is refused for the rate limit may lose some. */
		videos,
		seconds: Math.max(...runs.map(({ seconds }) => seconds)),
		/** From the call of the webhook to the end of the slowest job: no one can be faster. */
		limit: Math.max(...ends),
		/** Of several batches: in the middle one. */
		delay: {
			mean: middle(mean),
			median: middle(median),
			longest: middle((batch) => (batch.length > 0 ? Math.max(...batch) : NaN)),
		},
		/** Status and result calls for each job. */
		callsPerJob: calls.length / (row.items * workflows.length),
		/** Requests that the service refused for the rate limit. */
		refused: requests.filter(({ status }) => status === 429).length,
		/** Seconds since the call of the webhook. */
		requests: requests.map(({ at, kind }) => ({ at: (at - since) / 1000, kind })),
	};
}
/** What a contender made of a row. */
export type Limited = Awaited<ReturnType<typeof measureRow>>;

/** Rows, by our node and by the others where they can finish. */
export async function limitTable(
	lab: Lab,
	settings: BenchSettings,
	rows: LimitRow[],
	log: Log,
): Promise<Limited[]> {
	const { ours, fanOut, minimax } = contenders;
	const measured: Limited[] = [];
	for (const row of rows) {
		const { concurrency, isLearnt, isOursOnly, withMiniMax } = row;
		const options = concurrency ? { concurrency } : undefined;
		const others = isLearnt || isOursOnly ? [] : [fanOut, ...(withMiniMax ? [minimax] : [])];
		for (const contender of [{ ...ours, options }, ...others]) {
			measured.push(await measureRow(lab, settings, row, contender));
			log(`  ${told(LIMIT_COLUMNS, measured.at(-1)!)}`);
		}
	}
	return measured;
}
