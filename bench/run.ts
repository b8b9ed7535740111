/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run bench`: our node, n8n's MiniMax node and two workflows built by hand, on the same work in the same real n8n.
 * All of it takes more than an hour, and writes docs/benchmark.md and its charts. `npm run bench -- --help` says what
 * else it does.
 */
import { program } from 'commander';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
	contenders,
	main,
	openLab,
	type AtEnd,
	type Contender,
	type Lab,
	type Log,
	type Site,
} from './lab';
import { limitTable } from './limits';
import { combined, measure, type Measured, type Work } from './measure';
import { moneyTable } from './money';
import { benchQueue, QUEUE_PARTS, type QueuePart } from './queue';
import { loadRecords, machine, RECORDED, saveRecord, type Parts } from './records';
import { writeDocument } from './report/document';
import { fineSeconds, megabytes, seconds } from './report/format';
import { N8N_VERSION, PARTS, settingsFor, type BenchSettings, type Part } from './settings';

const DOCS = join(dirname(__dirname), 'docs');

const summary = (run: Measured) =>
	`  ${run.contender}, ${run.items} items: ${seconds(run.seconds)}, ` +
	`${megabytes(run.growth)} over ${megabytes(run.baseline)}, ` +
	`${megabytes(run.kept)} kept (objects ${megabytes(run.keptObjects ?? 0)}, external ${megabytes(run.keptExternal ?? 0)}), ${run.alive === undefined ? '' : `${megabytes(run.alive)} alive, `}delay ${fineSeconds(run.delay.mean)}, ` +
	`${run.requestsPerJob.toFixed(1)} requests a job, ${seconds(run.cpu)} of processor time, ` +
	`binary data: ${run.store}`;

const { ours, minimax, loop, fanOut } = contenders;

/** A measurement, in so many rounds; the median counts. */
interface Planned {
	contender: Contender;
	work: Work;
	rounds?: number;
}

/** What is measured of the parts that look at n8n's time and memory. */
const PLANS: Record<'batch' | 'growth' | 'memory', (settings: BenchSettings) => Planned[]> = {
	batch: (work) => [ours, fanOut, loop, minimax].map((contender) => ({ contender, work })),

	growth({ growth, waitSeconds }) {
		const { counts, concurrency, jobSeconds } = growth;
		const contender = { ...ours, options: { concurrency } };
		return counts.map((items) => ({ contender, work: { items, jobSeconds, waitSeconds } }));
	},

	memory({ large }) {
		if (!large) return [];
		const database = { ...large, store: 'database' as const };
		const collected = { ...large, isCollected: true };
		// The two that are compared to the megabyte in each round, the others once.
		return [
			{ contender: ours, work: large, rounds: large.rounds },
			{ contender: fanOut, work: large, rounds: large.rounds },
			{ contender: minimax, work: large },
			{ contender: ours, work: database },
			{ contender: fanOut, work: database },
			{ contender: ours, work: collected },
			{ contender: fanOut, work: collected },
		];
	},
};

async function measureAll(lab: Lab, site: Site, plan: Planned[], log: Log): Promise<Measured[]> {
	const runs = plan.map((): Measured[] => []);
	const most = lab.snapshots ? 1 : Math.max(...plan.map(({ rounds = 1 }) => rounds));
	for (let round = 0; round < most; round++) {
		for (const [index, { contender, work, rounds = 1 }] of plan.entries()) {
			if (round >= rounds) continue;
			runs[index].push(await measure(lab, site, contender, work));
			log(summary(runs[index].at(-1)!));
		}
	}
	return runs.map(combined);
}

async function measurePart(
	lab: Lab,
	part: Part,
	settings: BenchSettings,
	log: Log,
	group?: string,
): Promise<Parts[Part]> {
	if (part === 'limits') {
		const rows = settings.limits.rows.filter((row) => !group || row.group === group);
		return await limitTable(lab, settings, rows, log);
	}
	if (part === 'money') return await moneyTable(lab, settings, [ours, minimax, loop, fanOut], log);
	return await measureAll(lab, lab.sites[part], PLANS[part](settings), log);
}

/** What the command line says. */
interface Options {
	quick: boolean;
	part: string[];
	group?: string;
	write: boolean;
	tarball?: string;
	queue: boolean;
	snapshots?: string;
}

/** Measures the parts one after the other, and saves each when it is done. */
async function benchmark(options: Options, folder: string, log: Log, atEnd: AtEnd): Promise<void> {
	const { quick, group, tarball, snapshots } = options;
	const parts = wantedParts(options.part, PARTS);
	const settings = settingsFor(quick);
	const lab = { ...(await openLab(settings, parts, log, atEnd, tarball)), snapshots };
	for (const part of parts) {
		log(`Part: ${part}${group ? `, ${group}` : ''}`);
		const before = machine();
		const begun = Date.now();
		const measured = await measurePart(lab, part, settings, log, group);
		// They take memory themselves.
		if (snapshots) continue;
		const record = {
			...{ part, settings, n8n: N8N_VERSION, node: lab.node, machine: before, measured },
			date: new Date(begun).toISOString(),
			minutes: (Date.now() - begun) / 60_000,
		};
		log(`Saved: ${saveRecord(folder, record, part === 'limits' ? group : undefined)}`);
	}
}

/** @throws when there is no part of one of these names @returns all parts where none is named */
function wantedParts<P extends string>(names: string[], all: readonly P[]): P[] {
	const unknown = names.find((name) => !all.includes(name as P));
	if (unknown) throw new Error(`There is no part "${unknown}": ${all.join(', ')}`);
	return names.length > 0 ? (names as P[]) : [...all];
}

const PART = `one part, the others as recorded; may be given again. ${PARTS.join(', ')}; with --queue ${QUEUE_PARTS.join(', ')}`;
const SNAPSHOTS =
	'heap snapshots of n8n before and after each run of memory and --queue; records nothing';
const append = (name: string, names: string[]) => [...names, name];

program
	.name('npm run bench --')
	.option('--quick', 'to try it: short jobs, no large files; to a temporary folder', false)
	.option('--part <name>', PART, append, [] as string[])
	.option('--group <name>', 'of the rows at the limits: ten, one, more, few')
	.option('--tarball <file>', 'this packed package instead of the one in the working tree')
	.option('--queue', "n8n's queue mode: parked, Generate, and Start, Wait, Get; an hour", false)
	.option('--snapshots <folder>', SNAPSHOTS)
	.option('--write', 'writes the document again from what was recorded', false)
	.parse();

main(async (atEnd) => {
	const options = program.opts<Options>();
	const { quick, part, tarball, snapshots } = options;
	const begun = Date.now();
	const log: Log = (line) =>
		process.stdout.write(`${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
	// A trial must not replace the recorded run.
	const folder = quick ? mkdtempSync(join(tmpdir(), 'segmind-kling-benchmark-')) : RECORDED;
	if (options.queue) {
		const parts = wantedParts<QueuePart>(part, QUEUE_PARTS);
		await benchQueue({ quick, parts, folder, tarball, snapshots }, log, atEnd);
	} else if (!options.write) await benchmark(options, folder, log, atEnd);
	const { records, missing } = loadRecords(folder);
	if (missing.length > 0) {
		log(`The document is not written: nothing is recorded of ${missing.join(', ')}`);
		return;
	}
	log(`Written: ${await writeDocument(records, quick ? folder : DOCS)}`);
});
