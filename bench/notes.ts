/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run bench:notes`: what the notes in n8n's database cost a batch of 50 videos, in both versions of real n8n with
 * SQLite. The batch is run, then run again and killed when all of it is submitted, then run once more: that one finds
 * 50 notes. Exits with 1 where a run spends more than a second in n8n's store.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installN8n, type N8nVersion } from '../harness/install';
import { startN8n } from '../harness/run/n8n';
import { countVideos, runWorkflow } from './executions';
import {
	contenders,
	credentialsOf,
	main,
	packOurs,
	promptOf,
	temporaryFolder,
	withEnds,
} from './lab';
import { addWorkflow } from './measure';
import { machine } from './records';
import { sandboxService, whenAllEnded } from './services';

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
const VIDEOS = 50;
const BUDGET_MS = 1000;
/** So many times; the slowest counts. */
const ROUNDS = 3;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @returns what a run spends in the store at most, ms */
const measure = async (version: N8nVersion, tarball: string): Promise<number> =>
	await withEnds(async (atEnd) => {
		const userFolder = temporaryFolder(atEnd);
		const times = join(userFolder, 'store-times');
		const service = await sandboxService(0, 1_000_000);
		atEnd(async () => await service.close());
		const site = { service, credential: 'BenchSegmind0001' };
		const n8n = await startN8n({
			...{ installation: await installN8n(version, say), userFolder, tarball },
			// An older n8n has no MiniMax.
			credentials: credentialsOf(site).filter(({ type }) => type === 'segmindApi'),
			env: {
				NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'store-times.cjs'))}`,
				STORE_TIMES: times,
			},
		});
		atEnd(async () => await n8n.stop());
		/** What a run does, and what of it is spent in the store, in ms. */
		const timed = async (what: string, run: () => Promise<unknown>): Promise<number> => {
			writeFileSync(times, '');
			await run();
			const lines = readFileSync(times, 'utf8').trim().split('\n').filter(Boolean);
			const accesses = lines.map((line) => (JSON.parse(line) as { ms: number }).ms);
			if (accesses.length === 0) throw new Error('Nothing was measured.');
			const sum = accesses.reduce((total, ms) => total + ms, 0);
			const longest = Math.max(...accesses);
			say(
				`n8n ${version}, ${what}: ${sum.toFixed(0)} ms in ${accesses.length} accesses, the longest ${longest.toFixed(0)} ms`,
			);
			return sum;
		};
		const { api } = n8n;
		await api.setupOwner();
		const options = { concurrency: VIDEOS, downloadVideo: false };
		const contender = { ...contenders.ours, options };
		const workflow = await addWorkflow({ n8n }, site, contender, { waitSeconds: 1 });
		const items = Array.from({ length: VIDEOS }, (_, index) => ({ prompt: promptOf(index) }));
		const deliver = async () => {
			const { summary } = await runWorkflow(api, workflow, items);
			const videos = countVideos(await api.execution(summary.id));
			if (videos !== VIDEOS) throw new Error(`${videos} videos of ${VIDEOS}.`);
		};
		// Renders the videos, which the sandbox keeps.
		await deliver();
		const sums: number[] = [];
		for (let round = 1; round <= ROUNDS; round++) {
			service.setJobSeconds(2);
			sums.push(await timed(`a batch of ${VIDEOS}`, deliver));
			service.setJobSeconds(20);
			const since = Date.now();
			// Answered when the execution ends, which this one never does.
			api.runWebhook(workflow.name, { data: { items } }).catch(() => {});
			while (service.jobs(since).length < VIDEOS) await sleep(50);
			await n8n.kill();
			await whenAllEnded(service, since);
			await n8n.restart();
			sums.push(await timed(`the batch after a kill, with ${VIDEOS} notes`, deliver));
			const bought = service.jobs(since).length;
			if (bought !== VIDEOS) throw new Error(`${bought} videos were bought, not ${VIDEOS}.`);
		}
		return Math.max(...sums);
	});

main(async (atEnd) => {
	const { cpu, cores, load } = machine();
	say(`${cpu}, ${cores} processors, load ${load.toFixed(1)}`);
	const tarball = await packOurs(atEnd);
	for (const version of VERSIONS) {
		const most = await measure(version, tarball);
		if (most <= BUDGET_MS) continue;
		process.exitCode = 1;
		say(`n8n ${version}: more than ${BUDGET_MS} ms`);
	}
});
