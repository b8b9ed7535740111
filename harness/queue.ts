/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** n8n's queue mode: Redis, PostgreSQL, a main instance and workers, each n8n with a user folder of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Log, N8nInstallation } from './install';
import { startN8n, type Credential, type N8n } from './n8n';
import { startPostgres, startRedis, type Postgres } from './services';
import { startWorker, type Worker } from './worker';

export interface QueueOptions {
	installation: N8nInstallation;
	/** Holds the user folders; the services have their own. */
	folder: string;
	/** Our packed package, unpacked for each process. */
	tarball?: string;
	credentials?: Credential[];
	workers: number;
	/** Executions that each worker runs at once. */
	concurrency: number;
	/** Added to, and stronger than, the settings of the harness, for each process. */
	env?: NodeJS.ProcessEnv;
	log?: Log;
}

export interface Queue {
	/** Its `databaseFile` does not exist: use the API. */
	main: N8n;
	workers: Worker[];
	postgres: Postgres;
	/** Starts one more worker, such as in the place of one that was killed. */
	addWorker(): Promise<Worker>;
	/** Ends everything, the services last. */
	close(): Promise<void>;
}

/**
 * Starts everything and waits until webhooks are answered and workers take executions.
 * @throws when any part does not start; nothing is left running then
 */
export async function startQueue(options: QueueOptions): Promise<Queue> {
	const { installation, folder, tarball, credentials, concurrency, log } = options;
	const started: Array<{ stop(): Promise<void> }> = [];
	const note = <T extends { stop(): Promise<void> }>(one: T): T => {
		started.push(one);
		return one;
	};
	const close = async () => {
		for (const one of started.splice(0).reverse()) await one.stop();
	};
	try {
		const redis = note(await startRedis(log));
		const postgres = note(await startPostgres(log));
		const env: NodeJS.ProcessEnv = {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: redis.host,
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: postgres.host,
			DB_POSTGRESDB_PORT: String(postgres.port),
			DB_POSTGRESDB_USER: postgres.user,
			DB_POSTGRESDB_DATABASE: postgres.database,
			N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
			// What a worker stores, the others read.
			N8N_DEFAULT_BINARY_DATA_MODE: 'database',
			...options.env,
		};
		// First and alone: it creates the tables.
		const main = note(
			await startN8n({
				...{ installation, tarball, credentials, env, log },
				userFolder: join(folder, 'main'),
			}),
		);
		let count = 0;
		const addWorker = async () =>
			note(
				await startWorker({
					...{ installation, tarball, concurrency, env },
					userFolder: join(folder, `worker-${++count}`),
				}),
			);
		const workers = await Promise.all(Array.from({ length: options.workers }, addWorker));
		return { main, workers, postgres, addWorker, close };
	} catch (error) {
		await close();
		throw error;
	}
}
