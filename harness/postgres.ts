import execa from 'execa';
import { machineEnvironment } from './environment';
import type { N8nInstallation } from './install';
import type { Postgres } from './services';

const READ = `
const { Client } = require('pg');
const [options, sql] = process.argv.slice(1);
(async () => {
	const client = new Client(JSON.parse(options));
	await client.connect();
	const { rows } = await client.query(sql);
	process.stdout.write(JSON.stringify(rows));
	await client.end();
})();
`;

/** Runs a reading SQL statement on n8n's PostgreSQL, with n8n's own driver in a process of its own. */
export async function queryPostgres<Row = Record<string, unknown>>(
	{ host, port, user, database }: Postgres,
	{ node, folder }: N8nInstallation,
	sql: string,
): Promise<Row[]> {
	const { stdout } = await execa(
		node,
		['-e', READ, JSON.stringify({ host, port, user, database }), sql],
		{ cwd: folder, env: machineEnvironment(), extendEnv: false },
	);
	return JSON.parse(stdout) as Row[];
}
