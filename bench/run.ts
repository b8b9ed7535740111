/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run bench`: our node, n8n's MiniMax node and two workflows built by hand, on the same work in the same real n8n.
 *
 *     npm run bench                     all of it, about half an hour; writes docs/benchmark.md and its charts
 *     npm run bench -- --quick          to try it: short jobs, no 1,000 items, no large files; writes to a temporary folder
 *     npm run bench -- --tarball <file> with this packed package instead of the one in the working tree
 *     npm run bench -- --queue          n8n's queue mode: parked, Generate, and Start, Wait, Get; with --quick to try it
 *     npm run bench -- --from <file>    writes the document again from the results that a run has saved
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, DEFAULT_CONCURRENCY, openLab, type Log } from './lab';
import { machine } from './machine';
import { limitTable } from './limits';
import { combined, measure, type Measured } from './measure';
import { moneyTable } from './money';
import { benchQueue, queueSection, writeQueueSection } from './queue';
import { writeDocument, type Results } from './report/document';
import { N8N_VERSION, settingsFor, type BenchSettings } from './settings';

const DOCS = join(dirname(__dirname), 'docs');

const summary = (run: Measured) =>
	`  ${run.contender}, ${run.items} items: ${run.seconds.toFixed(1)} s, ` +
	`${(run.growth / 1e6).toFixed(0)} MB over ${(run.baseline / 1e6).toFixed(0)} MB, ` +
	`${(run.kept / 1e6).toFixed(0)} MB kept, delay ${run.delay.mean.toFixed(2)} s, ` +
	`${run.requestsPerJob.toFixed(1)} requests a job, ${run.cpu.toFixed(1)} s of processor time`;

async function benchmark(settings: BenchSettings, log: Log, tarball?: string): Promise<Results> {
	const begun = Date.now();
	const lab = await openLab(settings, log, tarball);
	try {
		const { ours, oursTogether, minimax, loop, fanOut } = contenders(settings.items);
		const { items, jobSeconds, waitSeconds, growth, large } = settings;
		const loadBefore = machine().load;

		log(`The batch: ${items} items, jobs of ${jobSeconds} s, ${settings.videoMegabytes} MB`);
		await lab.minimax.setVideo(await lab.batch.service.sampleVideo('Clouds drift, take 1'));
		const batch: Measured[] = [];
		for (const contender of [ours, oursTogether, fanOut, loop, minimax]) {
			batch.push(await measure(lab, lab.batch, contender, { items, jobSeconds, waitSeconds }));
			log(summary(batch.at(-1)!));
		}

		log("At the plans' limits");
		const limited = await limitTable(lab, settings, log);

		log('Growth');
		const grown: Measured[] = [];
		const { concurrency } = growth;
		for (const count of growth.counts) {
			const work = { items: count, jobSeconds: growth.jobSeconds, waitSeconds };
			const contender = { ...ours, options: { concurrency } };
			grown.push(await measure(lab, lab.growth, contender, work));
			log(summary(grown.at(-1)!));
		}

		const heavy: Measured[] = [];
		if (large && lab.large) {
			const { rounds, videoMegabytes } = large;
			log(`Memory: ${large.items} videos of ${videoMegabytes} MB, ${rounds} rounds`);
			await lab.minimax.setVideo(await lab.large.service.sampleVideo('Clouds drift, take 1'));
			const database = { ...large, store: 'database' as const };
			// The two that are compared to the megabyte in each round, the others once.
			const all = [
				{ contender: ours, work: large, times: rounds },
				{ contender: fanOut, work: large, times: rounds },
				{ contender: minimax, work: large, times: 1 },
				{ contender: ours, work: database, times: 1 },
				{ contender: fanOut, work: database, times: 1 },
			];
			const runs = all.map((): Measured[] => []);
			for (let round = 0; round < rounds; round++) {
				for (const [index, { contender, work, times }] of all.entries()) {
					if (round >= times) continue;
					const run = await measure(lab, lab.large, contender, work);
					runs[index].push(run);
					log(`${summary(run)}, binary data: ${run.store}`);
				}
			}
			heavy.push(...runs.map(combined));
		}

		log('Money');
		await lab.minimax.setVideo(await lab.money.service.sampleVideo('Clouds drift, take 1'));
		const money = await moneyTable(lab, settings, [ours, minimax, loop, fanOut], log);
		return {
			settings,
			n8n: N8N_VERSION,
			node: lab.node,
			machine: { ...machine(), load: loadBefore },
			date: new Date(begun).toISOString(),
			minutes: (Date.now() - begun) / 60_000,
			concurrency: DEFAULT_CONCURRENCY,
			...{ batch, limited, growth: grown, large: heavy, money },
		};
	} finally {
		await lab.close();
	}
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			quick: { type: 'boolean', default: false },
			from: { type: 'string' },
			tarball: { type: 'string' },
			queue: { type: 'boolean', default: false },
		},
	});
	const begun = Date.now();
	const log: Log = (line) =>
		process.stdout.write(`${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-benchmark-'));
	if (values.queue) {
		const found = await benchQueue(values.quick, log);
		const file = join(folder, 'queue.json');
		writeFileSync(file, JSON.stringify(found, undefined, '\t'));
		log(`The numbers are in ${file}`);
		if (values.quick) log(`\n${queueSection(found)}`);
		else writeQueueSection(found, join(DOCS, 'benchmark.md'));
		return;
	}
	const results = values.from
		? (JSON.parse(readFileSync(values.from, 'utf8')) as Results)
		: await benchmark(settingsFor(values.quick), log, values.tarball);
	if (!values.from) {
		const file = join(folder, 'results.json');
		writeFileSync(file, JSON.stringify(results, undefined, '\t'));
		log(`The numbers are in ${file}`);
	}
	// A trial must not replace the recorded run.
	const document = await writeDocument(results, results.settings.quick ? folder : DOCS);
	log(`Written: ${document}`);
}

main().catch((error: Error) => {
	process.stderr.write(`${error.stack}\n`);
	process.exit(1);
});
