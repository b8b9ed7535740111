/**
 * Entry of `npm run demo` and `npm test` on a bare clone: installs the development dependencies when they are
 * missing or out of date, then runs a TypeScript file with tsx.
 *
 *     node harness/bootstrap.js [--n8n <version>] <script.ts> [arguments…]
 *
 * With `--n8n`, the n8n that the script will ask for is installed meanwhile; the script waits for it where it needs it.
 *
 * Plain Node without dependencies, because nothing is installed yet when it starts.
 */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { constants } = require('node:os');
const { dirname, join } = require('node:path');
const { installN8n } = require('./install');
const { npm } = require('./npm');

/** @typedef {import('./install').N8nVersion} N8nVersion */

const OLDEST_NODE = 20;
/** Arguments that change nothing about the n8n a script needs. With others it may need another one, or none. */
const SAME_N8N = ['--open', '--crash', '--yes', '--quick', '--queue'];
/** So that n8n, which takes longer, is not held up where processors are few. */
const NICENESS = 5;

const root = dirname(__dirname);
const lockfile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.installed-from');
const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
let scriptRuns = false;

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
	console.error(message);
	process.exit(1);
}

/**
 * Whether `node_modules` is what npm makes of the lockfile, by npm's own record of what it installed.
 * It spares whoever ran `npm install` by hand a second installation. Optional packages may be absent.
 */
function matchesNpmRecord() {
	const record = join(root, 'node_modules', '.package-lock.json');
	if (!existsSync(record)) return false;
	const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
	const present = JSON.parse(readFileSync(record, 'utf8')).packages;
	return Object.entries(wanted).every(
		([path, { version, optional, devOptional }]) =>
			path === '' || (present[path] ? present[path].version === version : optional || devOptional),
	);
}

/** The stamp in `node_modules` names the lockfile it was installed from. */
function lockfileHash() {
	return createHash('sha256').update(readFileSync(lockfile)).digest('hex');
}

function hasDependencies() {
	if (!existsSync(tsx)) return false;
	if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockfileHash()) return true;
	if (!matchesNpmRecord()) return false;
	writeFileSync(stampFile, lockfileHash());
	return true;
}

/**
 * Installs what the lockfile says.
 * Not with `npm ci`, which refuses a lockfile made where the registry lacked optional packages of other platforms;
 * `--no-save` leaves lockfile and package.json as they are.
 */
async function installDependencies() {
	const log = linesOf('development tools');
	await npm(['install', '--no-save', '--loglevel=error'], {
		...{ cwd: root, env: process.env, log, niceness: NICENESS },
	});
	writeFileSync(stampFile, lockfileHash());
	log('installed');
}

/**
 * Installs n8n beside the development dependencies. If that fails, the script that needs n8n tries again and says why.
 * @param {N8nVersion} version
 */
function installEarly(version) {
	const log = linesOf(`n8n ${version}`);
	// From then on the script tells, which waits for this installation.
	installN8n(version, (line) => scriptRuns || log(line)).catch(
		(error) => scriptRuns || log(error.message),
	);
}

/**
 * Two installations tell at the same time: each line says whose it is.
 * @param {string} name
 */
function linesOf(name) {
	return (/** @type {string} */ text) => {
		for (const line of text.split('\n')) console.log(`[${name}] ${line}`);
	};
}

/**
 * @param {string} script
 * @param {string[]} args
 */
function runScript(script, args) {
	scriptRuns = true;
	const child = spawn(process.execPath, [tsx, join(root, script), ...args], {
		cwd: root,
		stdio: 'inherit',
	});
	// Ctrl+C reaches the child by itself (same terminal); this process only stays to pass its exit code on.
	process.on('SIGINT', () => {});
	for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) {
		process.on(signal, () => child.kill(signal));
	}
	child.on('error', (error) => fail(`Could not start ${script}: ${error.message}`));
	child.on('exit', (code, signal) =>
		process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)),
	);
}

async function main() {
	const words = process.argv.slice(2);
	const n8n = words[0] === '--n8n' ? /** @type {N8nVersion} */ (words.splice(0, 2)[1]) : undefined;
	const [script, ...args] = words;
	if (!script) {
		fail('Usage: node harness/bootstrap.js [--n8n <version>] <script.ts> [arguments…]');
	}
	if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
		fail(`Node ${OLDEST_NODE} or later is needed; this is ${process.version}.`);
	}
	if (!hasDependencies()) {
		// With a key and without --yes, the demo first asks whether it may pay.
		const asks = process.env.SEGMIND_API_KEY && !args.includes('--yes');
		console.log('Installing what is missing, which takes some minutes the first time…');
		if (n8n && !asks && args.every((arg) => SAME_N8N.includes(arg))) installEarly(n8n);
		await installDependencies();
	}
	runScript(script, args);
}

main().catch((error) => fail(`The development tools could not be installed: ${error.message}`));
