/**
 * Entry of `npm run demo` and `npm test` on a bare clone: installs the development dependencies when they are
 * missing or out of date, then runs a TypeScript file with tsx.
 *
 *     node harness/bootstrap.mjs <script.ts> [arguments…]
 *
 * Plain Node without dependencies, because nothing is installed yet when it starts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const isWindows = process.platform === 'win32';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.installed-from');
const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');

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

/**
 * Installs what the lockfile says unless the stamp in `node_modules` already names this lockfile.
 * Not with `npm ci`, which refuses a lockfile made where the registry lacked optional packages of other platforms;
 * `--no-save` leaves lockfile and package.json as they are.
 */
function installDependencies() {
	const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
	if (existsSync(tsx)) {
		if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return;
		if (matchesNpmRecord()) return writeFileSync(stampFile, hash);
	}
	console.log(
		'Installing the development dependencies (npm install), one or two minutes the first time…',
	);
	const { status } = spawnSync('npm', ['install', '--no-save', '--loglevel=error'], {
		cwd: root,
		stdio: 'inherit',
		shell: isWindows,
	});
	if (status !== 0) fail('npm install failed; its message is above.');
	writeFileSync(stampFile, hash);
}

const [script, ...args] = process.argv.slice(2);
if (!script) fail('Usage: node harness/bootstrap.mjs <script.ts> [arguments…]');
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
	fail(`Node ${OLDEST_NODE} or later is needed; this is ${process.version}.`);
}

installDependencies();

const child = spawn(process.execPath, [tsx, join(root, script), ...args], {
	cwd: root,
	stdio: 'inherit',
});
// Ctrl+C reaches the child by itself (same terminal); this process only stays to pass its exit code on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`Could not start ${script}: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
