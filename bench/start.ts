/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * How long n8n needs to load the node, beside an earlier checkout of this repository. Both must be built.
 *
 *     npx tsx bench/start.ts <folder of the earlier checkout>
 */
import execa from 'execa';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { machine } from './machine';

const ROUNDS = 25;
const NOW = dirname(__dirname);

export interface StartRecord {
	/** Commit of the earlier checkout. */
	before: string;
	/** ISO 8601 */
	date: string;
	rounds: number;
	/** Load average before. */
	load: number;
	/** Processor time for loading the node and its credential, ms, the median. */
	milliseconds: { before: number; now: number };
}

/** Processor time of a fresh process for what n8n loads when it starts, ms. */
async function loadTime(root: string): Promise<number> {
	const files = ['nodes/KlingO3/KlingO3.node.js', 'credentials/SegmindApi.credentials.js'];
	const loads = files.map((file) => `require(${JSON.stringify(join(root, 'dist', file))});`);
	const script = `require('n8n-workflow'); const before = process.cpuUsage(); ${loads.join(' ')} const { user, system } = process.cpuUsage(before); console.log((user + system) / 1000);`;
	const { stdout } = await execa(process.execPath, ['-e', script], { cwd: NOW });
	return Number(stdout);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];

async function main(earlier: string): Promise<void> {
	const { load } = machine();
	const { stdout: before } = await execa('git', ['rev-parse', '--short', 'HEAD'], { cwd: earlier });
	const times = { before: [] as number[], now: [] as number[] };
	for (let round = 0; round < ROUNDS; round++) {
		times.before.push(await loadTime(earlier));
		times.now.push(await loadTime(NOW));
	}
	const record: StartRecord = {
		...{ before, date: new Date().toISOString(), rounds: ROUNDS, load },
		milliseconds: { before: median(times.before), now: median(times.now) },
	};
	const file = join(__dirname, 'recorded', 'start.json');
	writeFileSync(file, `${JSON.stringify(record, undefined, '\t')}\n`);
	process.stdout.write(`${JSON.stringify(record)}\n`);
}

main(process.argv[2]).catch((error: Error) => {
	process.stderr.write(`${error.stack}\n`);
	process.exit(1);
});
