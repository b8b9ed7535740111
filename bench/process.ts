/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Memory and processor time of n8n processes, from Linux's /proc. Their task runners are other processes and not counted. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resident size is stable when it changed by less than this, bytes, */
const STABLE_BYTES = 2e6;
/** in so many looks one after the other. */
const STABLE_LOOKS = 4;
const LOOK_EVERY_MS = 1000;
const LONGEST_MS = 40_000;
/** Linux reports processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Makes a process that was started with `COLLECTABLE` collect all garbage that it finds; it does nothing else meanwhile. */
const COLLECT_ALL = 'SIGUSR2';
/** The same, but once and quickly; then it writes down what of its heap is alive. */
const COLLECT_AND_TELL = 'SIGWINCH';
/** Writes a heap snapshot, for which it collects its garbage first. */
const SNAPSHOT = 'SIGURG';
const LONGEST_SNAPSHOT_MS = 300_000;

/** For `env` of startN8n: makes n8n collect its garbage when it is told to. */
export const COLLECTABLE = {
	NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'gc-on-signal.cjs'))}`,
};

/** Resident size, or the largest one since `resetPeak`, bytes. */
function bytesOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
}

const resetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Processor time so far, user and system, seconds. */
function cpuSeconds(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	// The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const fileOf = (pid: number) => join(tmpdir(), `segmind-kling-heap-${pid}`);

/** What the process has its memory for after its last collection; undefined before one was answered. */
function memoryOf(pid: number): NodeJS.MemoryUsage | undefined {
	const file = fileOf(pid);
	return existsSync(file)
		? (JSON.parse(readFileSync(file, 'utf8')) as NodeJS.MemoryUsage)
		: undefined;
}

/** Collects garbage until the resident size is stable. */
async function settle(pid: number): Promise<{ size: number; memory: NodeJS.MemoryUsage }> {
	const deadline = Date.now() + LONGEST_MS;
	let size = Infinity;
	for (let stable = 0; stable < STABLE_LOOKS && Date.now() < deadline; ) {
		process.kill(pid, COLLECT_ALL);
		await sleep(LOOK_EVERY_MS);
		const now = bytesOf(pid, 'VmRSS');
		stable = Math.abs(size - now) < STABLE_BYTES ? stable + 1 : 0;
		size = now;
	}
	return { size, memory: memoryOf(pid)! };
}

/** What of a process is alive, bytes. */
const ALIVE = {
	/** Objects of JavaScript. */
	objects: ({ heapUsed }: NodeJS.MemoryUsage) => heapUsed,
	/** The same with the buffers outside of V8's heap, which hold what is sent and received. */
	all: ({ heapUsed, external }: NodeJS.MemoryUsage) => heapUsed + external,
};

/** How garbage is collected all the time, and what is looked at after each collection. */
export interface Collection {
	alive: keyof typeof ALIVE;
	everyMs: number;
}

/** @returns ends it; by process what was alive at first, and by how much it grew at most, bytes */
async function watchAlive(processes: number[], { alive, everyMs }: Collection) {
	const ask = () => processes.forEach((pid) => process.kill(pid, COLLECT_AND_TELL));
	const read = () =>
		processes.map((pid) => {
			const memory = memoryOf(pid);
			return memory ? ALIVE[alive](memory) : 0;
		});
	ask();
	await sleep(everyMs);
	const idle = read();
	let most = idle;
	const timer = setInterval(() => {
		const now = read();
		most = most.map((bytes, index) => Math.max(bytes, now[index]));
		ask();
	}, everyMs);
	return () => {
		clearInterval(timer);
		return idle.map((bytes, index) => ({ idle: bytes, growth: most[index] - bytes }));
	};
}

/**
 * Writes a heap snapshot. It needs as much memory again, some of which stays: measure before it.
 *
 * @throws when there is none within five minutes
 */
async function snapshot(pid: number, file: string): Promise<void> {
	const written = `${fileOf(pid)}.heapsnapshot`;
	const deadline = Date.now() + LONGEST_SNAPSHOT_MS;
	process.kill(pid, SNAPSHOT);
	while (!existsSync(written)) {
		if (Date.now() > deadline) throw new Error(`No heap snapshot of process ${pid}.`);
		await sleep(LOOK_EVERY_MS);
	}
	mkdirSync(dirname(file), { recursive: true });
	copyFileSync(written, file);
	rmSync(written);
}

/**
 * Runs something, and looks what the processes that do it need for it, over what they have when their garbage is
 * collected.
 *
 * @param snapshots beginning of the names of heap snapshots, which are written before and after it
 * @returns by process, bytes: resident size before, the largest one over it, what is left of that after a collection,
 * and what it is left for; `cpu` is processor time, seconds. `heaps` only where garbage is collected all the time
 */
export async function observe<T>(
	processes: number[],
	run: () => Promise<T>,
	{ collection, snapshots }: { collection?: Collection; snapshots?: string } = {},
) {
	const shoot = async (when: string) => {
		for (const [index, pid] of snapshots ? processes.entries() : []) {
			const number = processes.length > 1 ? `-${index + 1}` : '';
			await snapshot(pid, `${snapshots}-${when}${number}.heapsnapshot`);
		}
	};
	await shoot('before');
	const before = await Promise.all(processes.map(settle));
	const end = collection && (await watchAlive(processes, collection));
	processes.forEach(resetPeak);
	const cpuBefore = processes.map(cpuSeconds);
	const result = await run().finally(() => end?.());
	const [peaks, cpu] = [processes.map((pid) => bytesOf(pid, 'VmHWM')), processes.map(cpuSeconds)];
	const after = await Promise.all(processes.map(settle));
	await shoot('after');
	const needs = before.map(({ size, memory }, index) => ({
		idle: size,
		growth: peaks[index] - size,
		kept: after[index].size - size,
		objects: after[index].memory.heapUsed - memory.heapUsed,
		heap: after[index].memory.heapTotal - memory.heapTotal,
		external: after[index].memory.external - memory.external,
		cpu: cpu[index] - cpuBefore[index],
	}));
	return { result, needs, heaps: end?.() };
}
