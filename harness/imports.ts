/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import execa from 'execa';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log, N8nInstallation } from './install';
import type { Credential, Workflow } from './types';

interface Imports {
	installation: N8nInstallation;
	env: NodeJS.ProcessEnv;
	credentials: Credential[];
	workflows: Workflow[];
	log: Log;
}

/** By n8n's own commands, because only they keep the IDs: workflows name their credentials by ID. */
export async function importAll({
	installation,
	env,
	credentials,
	workflows,
	log,
}: Imports): Promise<void> {
	const run = async (...args: string[]) => await n8nCommand(installation, env, args);
	const importFile = async (command: string, data: object[]) => {
		const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-import-'));
		const file = join(folder, 'import.json');
		try {
			// Holds keys in the clear for as long as the import takes.
			writeFileSync(file, JSON.stringify(data), { mode: 0o600 });
			await run(command, `--input=${file}`);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	};
	if (credentials.length) {
		log(`Importing ${credentials.length} credential(s) …`);
		await importFile('import:credentials', credentials);
	}
	if (workflows.length) {
		log(`Importing ${workflows.length} workflow(s) …`);
		await importFile('import:workflow', workflows);
	}
	for (const { id, name } of workflows.filter(({ active }) => active)) {
		log(`Publishing workflow "${name}" …`);
		if (installation.version.startsWith('1.'))
			await run('update:workflow', `--id=${id}`, '--active=true');
		else await run('publish:workflow', `--id=${id}`);
	}
}

/** n8n's commands end with 0 even when they fail, so what they print decides too. */
async function n8nCommand(
	{ node, bin }: N8nInstallation,
	env: NodeJS.ProcessEnv,
	args: string[],
): Promise<void> {
	const { all = '', exitCode } = await execa(node, [bin, ...args], {
		env: { ...env, N8N_RUNNERS_ENABLED: 'false' },
		extendEnv: false,
		all: true,
		reject: false,
		stdin: 'ignore',
	});
	const failed = exitCode !== 0 || /An error occurred|Error updating|GENERAL ERROR/i.test(all);
	if (failed)
		throw new Error(`n8n ${args[0]} failed (exit code ${exitCode}):\n${all.slice(-3000)}`);
}
