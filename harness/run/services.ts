/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * The machine's Redis and PostgreSQL for n8n's queue mode: on free ports, with their data in a temporary folder. If
 * they are missing, installs them as root on Debian or Ubuntu.
 */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import which from 'which';
import type { Log } from '../install';
import { freePorts, installed, isRoot, machineEnvironment, onPath, run } from '../install/machine';
import type { Cleanup } from './cleanup';
import { ServerProcess, type ProcessOptions } from './process';

export interface Service extends ServerProcess {
	host: string;
	port: number;
}

export interface Postgres extends Service {
	/** A superuser without a password. */
	user: string;
	database: string;
}

const HOST = '127.0.0.1';
/** Debian puts each version of PostgreSQL into its own folder, outside PATH. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root. */
const AS_POSTGRES = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
const POSTGRES_USER = 'n8n';
const POSTGRES_SETTINGS = {
	listen_addresses: HOST,
	unix_socket_directories: '',
	// A main instance and two workers, each with its own pool.
	max_connections: '200',
	// Nobody needs the data later.
	fsync: 'off',
	full_page_writes: 'off',
	synchronous_commit: 'off',
};

/**
 * Starts Redis without persistence.
 * @param cleanup ends it, and removes its data
 * @throws if it cannot be found or installed, or does not start
 */
export async function startRedis(cleanup: Cleanup, log: Log = () => {}): Promise<Service> {
	const find = () => onPath('redis-server');
	const binary = find() ?? (await installed(['redis-server'], find, log));
	const cwd = temporaryFolder(cleanup);
	const [port] = await freePorts(1);
	const options = ['--bind', HOST, '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
	const server = await launch(cleanup, {
		...{ name: 'Redis', cwd, readyLine: 'Ready to accept connections' },
		command: [...setpriv(), binary, '--port', String(port), '--dir', cwd, ...options],
	});
	return Object.assign(server, { host: HOST, port });
}

/**
 * Starts PostgreSQL with an empty database.
 * @param cleanup ends it, and removes its data
 * @throws if it cannot be found or installed, or does not start
 */
export async function startPostgres(cleanup: Cleanup, log: Log = () => {}): Promise<Postgres> {
	const bin = postgresFolder() ?? (await installed(['postgresql'], postgresFolder, log));
	const cwd = temporaryFolder(cleanup);
	if (isRoot()) await run('chown', ['postgres', cwd]);
	const prefix = setpriv(...(isRoot() ? AS_POSTGRES : []));
	const data = ['-D', join(cwd, 'data')];
	const options = ['-U', POSTGRES_USER, '--auth=trust', '--encoding=UTF8', '--locale=C'];
	const [file, ...args] = [...prefix, join(bin, 'initdb'), ...data, ...options, '--no-sync'];
	await run(file, args, { cwd });
	const [port] = await freePorts(1);
	const settings = Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => [
		...['-c', `${name}=${value}`],
	]);
	const server = await launch(cleanup, {
		...{ name: 'PostgreSQL', cwd, readyLine: 'database system is ready to accept connections' },
		command: [...prefix, join(bin, 'postgres'), ...data, '-p', String(port), ...settings],
		// It does not wait for its clients then.
		stopSignal: 'SIGINT',
	});
	return Object.assign(server, { host: HOST, port, user: POSTGRES_USER, database: 'postgres' });
}

const temporaryFolder = (cleanup: Cleanup) => cleanup.temporaryFolder('segmind-kling-service-');

const launch = async (cleanup: Cleanup, options: Omit<ProcessOptions, 'env' | 'logFile'>) =>
	cleanup.stopping(
		await ServerProcess.start({
			...{ ...options, env: machineEnvironment() },
			logFile: join(options.cwd, 'server.log'),
		}),
	);

/** Even a SIGKILL of this process must not leave a server behind. Only Linux can ensure that. */
function setpriv(...flags: string[]): string[] {
	const file = process.platform === 'linux' && onPath('setpriv');
	return file ? [file, ...flags, '--pdeathsig', 'KILL', '--'] : [];
}

/** The folder that holds `postgres` and `initdb`. */
function postgresFolder(): string | undefined {
	const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
	const newest = versions.sort((one, other) => Number(other) - Number(one));
	const folders = newest.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
	const path = [process.env.PATH, ...folders].join(delimiter);
	const found = which.sync('initdb', { path, nothrow: true });
	return found ? dirname(found) : undefined;
}
