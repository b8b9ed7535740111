/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * How long n8n needs to load the node, beside an earlier checkout of this repository. Both must be built.
 *
 *     npx tsx bench/start.ts <folder of the earlier checkout>
 */
import execa from 'execa';
import { dirname, join } from 'node:path';
import { main } from './lab';
import { median } from './measure';
import { machine, saveStart, type StartRecord } from './records';

const ROUNDS = 25;
const NOW = dirname(__dirname);
const FILES = ['nodes/KlingO3/KlingO3.node.js', 'credentials/SegmindApi.credentials.js'];
/** What the node does, which it loads when it is used first. */
const FIRST_USE = 'nodes/KlingO3/work.js';

/** Processor time of a fresh process for what n8n loads when it starts, ms. */
async function loadTime(root: string, files = FILES): Promise<number> {
	const loads = files.map((file) => `require(${JSON.stringify(join(root, 'dist', file))});`);
	const script = `require('n8n-workflow'); const before = process.cpuUsage(); ${loads.join(' ')} const { user, system } = process.cpuUsage(before); console.log((user + system) / 1000);`;
	const { stdout } = await execa(process.execPath, ['-e', script], { cwd: NOW });
	return Number(stdout);
}

main(async () => {
	const earlier = process.argv[2];
	const { load } = machine();
	const { stdout: before } = await execa('git', ['rev-parse', '--short', 'HEAD'], { cwd: earlier });
	const times = { before: [] as number[], now: [] as number[], firstUse: [] as number[] };
	for (let round = 0; round < ROUNDS; round++) {
		times.before.push(await loadTime(earlier));
		times.now.push(await loadTime(NOW));
		times.firstUse.push(await loadTime(NOW, [...FILES, FIRST_USE]));
	}
	const milliseconds = {
		before: median(times.before),
		now: median(times.now),
		firstUse: median(times.firstUse),
	};
	const date = new Date().toISOString();
	const record: StartRecord = { before, date, rounds: ROUNDS, load, milliseconds };
	saveStart(record);
	process.stdout.write(`${JSON.stringify(record)}\n`);
});
