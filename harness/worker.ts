/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- development tool, runs outside n8n */
/** A worker process of n8n's queue mode. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { endWithParent, killGroup } from './children';
import type { N8nInstallation } from './install';
import { unpackInto } from './pack';
import { freePorts } from './ports';
import { n8nSettings } from './settings';

export interface WorkerOptions {
	installation: N8nInstallation;
	/** Its own, as on a machine of its own; may be new. */
	userFolder: string;
	/** Our packed package: every worker needs it as the main instance does. */
	tarball?: string;
	/** Executions at once. */
	concurrency: number;
	/** Queue, database and encryption key, the same as the main instance's. */
	env: NodeJS.ProcessEnv;
	/** @default 180 s */
	startTimeoutMs?: number;
}

export interface Worker {
	readonly pid: number;
	/** What it printed, also in `logFile`. */
	log(): string;
	logFile: string;
	/** IDs of the executions it has begun, in that order. */
	begun(): string[];
	/** SIGTERM, then waits until it has ended, which it does when its executions have. */
	stop(): Promise<void>;
	/** SIGKILL to its process group: a crash. */
	kill(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
/** n8n itself gives up waiting for executions 30 s after SIGTERM. */
const STOP_TIMEOUT_MS = 45_000;
const STARTED = 'n8n worker is now ready';

/**
 * Starts a worker and waits until it takes executions.
 * @throws with the end of its log when it does not start
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
	const { installation, userFolder, tarball, concurrency } = options;
	mkdirSync(userFolder, { recursive: true });
	const [port, brokerPort] = await freePorts(2);
	if (tarball) await unpackInto(tarball, userFolder);
	const child = spawn(
		installation.node,
		[
			...['--require', join(__dirname, 'die-with-parent.cjs')],
			...[installation.bin, 'worker', `--concurrency=${concurrency}`],
		],
		{
			env: n8nSettings(options, port, brokerPort),
			cwd: userFolder,
			detached: true,
			stdio: ['pipe', 'pipe', 'pipe'],
		},
	);
	endWithParent(child);
	const logFile = join(userFolder, 'worker.log');
	const file = createWriteStream(logFile);
	let output = '';
	await new Promise<void>((resolve, reject) => {
		const fail = (what: string) => {
			killGroup(child);
			reject(new Error(`The n8n ${installation.version} worker ${what}:\n${output.slice(-4000)}`));
		};
		const timeout = options.startTimeoutMs ?? START_TIMEOUT_MS;
		const timer = setTimeout(() => fail('was not ready in time'), timeout);
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				output += text;
				file.write(text);
				if (!output.includes(STARTED)) return;
				clearTimeout(timer);
				resolve();
			});
		}
		child.once('exit', (code) => {
			clearTimeout(timer);
			fail(`ended with ${code} while starting`);
		});
		child.once('close', () => file.end());
	});

	const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
	const kill = async () => {
		if (hasEnded()) return;
		killGroup(child);
		await once(child, 'exit');
	};
	return {
		pid: child.pid!,
		log: () => output,
		logFile,
		begun: () => [...output.matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id),
		async stop() {
			if (hasEnded()) return;
			child.kill('SIGTERM');
			const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
			await once(child, 'exit');
			clearTimeout(timer);
			// What it started should be gone with it; a task runner that lingers would keep its port.
			killGroup(child);
		},
		kill,
	};
}
