/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * Redis and PostgreSQL of the machine's own, as n8n's queue mode needs them: on free ports, with their data in a
 * temporary folder. Where they are not installed, root on Debian or Ubuntu gets them installed.
 */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import execa from 'execa';
import { installed, isProgram, isRoot, onPath, pathFolders } from './debian';
import { machineEnvironment } from './environment';
import type { Log } from './install';
import { freePorts } from './ports';
import { ServerProcess } from './process';

export interface RunningService {
	host: string;
	port: number;
	/** Ends it and starts it again with its data, at the same address. */
	restart(): Promise<void>;
	/** Ends it, waits until it has ended, and removes its data. */
	stop(): Promise<void>;
}

export interface Postgres extends RunningService {
	/** May do everything and has no password. */
	user: string;
	database: string;
}

/** A user that a process is to run as. */
interface Owner {
	uid: number;
	gid: number;
}

interface Launch {
	command: string[];
	/** What it prints when it takes connections. */
	readyWhen: string;
	/** The signal that ends it at once and in good order. */
	stopSignal: NodeJS.Signals;
	folder: string;
	owner?: Owner;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
/** Debian puts each version of PostgreSQL into a folder of its own, outside PATH. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const POSTGRES_USER = 'n8n';

/**
 * Starts Redis without persistence.
 * @throws when it is neither there nor can be installed, or does not start
 */
export async function startRedis(log: Log = () => {}): Promise<RunningService> {
	const find = () => onPath('redis-server');
	const binary = find() ?? (await installed(['redis-server'], find, log));
	const folder = temporaryFolder();
	const [port] = await freePorts(1);
	const options = ['--bind', HOST, '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
	const service = await launch({
		command: [binary, '--port', String(port), '--dir', folder, ...options],
		readyWhen: 'Ready to accept connections',
		stopSignal: 'SIGTERM',
		folder,
	});
	return { host: HOST, port, ...service };
}

/**
 * Starts PostgreSQL with an empty database.
 * @throws when it is neither there nor can be installed, or does not start
 */
export async function startPostgres(log: Log = () => {}): Promise<Postgres> {
	const bin = postgresFolder() ?? (await installed(['postgresql'], postgresFolder, log));
	// It refuses to run as root.
	const owner = isRoot() ? await userNamed('postgres') : undefined;
	const folder = temporaryFolder(owner);
	const data = join(folder, 'data');
	const [port] = await freePorts(1);
	await execa(
		join(bin, 'initdb'),
		['-D', data, '-U', POSTGRES_USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
		{ cwd: folder, env: machineEnvironment(), extendEnv: false, ...owner },
	);
	const settings = {
		listen_addresses: HOST,
		unix_socket_directories: '',
		// A main and two workers, each with a pool of its own.
		max_connections: '200',
		// The data is thrown away anyway.
		fsync: 'off',
		full_page_writes: 'off',
		synchronous_commit: 'off',
	};
	const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const service = await launch({
		command: [join(bin, 'postgres'), '-D', data, '-p', String(port), ...flags],
		readyWhen: 'database system is ready to accept connections',
		stopSignal: 'SIGINT',
		folder,
		owner,
	});
	return { host: HOST, port, user: POSTGRES_USER, database: 'postgres', ...service };
}

async function launch(options: Launch): Promise<Pick<RunningService, 'stop' | 'restart'>> {
	const { command, readyWhen, folder } = options;
	const server = await ServerProcess.start({
		...options,
		name: command[0],
		command: [...dieWithParent(), ...command],
		...{ cwd: folder, env: machineEnvironment() },
		readyLine: readyWhen,
		startTimeoutMs: START_TIMEOUT_MS,
	});
	return {
		async stop() {
			await server.stop();
			removeFolder(folder);
		},
		restart: async () => await server.restart(),
	};
}

/** Removed at the latest when this process ends, after the servers were killed. */
function temporaryFolder(owner?: Owner): string {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-service-'));
	process.once('exit', () => removeFolder(folder));
	if (owner) chownSync(folder, owner.uid, owner.gid);
	return folder;
}

function removeFolder(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Not even a SIGKILL of this process may leave a server behind; only Linux can be asked for that. */
function dieWithParent(): string[] {
	const setpriv = onPath('setpriv');
	return process.platform === 'linux' && setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];
}

async function userNamed(name: string): Promise<Owner> {
	const id = async (flag: string) => Number((await execa('id', [flag, name])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}

/** The folder that holds `postgres` and `initdb`. */
function postgresFolder(): string | undefined {
	const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
	return [
		...pathFolders(),
		...versions
			.sort((one, other) => Number(other) - Number(one))
			.map((version) => join(DEBIAN_POSTGRES, version, 'bin')),
	].find((folder) => ['initdb', 'postgres'].every((name) => isProgram(join(folder, name))));
}
