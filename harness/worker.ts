/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** A worker process of n8n's queue mode. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { N8nInstallation } from './install';
import { n8nCommand } from './n8n';
import { unpackInto } from './pack';
import { freePorts } from './ports';
import { ServerProcess } from './process';
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
	const logFile = join(userFolder, 'worker.log');
	const server = await ServerProcess.start({
		name: `The n8n ${installation.version} worker`,
		command: n8nCommand(installation, 'worker', `--concurrency=${concurrency}`),
		...{ cwd: userFolder, env: n8nSettings(options, port, brokerPort), logFile },
		readyLine: STARTED,
		startTimeoutMs: options.startTimeoutMs,
	});
	return {
		pid: server.pid,
		log: () => server.output,
		logFile,
		begun: () => [...server.output.matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id),
		stop: async () => await server.stop(),
		kill: async () => await server.kill(),
	};
}
