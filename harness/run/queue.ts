/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** n8n's queue mode: Redis, PostgreSQL, a main instance and workers. Each n8n has its own user folder. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Cleanup } from './cleanup';
import { startN8n, startWorker, type N8n, type Worker } from './n8n';
import { startPostgres, startRedis, type Postgres } from './services';
import type { N8nOptions } from './settings';

export interface QueueOptions
	extends Pick<N8nOptions, 'installation' | 'tarball' | 'credentials' | 'env' | 'log'> {
	/** Holds the user folders; the services have their own. */
	folder: string;
	workers: number;
	/** Executions that each worker runs at once. */
	concurrency: number;
}

export interface Queue {
	/** Its `databaseFile` does not exist, so use the API. */
	main: N8n;
	workers: Worker[];
	postgres: Postgres;
	/** Starts one more worker, for example after one was killed. */
	addWorker(): Promise<Worker>;
	/** Ends everything, the services last. */
	close(): Promise<void>;
}

/**
 * Starts everything, and waits until webhooks answer and workers take executions.
 * @throws if any part does not start; then nothing is left running
 */
export async function startQueue(options: QueueOptions): Promise<Queue> {
	const { folder, concurrency, log } = options;
	const cleanup = new Cleanup();
	const close = async () => await cleanup.run();
	try {
		const redis = await startRedis(cleanup, log);
		const postgres = await startPostgres(cleanup, log);
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
			// The others must read what a worker stores.
			N8N_DEFAULT_BINARY_DATA_MODE: 'database',
			...options.env,
		};
		// It starts alone and first, because it creates the tables.
		const main = await startN8n({ ...options, env, userFolder: join(folder, 'main') });
		cleanup.stopping(main);
		let count = 0;
		const addWorker = async () => {
			const userFolder = join(folder, `worker-${++count}`);
			return cleanup.stopping(await startWorker({ ...options, env, userFolder }, concurrency));
		};
		const workers = await Promise.all(Array.from({ length: options.workers }, addWorker));
		return { main, workers, postgres, addWorker, close };
	} catch (error) {
		await close();
		throw error;
	}
}
