/* eslint-disable @n8n/community-nodes/no-restricted-imports, no-console -- test, runs outside n8n */
/**
 * The peak of n8n's memory while four large videos arrive at once, against the same work done by hand and by n8n's
 * own MiniMax node. Measured as the benchmark does it: each in an n8n that was started afresh and has made one video,
 * after its garbage was collected.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { contenders, credentialsOf, MEASURED_ENV, type ContenderId } from '../../bench/lab';
import { measure, type Measured, type Work } from '../../bench/measure';
import { sandboxService } from '../../bench/services';
import { installN8n } from '../../harness/install';
import { startN8n } from '../../harness/run/n8n';
import { buildAndPack } from '../../harness/install/pack';
import { Cleanup } from '../../harness/run/cleanup';

const VIDEOS = 4;
const MEGABYTE = 1e6;
const VIDEO_MEGABYTES = 200;
/** Requests a minute: no limit that counts here. */
const UNLIMITED = 6000;
/**
 * Node collects the memory behind a stream's pieces only when some tens of megabytes of them lie about. Whether that
 * is just before or just after a peak is chance, so much is no difference.
 */
const CHANCE = 48 * MEGABYTE;

const WORK: Work = { items: VIDEOS, jobSeconds: 1, waitSeconds: 1 };
/** Its node would look again only after 15 s. */
const DONE_AT_ONCE: Work = { ...WORK, jobSeconds: 0 };

const cleanup = new Cleanup();
let ours: Measured;
let fanOut: Measured;
let minimax: Measured;

beforeAll(async () => {
	const service = await sandboxService(VIDEO_MEGABYTES, UNLIMITED);
	cleanup.add(async () => await service.close());
	const tarball = await buildAndPack();
	cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
	const site = { service, credential: 'BenchSegmind0004' };
	const n8n = await startN8n({
		installation: await installN8n('2.41.1'),
		userFolder: cleanup.temporaryFolder('segmind-kling-memory-'),
		tarball,
		credentials: credentialsOf(site),
		env: MEASURED_ENV,
	});
	cleanup.add(async () => await n8n.stop());
	await n8n.api.setupOwner();

	const measured = async (id: ContenderId, work: Work) => {
		const run = await measure({ n8n }, site, contenders[id], work);
		const [growth, baseline] = [run.growth, run.baseline].map((bytes) =>
			Math.round(bytes / MEGABYTE),
		);
		console.log(`${id}: ${growth} MB over ${baseline} MB, ${run.seconds} s`);
		return run;
	};
	ours = await measured('ours', WORK);
	fanOut = await measured('fanOut', WORK);
	minimax = await measured('minimax', DONE_AT_ONCE);
}, 900_000);
afterAll(async () => await cleanup.run(), 60_000);

it('four videos of 200 MB take less memory than half of one of them', () => {
	expect(ours.growth).toBeLessThan((VIDEO_MEGABYTES / 2) * MEGABYTE);
});

it('no more, but for what garbage happens to lie about, than the workflow built by hand takes', () => {
	expect(ours.growth).toBeLessThanOrEqual(fanOut.growth + CHANCE);
});

it("at most a fifth of what n8n's MiniMax node takes, which fetches one after the other", () => {
	expect(ours.growth).toBeLessThanOrEqual(minimax.growth / 5);
});
