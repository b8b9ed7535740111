/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run bench`: our node, n8n's MiniMax node and two workflows built by hand, on the same work in the same real n8n.
 *
 *     npm run bench                     all of it, more than an hour; writes docs/benchmark.md and its charts
 *     npm run bench -- --part memory    one part (batch, limits, growth, memory, money; may be given several times), the
 *                                       others as they were recorded; --group ten, more, few: of the rows at the limits
 *     npm run bench -- --quick          to try it: short jobs, no 1,000 items, no large files; writes to a temporary folder
 *     npm run bench -- --tarball <file> with this packed package instead of the one in the working tree
 *     npm run bench -- --queue          n8n's queue mode: parked, Generate, and Start, Wait, Get; with --quick to try it
 *     npm run bench -- --write          writes the document again from what was recorded
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, openLab, type Lab, type Log } from './lab';
import { limitTable } from './limits';
import { machine } from './machine';
import { combined, measure, type Measured } from './measure';
import { moneyTable } from './money';
import { benchQueue, queueSection, writeQueueSection } from './queue';
import { loadRecords, RECORDED, saveRecord, type Parts } from './records';
import { writeDocument } from './report/document';
import { N8N_VERSION, PARTS, settingsFor, type BenchSettings, type Part } from './settings';

const DOCS = join(dirname(__dirname), 'docs');

const summary = (run: Measured) =>
	`  ${run.contender}, ${run.items} items: ${run.seconds.toFixed(1)} s, ` +
	`${(run.growth / 1e6).toFixed(0)} MB over ${(run.baseline / 1e6).toFixed(0)} MB, ` +
	`${(run.kept / 1e6).toFixed(0)} MB kept, delay ${run.delay.mean.toFixed(2)} s, ` +
	`${run.requestsPerJob.toFixed(1)} requests a job, ${run.cpu.toFixed(1)} s of processor time, ` +
	`binary data: ${run.store}`;

const { ours, minimax, loop, fanOut } = contenders;

const sample = async (lab: Lab, part: 'batch' | 'money') =>
	await lab.minimax.setVideo(await lab[part].service.sampleVideo('Clouds drift, take 1'));

type Measure<P extends Part> = (
	lab: Lab,
	settings: BenchSettings,
	log: Log,
	group?: string,
) => Promise<Parts[P]>;

const MEASURES: { [P in Part]: Measure<P> } = {
	async batch(lab, { items, jobSeconds, waitSeconds }, log) {
		await sample(lab, 'batch');
		const runs: Measured[] = [];
		for (const contender of [ours, fanOut, loop, minimax]) {
			runs.push(await measure(lab, lab.batch, contender, { items, jobSeconds, waitSeconds }));
			log(summary(runs.at(-1)!));
		}
		return runs;
	},

	async limits(lab, settings, log, group) {
		await sample(lab, 'money');
		const { rows } = settings.limits;
		const some = rows.filter((row) => group === undefined || row.group === group);
		return await limitTable(lab, settings, some, log);
	},

	async growth(lab, { growth, waitSeconds }, log) {
		const runs: Measured[] = [];
		const { concurrency, jobSeconds } = growth;
		for (const items of growth.counts) {
			const contender = { ...ours, options: { concurrency } };
			runs.push(await measure(lab, lab.growth, contender, { items, jobSeconds, waitSeconds }));
			log(summary(runs.at(-1)!));
		}
		return runs;
	},

	async memory(lab, { large }, log) {
		if (!large || !lab.large) return [];
		await lab.minimax.setVideo(await lab.large.service.sampleVideo('Clouds drift, take 1'));
		const database = { ...large, store: 'database' as const };
		// The two that are compared to the megabyte in each round, the others once.
		const all = [
			{ contender: ours, work: large, times: large.rounds },
			{ contender: fanOut, work: large, times: large.rounds },
			{ contender: minimax, work: large, times: 1 },
			{ contender: ours, work: database, times: 1 },
			{ contender: fanOut, work: database, times: 1 },
		];
		const runs = all.map((): Measured[] => []);
		for (let round = 0; round < large.rounds; round++) {
			for (const [index, { contender, work, times }] of all.entries()) {
				if (round >= times) continue;
				runs[index].push(await measure(lab, lab.large, contender, work));
				log(summary(runs[index].at(-1)!));
			}
		}
		return runs.map(combined);
	},

	async money(lab, settings, log) {
		await sample(lab, 'money');
		return await moneyTable(lab, settings, [ours, minimax, loop, fanOut], log);
	},
};

interface Wanted {
	parts: Part[];
	group?: string;
	tarball?: string;
}

/** Measures the parts one after the other, and saves each when it is done. */
async function benchmark(
	settings: BenchSettings,
	{ parts, group, tarball }: Wanted,
	folder: string,
	log: Log,
): Promise<void> {
	const lab = await openLab(settings, parts, log, tarball);
	try {
		for (const part of parts) {
			log(`Part: ${part}${group ? `, ${group}` : ''}`);
			const before = machine();
			const begun = Date.now();
			const measured = await MEASURES[part](lab, settings, log, group);
			const record = {
				...{ part, settings, n8n: N8N_VERSION, node: lab.node, machine: before, measured },
				date: new Date(begun).toISOString(),
				minutes: (Date.now() - begun) / 60_000,
			};
			log(`Saved: ${saveRecord(folder, record, part === 'limits' ? group : undefined)}`);
		}
	} finally {
		await lab.close();
	}
}

function wantedParts(names: string[]): Part[] {
	const unknown = names.find((name) => !PARTS.includes(name as Part));
	if (unknown) throw new Error(`There is no part "${unknown}": ${PARTS.join(', ')}`);
	return names.length > 0 ? (names as Part[]) : [...PARTS];
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			quick: { type: 'boolean', default: false },
			part: { type: 'string', multiple: true, default: [] },
			group: { type: 'string' },
			write: { type: 'boolean', default: false },
			tarball: { type: 'string' },
			queue: { type: 'boolean', default: false },
		},
	});
	const begun = Date.now();
	const log: Log = (line) =>
		process.stdout.write(`${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
	// A trial must not replace the recorded run.
	const isTrial = values.quick || values.queue;
	const folder = isTrial ? mkdtempSync(join(tmpdir(), 'segmind-kling-benchmark-')) : RECORDED;
	if (values.queue) {
		const found = await benchQueue(values.quick, log);
		const file = join(folder, 'queue.json');
		writeFileSync(file, JSON.stringify(found, undefined, '\t'));
		log(`The numbers are in ${file}`);
		if (values.quick) log(`\n${queueSection(found)}`);
		else writeQueueSection(found, join(DOCS, 'benchmark.md'));
		return;
	}
	const { group, tarball } = values;
	const wanted = { parts: wantedParts(values.part), group, tarball };
	if (!values.write) await benchmark(settingsFor(values.quick), wanted, folder, log);
	const { records, missing } = loadRecords(folder);
	if (missing.length > 0) {
		log(`The document is not written: nothing is recorded of ${missing.join(', ')}`);
		return;
	}
	log(`Written: ${await writeDocument(records, values.quick ? folder : DOCS)}`);
}

main().catch((error: Error) => {
	process.stderr.write(`${error.stack}\n`);
	process.exit(1);
});
