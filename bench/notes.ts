/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run bench:notes`: what the notes in n8n's database cost a batch of 50 videos, in both versions of real n8n with
 * SQLite. The batch is run, then run again and killed when all of it is submitted, then run once more: that one finds
 * 50 notes. Exits with 1 where a run spends more than a second in n8n's store.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installN8n, type N8nVersion } from '../harness/install';
import { startN8n } from '../harness/n8n';
import { buildAndPack } from '../harness/pack';
import { countVideos, runWorkflow } from './executions';
import { promptOf, segmindCredential } from './lab';
import { machine } from './machine';
import { klingBody, sandboxService, whenAllEnded } from './services';
import { ours, PROMPT } from './workflows';

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
const VIDEOS = 50;
const BUDGET_MS = 1000;
const CREDENTIAL = 'BenchSegmind0001';
/** So many times; the slowest counts. */
const ROUNDS = 3;

interface Access {
	name: string;
	ms: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function measure(version: N8nVersion, tarball: string): Promise<number> {
	const userFolder = mkdtempSync(join(tmpdir(), 'segmind-kling-notes-'));
	const times = join(userFolder, 'store-times');
	const service = await sandboxService(0, 1_000_000);
	const n8n = await startN8n({
		installation: await installN8n(version, say),
		userFolder,
		tarball,
		credentials: [segmindCredential(CREDENTIAL, service)],
		env: {
			NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'store-times.cjs'))}`,
			STORE_TIMES: times,
		},
	});
	/** What a run does, and what of it is spent in the store, in ms. */
	const timed = async (what: string, run: () => Promise<unknown>): Promise<number> => {
		writeFileSync(times, '');
		await run();
		const lines = readFileSync(times, 'utf8').trim().split('\n').filter(Boolean);
		const accesses = lines.map((line) => JSON.parse(line) as Access);
		if (accesses.length === 0) throw new Error('Nothing was measured.');
		const sum = accesses.reduce((total, { ms }) => total + ms, 0);
		const longest = Math.max(...accesses.map(({ ms }) => ms));
		say(
			`n8n ${version}, ${what}: ${sum.toFixed(0)} ms in ${accesses.length} accesses, the longest ${longest.toFixed(0)} ms`,
		);
		return sum;
	};
	try {
		const { api } = n8n;
		await api.setupOwner();
		const { url, imageUrl } = service;
		const body = await klingBody(imageUrl, PROMPT);
		const workflow = await api.addWorkflow(
			ours(randomUUID(), {
				...{ url, imageUrl, body, waitSeconds: 1, retryOnFail: false, credential: CREDENTIAL },
				options: { concurrency: VIDEOS, downloadVideo: false },
			}),
		);
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
	} finally {
		await n8n.stop();
		await service.close();
		rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	}
}

async function main(): Promise<void> {
	const { cpu, cores, load } = machine();
	say(`${cpu}, ${cores} processors, load ${load.toFixed(1)}`);
	const tarball = await buildAndPack();
	try {
		for (const version of VERSIONS) {
			const most = await measure(version, tarball);
			if (most <= BUDGET_MS) continue;
			process.exitCode = 1;
			say(`n8n ${version}: more than ${BUDGET_MS} ms`);
		}
	} finally {
		rmSync(dirname(tarball), { recursive: true, force: true });
	}
}

main().catch((error: Error) => {
	process.stderr.write(`${error.stack}\n`);
	process.exit(1);
});
