/**
 * Installs a pinned n8n into the cache folder, from the lockfile in `harness/n8n/<version>/`.
 *
 * Scripts of packages are off, because some fetch binaries from elsewhere and fail behind a firewall; the one that is
 * needed, sqlite3's, is run alone, meanwhile. An installation appears under its name only when it is complete.
 */
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const {
	copyFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	readdirSync,
	renameSync,
	rmSync,
	writeFileSync,
} = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { promisify } = require('node:util');
const { addAddresses } = require('./addresses');
const { cacheFolder } = require('./cache');
const { machineEnvironment, npmEnvironment } = require('./environment');
const { isAlive, withLock } = require('./lock');
const { npm } = require('./npm');
const { INSTALL, buildSqlite3, buildSqlite3Alone, moveSqlite3 } = require('./sqlite3');

/** @typedef {'2.41.1' | '1.100.1'} N8nVersion */
/** @typedef {(line: string) => void} Log */

/**
 * An n8n that is ready to run: `<node> <bin> <command>`.
 * @typedef {object} N8nInstallation
 * @property {N8nVersion} version
 * @property {string} folder holds `node_modules`
 * @property {string} node the Node binary this version runs on
 * @property {string} bin n8n's command line script
 */

const run = promisify(execFile);

/**
 * Oldest major version of Node that each n8n starts on.
 * @type {Record<N8nVersion, number>}
 */
const NODE_MAJOR = { '2.41.1': 24, '1.100.1': 20 };
const MANIFESTS = ['package-lock.json', 'package.json'];
const READY = 'ready.json';

/**
 * Makes sure that an n8n version is installed.
 * @param {N8nVersion} version
 * @param {Log} [log]
 * @returns {Promise<N8nInstallation>} after under a second when it is there, after some minutes otherwise
 * @throws when npm fails (its last lines are in the message) or this machine has no Node that fits
 */
async function installN8n(version, log = () => {}) {
	const source = join(__dirname, 'n8n', version);
	const folder = join(cacheFolder(), `n8n-${version}-${fingerprint(source)}`);
	const isReady = () => existsSync(join(folder, READY));
	if (!isReady()) {
		await withLock(`${folder}.lock`, log, async (tell) => {
			if (!isReady()) await install(version, source, folder, tell);
		});
	}
	return locate(version, folder);
}

/**
 * First 12 hex digits of the sha256 of lockfile and package.json: another lockfile is another folder.
 * @param {string} source
 */
function fingerprint(source) {
	const hash = createHash('sha256');
	for (const file of MANIFESTS) hash.update(readFileSync(join(source, file)));
	return hash.digest('hex').slice(0, 12);
}

/**
 * @param {N8nVersion} version
 * @param {string} source
 * @param {string} folder
 * @param {Log} log
 */
async function install(version, source, folder, log) {
	const started = Date.now();
	removeLeftovers(folder);
	const temporary = `${folder}.${process.pid}.tmp`;
	rmSync(temporary, { recursive: true, force: true });
	mkdirSync(temporary, { recursive: true });
	try {
		for (const file of MANIFESTS) copyFileSync(join(source, file), join(temporary, file));
		await installPackages(version, source, temporary, log);
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

/**
 * Removes what a killed installation of the same n8n has left: it is as large as n8n.
 * @param {string} folder
 */
function removeLeftovers(folder) {
	for (const name of readdirSync(dirname(folder))) {
		const [, pid] = /\.(\d+)\.tmp$/.exec(name) ?? [];
		if (!pid || !name.startsWith(`${basename(folder)}.`) || isAlive(Number(pid))) continue;
		rmSync(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
	}
}

/**
 * Fills `node_modules`, with sqlite3 built meanwhile in a folder of its own, or afterwards in its place if that fails.
 * @param {N8nVersion} version
 * @param {string} source
 * @param {string} folder
 * @param {Log} log
 */
async function installPackages(version, source, folder, log) {
	const apart = join(folder, 'sqlite3-alone');
	const stop = new AbortController();
	const tell = (/** @type {string} */ line) => log(`sqlite3: ${line}`);
	const lockfile = join(folder, 'package-lock.json');
	// Only quicker: without the addresses npm asks the registry for them.
	await addAddresses(lockfile).catch(() => {});
	/** @type {Promise<Error | undefined>} */
	const built = buildSqlite3Alone(lockfile, apart, tell, stop.signal).then(
		() => undefined,
		(error) => error,
	);
	try {
		await installFromLockfile(source, folder, log);
	} catch (error) {
		stop.abort();
		await built;
		throw error;
	}
	try {
		const failure = await built;
		if (failure) throw failure;
		moveSqlite3(apart, folder);
		await loadSqlite3(locate(version, folder));
	} catch (error) {
		tell(`${/** @type {Error} */ (error).message}\nOnce more, inside n8n's folder:`);
		await buildSqlite3(folder, log);
	}
	rmSync(apart, { recursive: true, force: true });
}

/**
 * Not `npm ci`: it insists on optional packages for other platforms that a registry may lack. The versions are the
 * lockfile's all the same, and with --no-save it stays as it is.
 * @param {string} source
 * @param {string} folder
 * @param {Log} log
 */
async function installFromLockfile(source, folder, log) {
	const options = { cwd: folder, env: npmEnvironment(), log };
	try {
		await npm(INSTALL, options);
	} catch (error) {
		// A registry may keep a package at another address than npm's own does, or a scope in another registry.
		if (!/\bE40[134]\b/.test(/** @type {Error} */ (error).message)) throw error;
		copyFileSync(join(source, 'package-lock.json'), join(folder, 'package-lock.json'));
		await npm(INSTALL, options);
	}
}

/** @param {N8nInstallation} installation */
async function loadSqlite3({ node, folder }) {
	await run(node, ['-e', "require('sqlite3')"], { cwd: folder, env: machineEnvironment() });
}

/**
 * Proves that the compiled sqlite3 loads and that n8n's command line answers with the pinned version.
 * @param {N8nInstallation} installation
 */
async function smokeCheck(installation) {
	const { node, bin, version, folder } = installation;
	await loadSqlite3(installation);
	const options = {
		cwd: folder,
		env: { ...machineEnvironment(), N8N_USER_FOLDER: join(folder, 'smoke') },
	};
	const { stdout } = await run(node, [bin, '--version'], options);
	if (!stdout.includes(version)) throw new Error(`n8n --version said "${stdout}", not ${version}.`);
	rmSync(join(folder, 'smoke'), { recursive: true, force: true });
}

/**
 * @param {N8nVersion} version
 * @param {string} folder
 * @returns {N8nInstallation}
 */
function locate(version, folder) {
	const bin = join(folder, 'node_modules', 'n8n', 'bin', 'n8n');
	return { version, folder, node: nodeFor(version, folder), bin };
}

/**
 * The Node that runs this version: the current one if it is new enough, else the one in the installation.
 * @param {N8nVersion} version
 * @param {string} folder
 */
function nodeFor(version, folder) {
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

/** @param {number} since */
function seconds(since) {
	return Math.round((Date.now() - since) / 1000);
}

module.exports = { installN8n };
