/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The document and its charts, from the numbers of a run and nothing else. Its text is in `benchmark.mustache`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { table } from '../../docs/reference/sections';
import { DEFAULT_CONCURRENCY } from '../lab';
import type { Limited } from '../limits';
import type { Measured } from '../measure';
import { loadEarlierGrowth, loadQueueRuns, loadStart } from '../records';
import type { PartRecord, Records } from '../records';
import type { Part } from '../settings';
import { barChart, timeChart } from './chart';
import { count, fill, fineMegabytes, megabytes, times } from './format';
import { findCollected, growthGoals, limitGoals, memoryGoals, speedGoals } from './goals';
import { queueSection } from './queue';
import * as tables from './tables';
import { isOurs, isUntouched, rowName, runName, SMALLEST_GROWTH, SMALLEST_SECONDS } from './tables';

/** Seconds of a column of the chart. */
const COLUMN = 5;

/** Seconds, of 50 jobs of 190 to 250 s at 50 requests a minute; test/unit/schedule/goals.test.ts holds it. */
const LEAST_MEAN = 26.7;

/** Requests over time of the largest batch. */
function requestChart(runs: Limited[]): string {
	const [largest] = runs.filter(isOurs).sort((a, b) => b.row.items - a.row.items);
	const kinds = ['submit', 'status', 'result', 'download'] as const;
	const columns = Array.from({ length: Math.ceil(largest.seconds / COLUMN) + 1 }, (_, index) => {
		const from = index * COLUMN;
		const own = largest.requests.filter(({ at }) => at >= from && at < from + COLUMN);
		return { from, counts: kinds.map((kind) => own.filter((each) => each.kind === kind).length) };
	});
	const title = `Requests of ${largest.row.items} videos at ${largest.row.perMinute} a minute`;
	return timeChart(title, [...kinds], columns, `requests in ${COLUMN} s`);
}

const bars = (runs: Measured[], value: (run: Measured) => number, unit: string) =>
	[...runs]
		.sort((a, b) => value(a) - value(b))
		.map((run) => ({
			label: runName(run),
			value: value(run),
			text: `${Math.round(value(run))} ${unit}`,
			isOurs: isOurs(run),
		}));

function charts({ all, batch, limits, memory }: Records): Record<string, string> {
	const [{ settings, n8n }] = all;
	const { items, jobSeconds, large = settings } = settings;
	const heavy = (memory.length ? memory : batch).filter(
		(run) => run.store === 'filesystem' && isUntouched(run),
	);
	return {
		'benchmark-requests.svg': requestChart(limits),
		'benchmark-time.svg': barChart(
			`${items} videos: seconds until all files are there`,
			`n8n ${n8n}, each job takes ${jobSeconds} s. Shorter is better.`,
			bars(batch, (run) => run.seconds, 's'),
		),
		'benchmark-memory.svg': barChart(
			`${large.items} videos of ${large.videoMegabytes} MB: growth of n8n's peak memory`,
			`n8n ${n8n}, binary data in files. Shorter is better.`,
			bars(heavy, (run) => run.growth / 1e6, 'MB'),
		),
	};
}

const PART_NAMES: Record<Part, string> = {
	batch: 'The batch',
	limits: "At the plans' limits",
	growth: 'Growth',
	memory: 'Large files',
	money: 'Money',
};

/** When and where a part was measured. */
function recordLine({ part, date, minutes, machine, measured, commit }: PartRecord): string {
	const ours = part === 'limits' ? (measured as Limited[]).filter(isOurs) : [];
	const rows = ours.length > 0 ? ` (${ours.map(({ row }) => rowName(row)).join('; ')})` : '';
	const since = `${date.slice(0, 10)} at ${date.slice(11, 16)} UTC`;
	return `${PART_NAMES[part]}${rows}: ${since}, ${minutes.toFixed(0)} minutes, load average ${machine.load.toFixed(1)} before${commit ? `, commit ${commit}` : ''}.`;
}

