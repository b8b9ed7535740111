/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** `npm run dev`, on a copy of the sources: what is changed in them is in the running n8n without a new start. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startDev, type Dev } from '../../demo/dev';
import { freePorts } from '../../harness/install/machine';

const ROOT = join(__dirname, '../..');
const SOURCE = 'nodes/KlingO3/KlingO3.node.ts';
const NAME = "displayName: 'Segmind Kling O3'";
/** Compiling on a busy machine. */
const PATIENCE_MS = 60_000;
jest.setTimeout(300_000);

let folder: string;
let dev: Dev;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'segmind-kling-dev-'));
	for (const name of ['nodes', 'credentials', 'package.json', 'tsconfig.json']) {
		cpSync(join(ROOT, name), join(folder, name), { recursive: true });
	}
	symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	const [port, ...others] = await freePorts(40);
	// Four that follow each other.
	const sandboxPort = others.find((first) => [1, 2, 3].every((n) => !others.includes(first - n)))!;
	dev = await startDev({ root: folder, userFolder: join(folder, 'n8n'), port, sandboxPort });
});
afterAll(async () => {
	await dev?.stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Names of our node in the panel, as n8n gives them to its editor; n8n 2.41.1 lists a node that was loaded again twice. */
async function names(): Promise<string[]> {
	const types = await dev.n8n.api.nodeTypes();
	const ours = types.filter(({ name }) => name === 'n8n-nodes-segmind-kling.klingO3');
	return [...new Set(ours.map(({ displayName }) => displayName))];
}

it('n8n has the node, and a change of it within seconds', async () => {
	expect(await names()).toEqual(['Segmind Kling O3']);
	const file = join(folder, SOURCE);
	const source = readFileSync(file, 'utf8');
	expect(source).toContain(NAME);
	let changed = source.replace(NAME, "displayName: 'Kling of Today'");
	const deadline = Date.now() + PATIENCE_MS;
	while ((await names())[0] !== 'Kling of Today' && Date.now() < deadline) {
		// n8n begins to watch some seconds after it answers.
		writeFileSync(file, (changed += '\n'));
		await sleep(4000);
	}
	expect(await names()).toEqual(['Kling of Today']);
});

it('the sandbox answers, and n8n has a workflow to try things with', async () => {
	expect((await fetch(`${dev.gatewayUrl}/_sandbox/health`)).status).toBe(200);
	expect((await dev.n8n.api.workflows()).map(({ name }) => name)).toEqual(['My first video']);
});
