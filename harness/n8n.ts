/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- development tool, runs outside n8n */
/**
 * A real n8n as a child process: own user folder, own ports, SQLite, binary data in files, nothing sent home.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { N8nApi } from './api';
import { endWithParent, killGroup } from './children';
import { importAll } from './imports';
import type { Log, N8nInstallation } from './install';
import { unpackInto } from './pack';
import { freePorts } from './ports';
import { n8nSettings } from './settings';
import { webhooksAnswer } from './webhooks';

/** A workflow as n8n exports it; `id` is needed for the import. With `active: true` it is published. */
export interface Workflow {
	id: string;
	name: string;
	active?: boolean;
	nodes: WorkflowNode[];
	connections: object;
	settings?: object;
	[key: string]: unknown;
}

export interface WorkflowNode {
	name: string;
	type: string;
	disabled?: boolean;
	parameters: { [name: string]: unknown };
	[key: string]: unknown;
}

/** A credential with its data in the clear, as `n8n import:credentials` takes it. */
export interface Credential {
	id: string;
	name: string;
	type: string;
	data: { [field: string]: unknown };
}

export interface N8nOptions {
	installation: N8nInstallation;
	/** n8n keeps everything in `<userFolder>/.n8n`; it may be used again by a later start. */
	userFolder: string;
	/** @default a free one */
	port?: number;
	/** Added to, and stronger than, the settings of the harness. */
	env?: NodeJS.ProcessEnv;
	/** Our packed package (`buildAndPack`), unpacked before the start. */
	tarball?: string;
	credentials?: Credential[];
	workflows?: Workflow[];
	/** Folders, separated by `;`, from which the file nodes may read and write. @default the user folder */
	fileAccess?: string;
	/** @default 180 s */
	startTimeoutMs?: number;
	log?: Log;
}

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

const START_TIMEOUT_MS = 180_000;
/** n8n itself gives up waiting for executions 30 s after SIGTERM. */
const STOP_TIMEOUT_MS = 45_000;
const LOOK_EVERY_MS = 100;
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
	let output = '';
	let child: ChildProcess;

	const launch = async (changes: NodeJS.ProcessEnv = {}) => {
		const outputBefore = output.length;
		child = spawn(
			installation.node,
			['--require', join(__dirname, 'die-with-parent.cjs'), installation.bin, 'start'],
			{
				env: { ...env, ...changes },
				cwd: userFolder,
				detached: true,
				stdio: ['pipe', 'pipe', 'pipe'],
			},
		);
		endWithParent(child);
		const file = createWriteStream(logFile, { flags: 'a' });
		for (const stream of [child.stdout!, child.stderr!]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				output += text;
				file.write(text);
			});
		}
		child.once('close', () => file.end());
		const deadline = Date.now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
		const failure = (what: string) =>
			new Error(`n8n ${installation.version} ${what}:\n${output.slice(-4000)}`);
		while (!(output.includes(STARTED, outputBefore) && (await isReady(url, workflows)))) {
			if (hasEnded(child)) throw failure('ended while starting');
			if (Date.now() > deadline) {
				killGroup(child);
				throw failure('was not ready in time');
			}
			await sleep(LOOK_EVERY_MS);
		}
	};

	const stop = async () => {
		if (hasEnded(child)) return;
		child.kill('SIGTERM');
		const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
		await once(child, 'exit');
		clearTimeout(timer);
		// What n8n started should be gone with it; a task runner that lingers would keep its port.
		killGroup(child);
	};
	const kill = async () => {
		if (hasEnded(child)) return;
		killGroup(child);
		await once(child, 'exit');
	};

	await launch();
	const databaseFile = join(userFolder, '.n8n', 'database.sqlite');
	return {
		url,
		get pid() {
			return child.pid!;
		},
		log: () => output,
		logFile,
		api: new N8nApi(url, { installation, databaseFile }),
		stop,
		kill,
		async restart(changes) {
			await stop();
			await launch(changes);
		},
		databaseFile,
	};
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

async function isReady(url: string, workflows: Workflow[]): Promise<boolean> {
	try {
		const { status } = await fetch(`${url}/healthz/readiness`);
		return status === 200 && (await webhooksAnswer(url, workflows));
	} catch {
		// Not listening yet.
		return false;
	}
}
