/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** Programs of the machine's own: where they are, and how root on Debian or Ubuntu gets them installed. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import execa from 'execa';
import { machineEnvironment } from './environment';
import type { Log } from './install';

/** Another apt-get may be at work on the machine (seconds). */
const LOCK_TIMEOUT = 300;

/**
 * Installs Debian packages.
 * @param names the first is the one that is asked for, the others go with it
 * @param find where its programs are, once they are there
 * @param orElse what else than installing helps, for the message
 * @throws with what to do by hand
 */
export async function installed(
	names: [string, ...string[]],
	find: () => string | undefined,
	log: Log,
	orElse = '',
): Promise<string> {
	const [name] = names;
	const byHand = `Install it by hand (on Debian and Ubuntu: apt-get install ${names.join(' ')})${orElse} and run the command again.`;
	if (!onPath('apt-get') || !isRoot()) {
		throw new Error(
			`${name} is needed and is not on this machine, and only root on Debian or Ubuntu can have it installed. ${byHand}`,
		);
	}
	log(`Installing ${names.join(' and ')} …`);
	const env = { ...machineEnvironment(), DEBIAN_FRONTEND: 'noninteractive' };
	const apt = async (...args: string[]) =>
		await execa('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`, ...args], {
			env,
			extendEnv: false,
			all: true,
			stdin: 'ignore',
		});
	try {
		await apt('update');
		await apt('install', '-y', '--no-install-recommends', ...names);
	} catch (error) {
		const { all = '' } = error as execa.ExecaError;
		throw new Error(`${name} could not be installed. ${byHand}\n${all.slice(-2000)}`);
	}
	const found = find();
	if (found) return found;
	throw new Error(`${name} was installed, but its program was not found. ${byHand}`);
}

export function isRoot(): boolean {
	return process.getuid?.() === 0;
}

export function onPath(name: string): string | undefined {
	return pathFolders()
		.map((folder) => join(folder, name))
		.find(isProgram);
}

export function pathFolders(): string[] {
	return (process.env.PATH ?? '').split(delimiter).filter(Boolean);
}

export function isProgram(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
