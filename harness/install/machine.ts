/* eslint-disable @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** This machine: its variables, ports and programs. Missing programs are installed, as root on Debian or Ubuntu. */
import execa from 'execa';
import getPort from 'get-port';
import which from 'which';

export type Log = (line: string) => void;

/** What a child process needs from this machine. All other variables would only make runs differ. */
const MACHINE = [
	'PATH HOME USER LOGNAME SHELL LANG LC_ALL TZ TERM TMPDIR TEMP TMP XDG_CACHE_HOME APPDATA LOCALAPPDATA SYSTEMROOT',
	'USERPROFILE HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR CC CXX PYTHON',
].flatMap((names) => names.split(' '));
/** Another apt-get may be running on the machine (seconds). */
const LOCK_TIMEOUT = 300;
const HOST = '127.0.0.1';
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/** Those of this process's variables, in any case. */
export function pick(names: string[]): NodeJS.ProcessEnv {
	const entries = Object.entries(process.env);
	return Object.fromEntries(entries.filter(([name]) => names.includes(name.toUpperCase())));
}

/**
 * Environment of an n8n process. It is an allow-list: jest's `NODE_ENV=test`, a developer's own `N8N_*` variables and
 * a real `SEGMIND_API_KEY` stay out.
 */
export const machineEnvironment = (): NodeJS.ProcessEnv => pick(MACHINE);

/**
 * Runs a program in the machine's environment. It ends with this process.
 * @param options `env` adds to the environment
 * @returns its standard output
 * @throws with its last lines if it fails
 */
export async function run(
	file: string,
	args: string[],
	options: execa.Options = {},
): Promise<string> {
	const env = { ...machineEnvironment(), ...options.env };
	const own = {
		extendEnv: false,
		all: true,
		stdin: 'ignore',
		maxBuffer: MAX_OUTPUT_BYTES,
	} as const;
	try {
		return (await execa(file, args, { ...own, ...options, env })).stdout;
	} catch (error) {
		const { all = '', shortMessage } = error as execa.ExecaError;
		throw new Error(`${shortMessage}:\n${all.slice(-3000)}`);
	}
}

/**
 * Installs Debian packages.
 * @param names the wanted package first, then those that go with it
 * @param find finds the programs after the installation
 * @param orElse another way than installing, for the message
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
	const env = { DEBIAN_FRONTEND: 'noninteractive' };
	const apt = async (...args: string[]) =>
		await run('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`, ...args], { env });
	try {
		await apt('update');
		await apt('install', '-y', '--no-install-recommends', ...names);
	} catch (error) {
		throw new Error(`${name} could not be installed. ${byHand}\n${(error as Error).message}`);
	}
	const found = find();
	if (found) return found;
	throw new Error(`${name} was installed, but its program was not found. ${byHand}`);
}

export function isRoot(): boolean {
	return process.getuid?.() === 0;
}

/** Where a program is, if it is on PATH. */
export const onPath = (name: string): string | undefined =>
	which.sync(name, { nothrow: true }) ?? undefined;

/** Different free TCP ports of the loopback interface. */
export const freePorts = async (count: number): Promise<number[]> =>
	await Promise.all(Array.from({ length: count }, async () => await getPort({ host: HOST })));
