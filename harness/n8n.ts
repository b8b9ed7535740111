/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * A real n8n as a child process: own user folder, own ports, SQLite, binary data in files, nothing sent home.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { N8nApi } from './api';
import { importAll } from './imports';
import type { N8nInstallation } from './install';
import { unpackInto } from './pack';
import { freePorts } from './ports';
import { ServerProcess } from './process';
import { n8nSettings } from './settings';
import type { N8nOptions, Workflow } from './types';
import { webhooksAnswer } from './webhooks';

export type { Credential, N8nOptions, Workflow, WorkflowNode } from './types';

export interface N8n {
	url: string;
	readonly pid: number;
	/** What n8n printed since `startN8n`, also in `logFile`. */
	log(): string;
	logFile: string;
	api: N8nApi;
	/** SIGTERM, then waits until n8n has ended. */
	stop(): Promise<void>;
	/** SIGKILL to n8n's process group: a crash. */
	kill(): Promise<void>;
	/**
	 * Ends it if it runs, and starts it again on the same port and data.
	 * @param changes to its environment, for this start alone
	 */
	restart(changes?: NodeJS.ProcessEnv): Promise<void>;
	databaseFile: string;
}

/** The last thing both versions print while starting, after the readiness endpoint says ok. */
const STARTED = 'Editor is now accessible via';

/**
 * Imports what is given, starts n8n and waits until it answers and its webhooks are registered.
 * @throws with the end of n8n's log when it does not start
 */
export async function startN8n(options: N8nOptions): Promise<N8n> {
	const {
		installation,
		userFolder,
		tarball,
		workflows = [],
		credentials = [],
		log = () => {},
	} = options;
	mkdirSync(userFolder, { recursive: true });
	const [freePort, brokerPort] = await freePorts(2);
	const port = options.port ?? freePort;
	const url = `http://127.0.0.1:${port}`;
	const env = n8nSettings(options, port, brokerPort);
	if (tarball) await unpackInto(tarball, userFolder);
	await importAll({ installation, env, credentials, workflows, log });

	const logFile = join(userFolder, 'n8n.log');
	const server = await ServerProcess.start({
		name: `n8n ${installation.version}`,
		command: n8nCommand(installation, 'start'),
		...{ cwd: userFolder, env, logFile },
		readyLine: STARTED,
		isReady: async () => await isReady(url, workflows),
		startTimeoutMs: options.startTimeoutMs,
	});
	const databaseFile = join(userFolder, '.n8n', 'database.sqlite');
	return {
		url,
		get pid() {
			return server.pid;
		},
		log: () => server.output,
		logFile,
		api: new N8nApi(url, { installation, databaseFile }),
		stop: async () => await server.stop(),
		kill: async () => await server.kill(),
		restart: async (changes) => await server.restart(changes),
		databaseFile,
	};
}

/** How n8n is run so that it ends with this process. */
export const n8nCommand = ({ node, bin }: N8nInstallation, ...args: string[]): string[] => [
	...[node, '--require', join(__dirname, 'die-with-parent.cjs'), bin],
	...args,
];

async function isReady(url: string, workflows: Workflow[]): Promise<boolean> {
	try {
		const { status } = await fetch(`${url}/healthz/readiness`);
		return status === 200 && (await webhooksAnswer(url, workflows));
	} catch {
		// Not listening yet.
		return false;
	}
}
