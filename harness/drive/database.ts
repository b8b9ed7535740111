/** Reads n8n's database, which may be in use, with n8n's own driver, so this process loads nothing native. */
import type { N8nInstallation } from '../install';
import { run } from '../install/machine';

export interface SqliteDatabase {
	installation: N8nInstallation;
	databaseFile: string;
}

export interface PostgresDatabase {
	host: string;
	port: number;
	user: string;
	database: string;
}

const READ_SQLITE = `
const sqlite3 = require('sqlite3');
const [file, sql, values] = JSON.parse(process.argv[1]);
const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
database.configure('busyTimeout', 10000);
database.all(sql, values, (error, rows) => {
	if (error) throw error;
	process.stdout.write(JSON.stringify(rows));
});
`;
const READ_POSTGRES = `
const [options, sql] = JSON.parse(process.argv[1]);
const client = new (require('pg').Client)(options);
client.connect();
client.query(sql).then(({ rows }) => {
	process.stdout.write(JSON.stringify(rows));
	client.end();
});
`;

/** Runs a read-only SQL statement on n8n's SQLite. */
export const query = async <Row = Record<string, unknown>>(
	{ installation, databaseFile }: SqliteDatabase,
	sql: string,
	values: unknown[] = [],
) => await read<Row>(installation, READ_SQLITE, [databaseFile, sql, values]);

/** Runs a read-only SQL statement on n8n's PostgreSQL. */
export const queryPostgres = async <Row = Record<string, unknown>>(
	{ host, port, user, database }: PostgresDatabase,
	installation: N8nInstallation,
	sql: string,
) => await read<Row>(installation, READ_POSTGRES, [{ host, port, user, database }, sql]);

async function read<Row>(
	{ node, folder: cwd }: N8nInstallation,
	script: string,
	input: unknown[],
): Promise<Row[]> {
	return JSON.parse(await run(node, ['-e', script, JSON.stringify(input)], { cwd })) as Row[];
}
