import execa from 'execa';
import { machineEnvironment } from './environment';
import type { N8nInstallation } from './install';

export interface Database {
	/** Its sqlite3 is used, in its own process: nothing native is loaded into the tests. */
	installation: N8nInstallation;
	databaseFile: string;
}

const READ = `
const sqlite3 = require('sqlite3');
const [file, sql, values] = process.argv.slice(1);
const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
database.configure('busyTimeout', 10000);
database.all(sql, JSON.parse(values), (error, rows) => {
	if (error) throw error;
	process.stdout.write(JSON.stringify(rows));
});
`;

/** Runs a reading SQL statement on n8n's database, which may be in use. */
export async function query<Row = Record<string, unknown>>(
	{ installation, databaseFile }: Database,
	sql: string,
	values: unknown[] = [],
): Promise<Row[]> {
	const { stdout } = await execa(
		installation.node,
		['-e', READ, databaseFile, sql, JSON.stringify(values)],
		{
			cwd: installation.folder,
			env: machineEnvironment(),
			extendEnv: false,
			maxBuffer: 512 * 1024 * 1024,
		},
	);
	return JSON.parse(stdout) as Row[];
}
