/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- test of a development tool */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withLock } from '../../../harness/lock';

const LOCK_MODULE = require.resolve('../../../harness/lock');

let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'segmind-kling-lock-'));
	file = join(folder, 'n8n.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that takes the lock, says so, and ends its work as told by a line on its standard input. */
async function holder() {
	const program = `
		const { withLock } = require(${JSON.stringify(LOCK_MODULE)});
		withLock(process.argv[1], () => {}, async (tell) => {
			tell('npm install …');
			process.stdout.write('held');
			const order = String((await require('node:events').once(process.stdin, 'data'))[0]);
			process.stdin.destroy();
			if (order === 'fail') throw new Error('npm install failed');
		}).catch(() => {});`;
	const child = spawn(process.execPath, ['-e', program, file], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	await once(child.stdout, 'data');
	return child;
}

/** Waits for the lock; `told` is settled when the other process's line has been passed on. */
function waiter() {
	const lines: string[] = [];
	let tell: () => void;
	const told = new Promise<void>((resolve) => (tell = resolve));
	const work = withLock(
		file,
		(line) => {
			lines.push(line);
			if (line === 'npm install …') tell();
		},
		async () => 'worked',
	);
	work.catch(() => {});
	return { lines, told, work };
}

it('waits for the process that holds the lock, and passes on what that one logs', async () => {
	const other = await holder();
	const { lines, told, work } = waiter();
	await told;
	other.stdin.write('done');
	expect(await work).toBe('worked');
	expect(lines).toEqual([
		'Another process is installing the same; waiting for it …',
		'npm install …',
	]);
	expect(existsSync(file)).toBe(false);
});

it('fails with the process it waited for, and leaves the lock to the next one', async () => {
	const other = await holder();
	const { told, work } = waiter();
	await told;
	other.stdin.write('fail');
	await expect(work).rejects.toThrow('npm install failed');
	expect(await waiter().work).toBe('worked');
});

it('takes the lock of a process that was killed', async () => {
	const other = await holder();
	const { told, work } = waiter();
	await told;
	other.kill('SIGKILL');
	expect(await work).toBe('worked');
});

it('does not hold an earlier failure against a new start', async () => {
	writeFileSync(file, JSON.stringify({ pid: process.pid, failure: 'no network' }));
	expect(await waiter().work).toBe('worked');
});

it('tells those who wait why the work failed', async () => {
	const work = withLock(
		file,
		() => {},
		async () => {
			throw new Error('no network');
		},
	);
	await expect(work).rejects.toThrow('no network');
	expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
		pid: process.pid,
		failure: 'no network',
	});
});
