/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/**
 * Installs a pinned n8n into the cache folder, from the lockfile in `harness/install/n8n/<version>/`. An installation
 * gets its name only when it is complete.
 */
import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { check, lock } from 'proper-lockfile';
import { pick, run, type Log } from './machine';

export type { Log } from './machine';
export const VERSIONS = ['2.41.1', '1.100.1'] as const;
export type N8nVersion = (typeof VERSIONS)[number];

/** An n8n that is ready to run: `<node> <bin> <command>`. */
export interface N8nInstallation {
	version: N8nVersion;
	/** Holds `node_modules`. */
	folder: string;
	/** The Node binary that runs this version. */
	node: string;
	/** n8n's command line script. */
	bin: string;
}

/** The oldest major version of Node that each n8n supports. */
const NODE_MAJOR: Record<N8nVersion, number> = { '2.41.1': 24, '1.100.1': 20 };
/** The lock is renewed while npm works. If it is older than this (ms), its process was killed. */
const STALE_MS = 60_000;
const CHECK_EVERY_MS = 1000;
/** npm prints nothing for minutes. */
const PROGRESS_EVERY_MS = 15_000;
/**
 * npm's settings about the source of packages. The other settings of a parent `npm run` (ignore-scripts…) must not
 * leak.
 */
const NPM =
	'REGISTRY USERCONFIG GLOBALCONFIG CACHE CAFILE CA STRICT_SSL PROXY HTTPS_PROXY NOPROXY PYTHON'
		.split(' ')
		.map((name) => `NPM_CONFIG_${name}`);

/** It is outside the working tree, so that a second clone or a `git clean` does not cost minutes. */
export function cacheFolder(): string {
	const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
	const folder = join(base, 'n8n-nodes-segmind-kling');
	mkdirSync(folder, { recursive: true });
	return folder;
}

/**
 * Makes sure that an n8n version is installed. Waits if another process is installing it.
 * @returns within a second if it is there, otherwise after some minutes
 * @throws if npm fails (its last lines are in the message) or this machine has no fitting Node
 */
export async function installN8n(
	version: N8nVersion,
	log: Log = () => {},
): Promise<N8nInstallation> {
	const source = join(__dirname, 'n8n', version);
	const folder = join(cacheFolder(), `n8n-${version}-${fingerprint(source)}`);
	if (existsSync(folder)) return locate(version, folder);
	const options = { realpath: false, stale: STALE_MS, lockfilePath: `${folder}.installing` };
	if (await check(folder, options)) {
		log('Another process is installing the same; waiting for it …');
	}
	const retries = { forever: true, minTimeout: CHECK_EVERY_MS, maxTimeout: CHECK_EVERY_MS };
	const release = await lock(folder, { ...options, retries });
	try {
		if (!existsSync(folder)) await install(version, source, folder, log);
	} finally {
		await release();
	}
	return locate(version, folder);
}

/** 12 hex digits from lockfile and package.json: another lockfile gets another folder. */
function fingerprint(source: string): string {
	const hash = createHash('sha256');
	for (const file of ['package-lock.json', 'package.json']) {
		hash.update(readFileSync(join(source, file)));
	}
	return hash.digest('hex').slice(0, 12);
}

async function install(version: N8nVersion, source: string, folder: string, log: Log) {
	const started = Date.now();
	const seconds = () => Math.round((Date.now() - started) / 1000);
	const temporary = `${folder}.tmp`;
	rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
	cpSync(source, temporary, { recursive: true });
	const timer = setInterval(
		() => log(`Installing n8n ${version} … ${seconds()} s`),
		PROGRESS_EVERY_MS,
	);
	try {
		log(`Installing n8n ${version} …`);
		await installPackages(source, temporary);
		await smokeCheck(locate(version, temporary));
		renameSync(temporary, folder);
	} catch (error) {
		rmSync(temporary, { recursive: true, force: true });
		throw error;
	} finally {
		clearInterval(timer);
	}
	log(`n8n ${version} is installed in ${folder} (${seconds()} s)`);
}