/** What the growth of the memory consists of, where that was measured. */
function aliveOf(memory: Measured[]) {
	const [ours, fanOut] = (['ours', 'fanOut'] as const).map((id) => {
		const run = findCollected(memory, id);
		return (
			run && {
				alive: fineMegabytes(run.alive),
				growth: megabytes(run.growth),
				objects: fineMegabytes(run.keptObjects ?? 0),
			}
		);
	});
	return ours && fanOut && { ours, fanOut };
}

/** The largest batch beside the earlier commit, where `--part growth --tarball` of that one was put into `before`. */
function earlierOf(growth: Measured[]) {
	const [before, now] = [loadEarlierGrowth()?.measured.at(-1), growth.at(-1)!];
	const cost = ({ cpu, items }: Measured) => `${((cpu / items) * 1000).toFixed(1)} ms`;
	return (
		before && {
			...{ cpu: cost(now), cpuBefore: cost(before) },
			cpuTimes: times(now.cpu, before.cpu, SMALLEST_SECONDS),
			...{ growth: megabytes(now.growth), growthBefore: megabytes(before.growth) },
			growthTimes: times(now.growth, before.growth, SMALLEST_GROWTH),
		}
	);
}

/** Written by `start.ts`; undefined where it never ran. */
function startOf(growth: Measured[]) {
	const record = loadStart();
	if (!record) return undefined;
	const { before, now, firstUse } = record.milliseconds;
	const rows: Array<[string, number | undefined]> = [
		[`Commit ${record.before}`, before],
		['This one', now],
		['This one, its first use included', firstUse],
	];
	return {
		table: table(
			{
				'Processor time to load the node': ([name]) => name,
				ms: ([, ms]) => ms.toFixed(1),
				Ratio: ([, ms]) => times(ms, before, 0),
			},
			rows.filter((row): row is [string, number] => row[1] !== undefined),
		),
		hasFirstUse: firstUse !== undefined,
		earlier: earlierOf(growth),
		rounds: record.rounds,
		day: record.date.slice(0, 10),
		load: record.load.toFixed(1),
	};
}

function text(records: Records): string {
	const { all, batch, limits, growth, memory, money } = records;
	const [first] = all;
	const { settings, machine, node } = first;
	return fill('benchmark', {
		...first,
		node: node.replace('v', ''),
		concurrency: DEFAULT_CONCURRENCY,
		goals: tables.goalTable([
			...speedGoals(batch),
			...limitGoals(limits, rowName),
			...(memory.length ? memoryGoals(memory) : []),
			...growthGoals(growth),
		]),
		batch: tables.measuredTable(batch),
		limits: table(tables.LIMIT_COLUMNS, limits),
		longestJob: settings.limits.jobSeconds + settings.limits.spreadSeconds,
		single: limits.find(({ row }) => row.isLearnt)?.row,
		several: limits.find(({ row: { accounts = 1, items } }) => accounts > 1 && items > 1)?.row,
		leastMean: LEAST_MEAN,
		memory: memory.length && tables.measuredTable(memory.filter(isUntouched)),
		alive: aliveOf(memory),
		money: tables.moneyTable(money),
		growth: tables.growthTable(growth),
		mostItems: count(growth.at(-1)!.items),
		start: startOf(growth),
		queue: queueSection(loadQueueRuns()),
		gigabytes: (machine.memory / 1e9).toFixed(0),
		recorded: all.map(recordLine),
		growthPerMinute: count(settings.growth.requestsPerMinute),
	});
}

/**
 * Writes `benchmark.md` and its charts.
 * @param folder gets the document, and the charts in `images`
 * @returns the document's path
 */
export async function writeDocument(records: Records, folder: string): Promise<string> {
	const images = join(folder, 'images');
	mkdirSync(images, { recursive: true });
	for (const [name, svg] of Object.entries(charts(records))) writeFileSync(join(images, name), svg);
	const file = join(folder, 'benchmark.md');
	const style = await resolveConfig(__filename);
	writeFileSync(file, await format(text(records), { ...style, parser: 'markdown' }));
	return file;
}
