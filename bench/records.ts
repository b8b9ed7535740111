/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** What was measured, part by part, as files: a part can be measured again while the others stay as they are. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import type { Limited } from './limits';
import type { Measured } from './measure';
import type { MoneyRow } from './money';
import { PARTS, type BenchSettings, type Part, type QueueSettings } from './settings';
import type { Kind } from './workflows';

/** Of the recorded run. */
export const RECORDED = join(__dirname, 'recorded');

/** What a measurement ran on; its load is the mean number of processes that wanted to run during the minute before. */
export const machine = () => ({
	cpu: cpus()[0]?.model.trim() ?? 'unknown',
	cores: availableParallelism(),
	/** bytes */
	memory: totalmem(),
	system: `${type()} ${release()}`,
	load: loadavg()[0],
});
export type Machine = ReturnType<typeof machine>;

/** What each part gives. */
export interface Parts {
	batch: Measured[];
	limits: Limited[];
	growth: Measured[];
	/** Empty where large videos were left out. */
	memory: Measured[];
	money: MoneyRow[];
}

export interface PartRecord<P extends Part = Part> {
	part: P;
	settings: BenchSettings;
	n8n: string;
	/** Version of Node that n8n ran on. */
	node: string;
	/** With its load before the first measurement. */
	machine: Machine;
	/** ISO 8601 */
	date: string;
	minutes: number;
	measured: Parts[P];
	/** Of the node that was measured. */
	commit?: string;
}

export interface Records extends Parts {
	/** In the order of the document. */
	all: PartRecord[];
}

/** Many executions of one video each in queue mode. */
export interface QueueRun {
	kind: Kind;
	executions: number;
	/** Garbage was collected all the time. */
	isCollected?: boolean;
	/** From the first webhook call to the end of the last execution. */
	seconds: number;
	succeeded: number;
	jobs: number;
	billed: number;
	/** Jobs under way at the same time, the most. */
	atOnce: number;
	/** By worker, bytes: resident size before, the largest one over it, and what is left over it after a collection. */
	workers: Array<{
		idle: number;
		growth: number;
		kept: number;
		/** Of what is kept: objects of JavaScript, the memory that V8 holds for them, and what lies outside of it. */
		objects?: number;
		heap?: number;
		external?: number;
	}>;
	/** The same of the objects of JavaScript that are alive; only where garbage was collected all the time. */
	heaps?: Array<{ idle: number; growth: number }>;
	/** Executions in n8n's list and rows in the table afterwards, those that n8n is about to delete included. */
	listed: number;
	rows: number;
	settings: QueueSettings;
	n8n: string;
	/** With its load before. */
	machine: Machine;
	/** ISO 8601 */
	date: string;
}

/** How long n8n needs to load the node. */
export interface StartRecord {
	/** Commit of the earlier checkout. */
	before: string;
	/** ISO 8601 */
	date: string;
	rounds: number;
	/** Load average before. */
	load: number;
	/** Processor time for loading the node and its credential, ms, the median. */
	milliseconds: { before: number; now: number; firstUse?: number };
}

function read<T>(folder: string, name: string): T | undefined {
	const file = join(folder, `${name}.json`);
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

function write(folder: string, name: string, value: object): string {
	const file = join(folder, `${name}.json`);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, `${JSON.stringify(value, undefined, '\t')}\n`);
	return file;
}

/**
 * @param group of the rows at the limits, which may be measured apart
 * @returns the file
 */
export const saveRecord = (folder: string, record: PartRecord, group?: string): string =>
	write(folder, [record.part, ...(group ? [group] : [])].join('-'), record);

/** All that is in a folder, and the parts of which nothing is. */
export function loadRecords(folder: string): { records: Records; missing: Part[] } {
	const all = readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.map((name) => read<PartRecord>(folder, name.replace('.json', ''))!)
		.filter(({ part }) => PARTS.includes(part))
		.sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
	const recordsOf = <P extends Part>(part: P) =>
		all.filter((record) => record.part === part) as Array<PartRecord<P>>;
	const of = <P extends Part>(part: P) =>
		recordsOf(part).flatMap(({ measured }) => measured as Array<Parts[P][number]>) as Parts[P];
	const order = all.flatMap(({ settings }) =>
		settings.limits.rows.map((row) => JSON.stringify(row)),
	);
	const place = ({ row }: Limited) => order.indexOf(JSON.stringify(row));
	/** A row that was measured again on its own counts as it was measured last. */
	const nameOf = ({ contender, row }: Limited) =>
		[contender, row.items, row.perMinute, row.concurrency, row.isLearnt].join();
	const limits = recordsOf('limits')
		.sort((a, b) => a.date.localeCompare(b.date))
		.flatMap(({ measured }) => measured.map((run) => [nameOf(run), run] as const));
	const records = {
		...{ all, batch: of('batch'), growth: of('growth'), memory: of('memory'), money: of('money') },
		limits: [...new Map(limits).values()].sort((a, b) => place(a) - place(b)),
	};
	return { records, missing: PARTS.filter((part) => recordsOf(part).length === 0) };
}

/** The growth with an earlier commit, where it was put there by hand. */
export const loadEarlierGrowth = () => read<PartRecord<'growth'>>(RECORDED, 'before/growth');

/** @returns none where nothing was measured */
export const loadQueueRuns = (folder = RECORDED): QueueRun[] => read(folder, 'queue') ?? [];

/**
 * Adds a run, in the place of an earlier one of the same kind and size.
 * @returns the file
 */
export function saveQueueRun(folder: string, run: QueueRun): string {
	const nameOf = ({ kind, executions, isCollected }: QueueRun) =>
		[kind, executions, isCollected].join();
	const others = loadQueueRuns(folder).filter((other) => nameOf(other) !== nameOf(run));
	return write(folder, 'queue', [...others, run]);
}

/** @returns undefined where `start.ts` never ran */
export const loadStart = () => read<StartRecord>(RECORDED, 'start');
export const saveStart = (record: StartRecord): string => write(RECORDED, 'start', record);
