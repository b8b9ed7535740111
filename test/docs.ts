/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run docs`: renews what documents have from the code, from test runs and from the editor. The benchmark is a
 * measurement and has a command of its own, `npm run bench`. `npm run docs -- --tables` renews the tables alone.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import execa from 'execa';

/** Tests that write into the documents when told to. */
const TABLES = ['test/unit/docs', 'test/workflow/documents'];
const RUNS = ['test/workflow/matrix.test', 'test/editor', 'test/e2e/examples'];

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { tables: { type: 'boolean' } } });
	const paths = values.tables ? TABLES : [...TABLES, ...RUNS];
	const { exitCode } = await execa('jest', ['--runInBand', ...paths], {
		...{ cwd: join(__dirname, '..'), preferLocal: true, stdio: 'inherit', reject: false },
		env: { UPDATE_DOCS: '1' },
	});
	process.exit(exitCode);
}

void main();
