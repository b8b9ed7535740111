/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- development tool, runs outside n8n */
/** A server as a child process: start, the line that says it is ready, stop, kill. It never outlives this process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithParent, killGroup } from './children';

export interface ProcessOptions {
	/** What it is, for errors. */
	name: string;
	command: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
	/** What it prints last while it starts. */
	readyLine: string;
	/** What must hold besides. */
	isReady?: () => Promise<boolean>;
	/** @default 180 s */
	startTimeoutMs?: number;
	/** Gets what it prints. */
	logFile?: string;
	/** The user that it runs as. @default this process's */
	owner?: { uid: number; gid: number };
	/** Ends it in good order. @default SIGTERM */
	stopSignal?: NodeJS.Signals;
}

const START_TIMEOUT_MS = 180_000;
/** n8n itself gives up waiting for executions 30 s after SIGTERM. */
const STOP_TIMEOUT_MS = 45_000;
const LOOK_EVERY_MS = 100;
/** Characters of its output that an error shows. */
const SHOWN = 4000;

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
	exitCode !== null || signalCode !== null;

export class ServerProcess {
	private child!: ChildProcess;

	/** What it printed since it was started for the first time. */
	output = '';

	private constructor(private readonly options: ProcessOptions) {}

	/** @throws with the end of what it printed, when it ends or is not ready in time */
	static async start(options: ProcessOptions): Promise<ServerProcess> {
		const server = new ServerProcess(options);
		await server.launch();
		return server;
	}

	get pid(): number {
		return this.child.pid!;
	}

	/** Ends it in good order, waits for that, and kills what is left of it. */
	async stop(): Promise<void> {
		if (hasEnded(this.child)) return;
		const ended = once(this.child, 'exit');
		this.child.kill(this.options.stopSignal);
		const timer = setTimeout(() => killGroup(this.child), STOP_TIMEOUT_MS);
		await ended;
		clearTimeout(timer);
		// What it started should be gone with it; a task runner of n8n that lingers would keep its port.
		killGroup(this.child);
	}

	/** SIGKILL to its process group: a crash. */
	async kill(): Promise<void> {
		if (hasEnded(this.child)) return;
		const ended = once(this.child, 'exit');
		killGroup(this.child);
		await ended;
	}

	/**
	 * Ends it if it runs, and starts it again.
	 * @param changes to its environment, for this start alone
	 */
	async restart(changes: NodeJS.ProcessEnv = {}): Promise<void> {
		await this.stop();
		await this.launch(changes);
	}

	private async launch(changes: NodeJS.ProcessEnv = {}): Promise<void> {
		const { name, readyLine, startTimeoutMs = START_TIMEOUT_MS, isReady } = this.options;
		const { command, cwd, env, owner } = this.options;
		const before = this.output.length;
		const [file, ...args] = command;
		const child = spawn(file, args, {
			...{ cwd, env: { ...env, ...changes }, ...owner, detached: true },
			stdio: ['pipe', 'pipe', 'pipe'],
		});
		this.child = child;
		endWithParent(child);
		this.listen(child);
		let refusal: Error | undefined;
		child.once('error', (error) => (refusal = error));
		const failure = (what: string) =>
			new Error(`${name} ${what}:\n${this.output.slice(before).slice(-SHOWN)}`);
		const deadline = Date.now() + startTimeoutMs;
		while (!(this.output.includes(readyLine, before) && ((await isReady?.()) ?? true))) {
			if (refusal) throw failure(`could not be started (${refusal.message})`);
			if (hasEnded(child)) throw failure(`ended with ${child.exitCode} while starting`);
			if (Date.now() > deadline) {
				killGroup(child);
				throw failure('was not ready in time');
			}
			await sleep(LOOK_EVERY_MS);
		}
	}

	private listen(child: ChildProcess): void {
		const { logFile } = this.options;
		const log: WriteStream | undefined = logFile
			? createWriteStream(logFile, { flags: 'a' })
			: undefined;
		for (const stream of [child.stdout!, child.stderr!]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				this.output += text;
				log?.write(text);
			});
		}
		child.once('close', () => log?.end());
	}
}
