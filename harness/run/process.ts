/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** A server as a child process: start, wait for its ready line, stop, kill. It never outlives this process. */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import execa, { type ExecaChildProcess, type ExecaError } from 'execa';

export interface ProcessOptions {
	/** Its name, for errors. */
	name: string;
	command: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
	/** The last line that it prints while it starts. */
	readyLine: string;
	/** What must also be true. */
	isReady?: () => Promise<boolean>;
	/** Gets its output. */
	logFile: string;
	/** Lets it shut down cleanly. @default SIGTERM */
	stopSignal?: NodeJS.Signals;
}

const START_TIMEOUT_MS = 180_000;
/** n8n itself stops waiting for executions 30 s after SIGTERM. */
const STOP_TIMEOUT_MS = 45_000;
const CHECK_EVERY_MS = 100;
/** Characters of its output that an error shows. */
const SHOWN = 4000;

/** The children that must not outlive this process. */
const running = new Set<ExecaChildProcess>();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
let watching = false;
/** Whether somebody ends this process after a signal. */
let isAwaited = false;

/** Makes sure that a `detached` child does not outlive this process. */
function endWithParent(child: ExecaChildProcess): void {
	running.add(child);
	child.once('exit', () => running.delete(child));
	if (watching) return;
	watching = true;
	// Before other listeners, which may remove the folders these processes write to.
	process.prependListener('exit', () => running.forEach(killGroup));
	for (const [signal, number] of Object.entries(SIGNALS)) {
		process.on(signal, () => {
			if (!isAwaited) process.exit(128 + number);
		});
	}
}

/** Waits for Ctrl+C. From then on the caller ends this process: a second one does not interrupt its shutdown. */
export async function untilStopped(): Promise<void> {
	isAwaited = true;
	const keepAlive = setInterval(() => {}, 60_000);
	await Promise.race(['SIGINT', 'SIGTERM'].map(async (signal) => await once(process, signal)));
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
	clearInterval(keepAlive);
}

/** Sends SIGKILL to a child and everything that it started, for example n8n's task runner. */
function killGroup({ pid }: ExecaChildProcess): void {
	try {
		if (pid) process.kill(-pid, 'SIGKILL');
	} catch {
		// It had already ended.
	}
}

export class ServerProcess {
	private child!: ExecaChildProcess;
	private output = '';
	/** How it ended; undefined while it runs. */
	private end?: string;

	private constructor(private readonly options: ProcessOptions) {}

	/** @throws with the end of its output, if it ends or is not ready in time */
	static async start(options: ProcessOptions): Promise<ServerProcess> {
		const server = new ServerProcess(options);
		await server.launch();
		return server;
	}

	get pid(): number {
		return this.child.pid!;
	}

	get logFile(): string {
		return this.options.logFile;
	}

	/** Its output since the first start. It is also in `logFile`. */
	log(): string {
		return this.output;
	}

	/** Shuts it down cleanly, waits for the end, and kills what is left. */
	async stop(): Promise<void> {
		if (this.end) return;
		this.child.kill(this.options.stopSignal);
		const timer = setTimeout(() => killGroup(this.child), STOP_TIMEOUT_MS);
		await this.child;
		clearTimeout(timer);
		// A task runner of n8n that is still there would keep its port.
		killGroup(this.child);
	}

	/** SIGKILL to its process group: a crash. */
	async kill(): Promise<void> {
		if (this.end) return;
		killGroup(this.child);
		await this.child;
	}

	/**
	 * Ends it if it runs, and starts it again with the same ports and data.
	 * @param changes to its environment, only for this start
	 */
	async restart(changes: NodeJS.ProcessEnv = {}): Promise<void> {
		await this.stop();
		await this.launch(changes);
	}

	private async launch(changes: NodeJS.ProcessEnv = {}): Promise<void> {
		const { name, command, cwd, env, readyLine, isReady, logFile } = this.options;
		const before = this.output.length;
		const [file, ...args] = command;
		const child = execa(file, args, {
			...{ cwd, env: { ...env, ...changes }, extendEnv: false, detached: true },
			...{ all: true, buffer: false, reject: false },
		});
		this.child = child;
		this.end = undefined;
		endWithParent(child);
		void child.then((result) => {
			this.end = (result as Partial<ExecaError>).shortMessage ?? 'It ended with exit code 0';
		});
		child.all!.setEncoding('utf8').on('data', (text: string) => {
			this.output += text;
			appendFileSync(logFile, text);
		});
		const failure = (what: string) =>
			new Error(`${name} did not start. ${what}:\n${this.output.slice(before).slice(-SHOWN)}`);
		const deadline = Date.now() + START_TIMEOUT_MS;
		while (!(this.output.includes(readyLine, before) && ((await isReady?.()) ?? true))) {
			if (this.end) throw failure(this.end);
			if (Date.now() > deadline) {
				killGroup(child);
				throw failure('It was not ready in time');
			}
			await sleep(CHECK_EVERY_MS);
		}
	}
}