/**
 * `npm ci` is too strict: it insists on optional packages for other platforms that a registry may lack. Scripts of
 * packages are off, because some download binaries from elsewhere and fail behind a firewall. Only sqlite3 needs its
 * script.
 */
async function installPackages(source: string, folder: string): Promise<void> {
	const packages = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
	// This only saves time: without the addresses, npm asks the registry for them.
	await addAddresses(join(folder, 'package-lock.json')).catch(() => {});
	try {
		await npm(folder, packages);
	} catch (error) {
		// A registry may have a package at another address than npm's own, or a scope in another registry.
		if (!/\bE40[134]\b/.test((error as Error).message)) throw error;
		cpSync(source, folder, { recursive: true });
		await npm(folder, packages);
	}
	// With the headers of Node, compiling downloads nothing.
	const prefix = dirname(dirname(process.execPath));
	const hasHeaders = existsSync(join(prefix, 'include/node/node.h'));
	await npm(folder, ['rebuild', 'sqlite3', '--ignore-scripts=false'], {
		...(hasHeaders && { npm_config_nodedir: prefix }),
	});
}

/**
 * Adds to a lockfile the address of each package in npm's configured registry. Without it, npm requests the list of
 * all versions of each package: twice the requests. The checksums in the lockfile still count.
 */
async function addAddresses(lockfile: string): Promise<void> {
	const registry = (await npm(dirname(lockfile), ['config', 'get', 'registry'])).trim();
	const content = JSON.parse(readFileSync(lockfile, 'utf8')) as {
		packages: Record<string, { link?: true; name?: string; resolved?: string; version: string }>;
	};
	for (const [path, entry] of Object.entries(content.packages)) {
		if (!path || entry.link || entry.resolved) continue;
		const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 13);
		const file = `${name.split('/').at(-1)}-${entry.version}.tgz`;
		entry.resolved = `${registry.replace(/\/*$/, '/')}${name}/-/${file}`;
	}
	writeFileSync(lockfile, JSON.stringify(content, undefined, '\t'));
}

/**
 * Runs npm without the settings of a parent `npm run`.
 * @returns its output
 * @throws if npm fails, with its last lines
 */
export const npm = async (
	cwd: string,
	args: string[],
	settings: NodeJS.ProcessEnv = {},
): Promise<string> => await run('npm', args, { cwd, env: { ...pick(NPM), ...settings } });

/** Proves that the compiled sqlite3 loads and that n8n's command line answers with the pinned version. */
async function smokeCheck({ node, bin, version, folder }: N8nInstallation): Promise<void> {
	const home = join(folder, 'smoke');
	const options = { cwd: folder, env: { N8N_USER_FOLDER: home } };
	await run(node, ['-e', "require('sqlite3')"], options);
	const said = await run(node, [bin, '--version'], options);
	if (!said.includes(version)) throw new Error(`n8n --version said "${said}", not ${version}.`);
	rmSync(home, { recursive: true, force: true });
}

const locate = (version: N8nVersion, folder: string): N8nInstallation => ({
	...{ version, folder, node: nodeFor(version, folder) },
	bin: join(folder, 'node_modules/n8n/bin/n8n'),
});

/** The Node that runs this version: the current one if it is new enough, otherwise the one in the installation. */
function nodeFor(version: N8nVersion, folder: string): string {
	const major = NODE_MAJOR[version];
	if (Number(process.versions.node.split('.')[0]) >= major) return process.execPath;
	const platform = `${process.platform}-${process.arch}`;
	const found = [`node-${platform}`, `node-bin-${platform}`]
		.map((name) => join(folder, 'node_modules', name, 'bin/node'))
		.find((file) => existsSync(file));
	if (found) return found;
	throw new Error(
		`n8n ${version} needs Node ${major} or later; this is ${process.version}, and there is no Node package for ` +
			`${platform} in the lockfile. Run the command again with Node ${major}.`,
	);
}
