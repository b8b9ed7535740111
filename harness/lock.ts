/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any installation takes: a lock of this age was left behind, whatever process has its number now. */
const STALE_MS = 60 * 60_000;
const LOOK_EVERY_MS = 500;

/**
 * Runs `work` while holding a lock file, waiting for another process that holds it.
 * The lock of a process that no longer exists is taken over.
 */
export async function withLock<T>(
	file: string,
	log: (line: string) => void,
	work: () => Promise<T>,
): Promise<T> {
	let told = false;
	while (!acquire(file)) {
		if (isStale(file)) {
			rmSync(file, { force: true });
			continue;
		}
		if (!told) log('Another process is installing the same; waiting for it …');
		told = true;
		await sleep(LOOK_EVERY_MS);
	}
	try {
		return await work();
	} finally {
		rmSync(file, { force: true });
	}
}

function acquire(file: string): boolean {
	try {
		writeFileSync(file, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

function isStale(file: string): boolean {
	try {
		if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
		const pid = Number(readFileSync(file, 'utf8'));
		// An empty file belongs to a process that is just writing it.
		return pid > 0 && !isAlive(pid);
	} catch {
		// Released between two looks: the next try to acquire it decides.
		return false;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
