/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** A real n8n, or a worker of it, as a child process: own user folder, own ports, SQLite, binary data in files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import { N8nApi } from '../drive/api';
import { webhooksAnswer, type Workflow } from '../drive/workflow';
import { unpackInto } from '../install/pack';
import { freePorts } from '../install/machine';
import { ServerProcess } from './process';
import { n8nSettings, type N8nOptions } from './settings';

export type { Credential, Workflow, WorkflowNode } from '../drive/workflow';

export interface N8n extends ServerProcess {
	url: string;
	api: N8nApi;
	databaseFile: string;
}

/** A worker process of n8n's queue mode. */
export interface Worker extends ServerProcess {
	/** IDs of the executions that it has started, in this order. */
	begun(): string[];
}

/** The last line that both versions print while they start, after the readiness endpoint says ok. */
const STARTED = 'Editor is now accessible via';
const WORKER_STARTED = 'n8n worker is now ready';

/**
 * Imports workflows and credentials, starts n8n, and waits until it answers and its webhooks are registered.
 * @throws with the end of n8n's log if it does not start
 */
export async function startN8n(options: N8nOptions): Promise<N8n> {
	const { installation, userFolder, workflows = [] } = options;
	const { port, ...start } = await prepare(options, 'start');
	await importAll(options, start.env);
	const url = `http://127.0.0.1:${port}`;
	const isReady = async () => await answers(url, workflows);
	const server = await ServerProcess.start({ ...start, readyLine: STARTED, isReady });
	const databaseFile = join(userFolder, '.n8n', 'database.sqlite');
	const api = new N8nApi(url, { installation, databaseFile });
	return Object.assign(server, { url, api, databaseFile });
}

/**
 * Starts a worker and waits until it takes executions.
 * @param options its own user folder, as on a separate machine; queue, database and encryption key of the main instance
 * @param concurrency executions at once
 * @throws with the end of its log if it does not start
 */
export async function startWorker(options: N8nOptions, concurrency: number): Promise<Worker> {
	const start = await prepare(options, 'worker', `--concurrency=${concurrency}`);
	const server = await ServerProcess.start({ ...start, readyLine: WORKER_STARTED });
	const begun = () =>
		[...server.log().matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id);
	return Object.assign(server, { begun });
}

/** Prepares the user folder for a command of n8n that ends with this process. */
async function prepare(options: N8nOptions, ...command: string[]) {
	const { installation, userFolder, tarball } = options;
	const { version, node, bin } = installation;
	mkdirSync(userFolder, { recursive: true });
	if (tarball) await unpackInto(tarball, userFolder);
	const [freePort, brokerPort] = await freePorts(2);
	const port = options.port ?? freePort;
	return {
		...{ port, name: `n8n ${version} (${command[0]})`, cwd: userFolder },
		command: [node, '--require', join(__dirname, 'die-with-parent.cjs'), bin, ...command],
		env: n8nSettings(options, port, brokerPort),
		logFile: join(userFolder, 'n8n.log'),
	};
}

/** Uses n8n's own commands, because only they keep the IDs, and workflows name their credentials by ID. */
async function importAll(options: N8nOptions, env: NodeJS.ProcessEnv): Promise<void> {
	const { installation, userFolder, credentials = [], workflows = [], log = () => {} } = options;
	const file = join(userFolder, 'import.json');
	const importFile = async (command: string, data: object[]) => {
		if (!data.length) return;
		log(`Importing ${command}: ${data.length} …`);
		try {
			// The file has unencrypted keys during the import.
			writeFileSync(file, JSON.stringify(data), { mode: 0o600 });
			await runCommand(options, env, `import:${command}`, `--input=${file}`);
		} finally {
			rmSync(file, { force: true });
		}
	};
	await importFile('credentials', credentials);
	await importFile('workflow', workflows);
	for (const { id, name } of workflows.filter(({ active }) => active)) {
		log(`Publishing workflow "${name}" …`);
		const isVersion1 = installation.version.startsWith('1.');
		const command = isVersion1 ? ['update:workflow', '--active=true'] : ['publish:workflow'];
		await runCommand(options, env, ...command, `--id=${id}`);
	}
}

/** n8n's commands end with 0 even if they fail, so their output decides too. */
async function runCommand(
	{ installation: { node, bin } }: N8nOptions,
	env: NodeJS.ProcessEnv,
	...args: string[]
): Promise<void> {
	const { all = '', exitCode } = await execa(node, [bin, ...args], {
		...{ env: { ...env, N8N_RUNNERS_ENABLED: 'false' }, extendEnv: false },
		...{ all: true, reject: false, stdin: 'ignore' },
	});
	if (exitCode !== 0 || /An error occurred|Error updating|GENERAL ERROR/i.test(all)) {
		throw new Error(`n8n ${args[0]} failed (exit code ${exitCode}):\n${all.slice(-3000)}`);
	}
}

async function answers(url: string, workflows: Workflow[]): Promise<boolean> {
	try {
		const { status } = await fetch(`${url}/healthz/readiness`);
		return status === 200 && (await webhooksAnswer(url, workflows));
	} catch {
		// Not listening yet.
		return false;
	}
}
