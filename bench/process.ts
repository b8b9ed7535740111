/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Memory and processor time of the n8n process, from Linux's /proc. Its task runner is another process and not counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MEGABYTE = 1e6;
/** Resident size is stable when it changed by less than this, bytes, */
const STABLE_BYTES = 2 * MEGABYTE;
/** in so many looks one after the other. */
const STABLE_LOOKS = 4;
const LOOK_EVERY_MS = 1000;
const LONGEST_MS = 40_000;
/** Linux reports processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** For `env` of startN8n: makes n8n collect its garbage when it is told to. */
export const COLLECTABLE = {
	NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'gc-on-signal.cjs'))}`,
};

function statusBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
}

/** Resident size, bytes. */
export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');

/** Largest resident size since the last `resetPeak`, bytes. */
export const peakBytes = (pid: number): number => statusBytes(pid, 'VmHWM');

export function resetPeak(pid: number): void {
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Collects garbage until the resident size is stable. Returns it, bytes. */
export async function settle(pid: number): Promise<number> {
	const deadline = Date.now() + LONGEST_MS;
	let last = Infinity;
	let stable = 0;
	while (stable < STABLE_LOOKS && Date.now() < deadline) {
		process.kill(pid, 'SIGUSR2');
		await sleep(LOOK_EVERY_MS);
		const now = residentBytes(pid);
		stable = Math.abs(last - now) < STABLE_BYTES ? stable + 1 : 0;
		last = now;
	}
	return last;
}

/** Processor time so far, user and system, seconds. */
export function cpuSeconds(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	// The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
