/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/**
 * Installs a pinned n8n into the cache folder, from the lockfile in `harness/n8n/<version>/`.
 *
 * Scripts of packages are off, because some fetch binaries from elsewhere and fail behind a firewall; the one that is
 * needed, sqlite3's, is then run alone. An installation appears under its name only when it is complete.
 */
import execa from 'execa';
import { createHash } from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache';
import { machineEnvironment, npmEnvironment } from './environment';
import { withLock } from './lock';

export type N8nVersion = '2.41.1' | '1.100.1';
export type Log = (line: string) => void;

/** An n8n that is ready to run: `<node> <bin> <command>`. */
export interface N8nInstallation {
	version: N8nVersion;
	/** Holds `node_modules`. */
	folder: string;
	/** The Node binary this version runs on. */
	node: string;
	/** n8n's command line script. */
	bin: string;
}

/** Oldest major version of Node that each n8n starts on. */
const NODE_MAJOR: Record<N8nVersion, number> = { '2.41.1': 24, '1.100.1': 20 };
const MANIFESTS = ['package-lock.json', 'package.json'];
const READY = 'ready.json';
const PROGRESS_EVERY_MS = 15_000;

/**
 * Makes sure that an n8n version is installed.
 * @returns after under a second when it is there, after some minutes otherwise
 * @throws when npm fails (its last lines are in the message) or this machine has no Node that fits
 */
export async function installN8n(
	version: N8nVersion,
	log: Log = () => {},
): Promise<N8nInstallation> {
	const source = join(__dirname, 'n8n', version);
	const folder = join(cacheFolder(), `n8n-${version}-${fingerprint(source)}`);
	const isReady = () => existsSync(join(folder, READY));
	if (!isReady()) {
		await withLock(`${folder}.lock`, log, async () => {
			if (!isReady()) await install(version, source, folder, log);
		});
	}
	return locate(version, folder);
}

/** First 12 hex digits of the sha256 of lockfile and package.json: another lockfile is another folder. */
function fingerprint(source: string): string {
	const hash = createHash('sha256');
	for (const file of MANIFESTS) hash.update(readFileSync(join(source, file)));
	return hash.digest('hex').slice(0, 12);
}

async function install(
	version: N8nVersion,
	source: string,
	folder: string,
	log: Log,
): Promise<void> {
	const started = Date.now();
	const temporary = `${folder}.${process.pid}.tmp`;
	rmSync(temporary, { recursive: true, force: true });
	mkdirSync(temporary, { recursive: true });
	try {
		for (const file of MANIFESTS) copyFileSync(join(source, file), join(temporary, file));
		// Not `npm ci`: it insists on optional packages for other platforms that a registry may lack. The versions are
		// the lockfile's all the same, and with --no-save it stays as it is.
		await npm(
			['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'],
			temporary,
			{},
			log,
		);
		await npm(['rebuild', 'sqlite3', '--ignore-scripts=false'], temporary, nodeHeaders(), log);
		await smokeCheck(locate(version, temporary));
		writeFileSync(join(temporary, READY), JSON.stringify({ version, seconds: seconds(started) }));
		rmSync(folder, { recursive: true, force: true });
		renameSync(temporary, folder);
	} catch (error) {
		rmSync(temporary, { recursive: true, force: true });
		throw error;
	}
	log(`n8n ${version} is installed in ${folder} (${seconds(started)} s)`);
}

/** sqlite3 is compiled where no ready-made binary can be fetched; with the headers at hand nothing is downloaded for it. */
function nodeHeaders(): NodeJS.ProcessEnv {
	const prefix = dirname(dirname(process.execPath));
	return existsSync(join(prefix, 'include', 'node', 'node.h'))
		? { npm_config_nodedir: prefix }
		: {};
}

/** Runs npm with a line every 15 s, since it says nothing for minutes. */
async function npm(args: string[], cwd: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
	const started = Date.now();
	const name = `npm ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`;
	log(`${name} …`);
	const timer = setInterval(() => log(`${name} … ${seconds(started)} s`), PROGRESS_EVERY_MS);
	try {
		await execa('npm', args, {
			cwd,
			env: { ...npmEnvironment(), ...env },
			extendEnv: false,
			all: true,
			stdin: 'ignore',
		});
	} catch (error) {
		const { all = '', exitCode } = error as execa.ExecaError;
		throw new Error(`${name} failed (exit code ${exitCode}):\n${all.slice(-3000)}`);
	} finally {
		clearInterval(timer);
	}
}

/** Proves that the compiled sqlite3 loads and that n8n's command line answers with the pinned version. */
async function smokeCheck({ node, bin, version, folder }: N8nInstallation): Promise<void> {
	const options = {
		cwd: folder,
		env: { ...machineEnvironment(), N8N_USER_FOLDER: join(folder, 'smoke') },
		extendEnv: false,
	};
	await execa(node, ['-e', "require('sqlite3')"], options);
	const { stdout } = await execa(node, [bin, '--version'], options);
	if (!stdout.includes(version)) throw new Error(`n8n --version said "${stdout}", not ${version}.`);
	rmSync(join(folder, 'smoke'), { recursive: true, force: true });
}

function locate(version: N8nVersion, folder: string): N8nInstallation {
	const bin = join(folder, 'node_modules', 'n8n', 'bin', 'n8n');
	return { version, folder, node: nodeFor(version, folder), bin };
}

/** The Node that runs this version: the current one if it is new enough, else the one in the installation. */
function nodeFor(version: N8nVersion, folder: string): string {
	const major = NODE_MAJOR[version];
	if (Number(process.versions.node.split('.')[0]) >= major) return process.execPath;
	const platform = `${process.platform}-${process.arch}`;
	const candidates = [`node-${platform}`, `node-bin-${platform}`].map((name) =>
		join(folder, 'node_modules', name, 'bin', 'node'),
	);
	const found = candidates.find((file) => existsSync(file));
	if (found) return found;
	throw new Error(
		`n8n ${version} needs Node ${major} or later; this is ${process.version}, and there is no Node package for ` +
			`${platform} in the lockfile. Run the command again with Node ${major}.`,
	);
}

function seconds(since: number): number {
	return Math.round((Date.now() - since) / 1000);
}
