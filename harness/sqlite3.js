/**
 * sqlite3 is the one package of n8n whose install script is needed. Where no ready-made binary can be fetched it compiles
 * for a minute, which can happen beside npm's installation of the rest.
 *
 * What comes out is the same as of `npm rebuild sqlite3` in n8n's folder. It uses Node-API, so that what one version of
 * Node builds runs in the others, as in n8n 2.41.1's own Node 24.
 */
const {
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} = require('node:fs');
const { dirname, join } = require('node:path');
const { npmEnvironment } = require('./environment');
const { npm } = require('./npm');

const SQLITE3 = 'node_modules/sqlite3';
const INSTALL = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
const REBUILD = ['rebuild', 'sqlite3', '--ignore-scripts=false'];
/** The rest of n8n takes longer anyway. */
const NICENESS = 10;

/**
 * @typedef {object} LockedPackage an entry of a lockfile
 * @property {string} version
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * Builds sqlite3 in the folder of an n8n that is installed completely but for this.
 * @param {string} folder
 * @param {(line: string) => void} log
 */
async function buildSqlite3(folder, log) {
	await npm(REBUILD, { cwd: folder, env: buildEnvironment(), log });
}

/**
 * Installs and builds sqlite3 alone, in the versions of n8n's lockfile.
 * @param {string} lockfile
 * @param {string} folder is made
 * @param {(line: string) => void} log
 * @param {AbortSignal} signal ends it
 */
async function buildSqlite3Alone(lockfile, folder, log, signal) {
	/** @type {Record<string, LockedPackage>} */
	const all = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
	const root = { private: true, dependencies: { sqlite3: all[SQLITE3].version } };
	const packages = { '': root, ...needsOf(SQLITE3, all) };
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
	writeFileSync(
		join(folder, 'package-lock.json'),
		JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
	);
	const options = { cwd: folder, log, signal, niceness: NICENESS };
	await npm(INSTALL, { ...options, env: npmEnvironment() });
	await npm(REBUILD, { ...options, env: buildEnvironment() });
}

/**
 * Moves what was built from one installation to another.
 * @param {string} from
 * @param {string} to
 */
function moveSqlite3(from, to) {
	const target = join(to, SQLITE3, 'build');
	rmSync(target, { recursive: true, force: true });
	renameSync(join(from, SQLITE3, 'build'), target);
}

/**
 * A package and all it depends on, at the places they have in the lockfile.
 * @param {string} path
 * @param {Record<string, LockedPackage>} all
 * @param {Record<string, LockedPackage>} [found]
 */
function needsOf(path, all, found = {}) {
	found[path] = all[path];
	const { dependencies, optionalDependencies } = all[path];
	for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
		const place = placeOf(name, path, all);
		if (place && !found[place]) needsOf(place, all, found);
	}
	return found;
}

/**
 * Where Node finds a package that another one asks for: the nearest `node_modules` on the way up.
 * @param {string} name
 * @param {string} from
 * @param {Record<string, LockedPackage>} all
 * @returns {string | undefined}
 */
function placeOf(name, from, all) {
	const place = `${from && `${from}/`}node_modules/${name}`;
	if (all[place]) return place;
	if (!from) return undefined;
	return placeOf(name, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), all);
}

/**
 * With the headers of Node at hand nothing is downloaded for compiling.
 * @returns {NodeJS.ProcessEnv}
 */
function buildEnvironment() {
	const prefix = dirname(dirname(process.execPath));
	const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node.h'));
	return { ...npmEnvironment(), ...(hasHeaders && { npm_config_nodedir: prefix }) };
}

module.exports = { INSTALL, buildSqlite3, buildSqlite3Alone, moveSqlite3 };
