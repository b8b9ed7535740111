/**
 * Entry of `npm run demo` and `npm test` on a bare clone: installs the development dependencies if they are missing
 * or out of date, then runs a TypeScript file with tsx.
 *
 *     node harness/bootstrap.js <script.ts> [arguments…]
 *
 * It is plain Node, because no dependency is installed yet when it starts.
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, lstatSync, readFileSync, writeFileSync } = require('node:fs');
const { runMain } = require('node:module');
const { dirname, join } = require('node:path');

const OLDEST_NODE = 20;
const root = dirname(__dirname);
const modules = join(root, 'node_modules');

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
	console.error(message);
	process.exit(1);
}

/**
 * Installs what the lockfile says, unless the stamp in `node_modules` names this lockfile. `npm ci` is too strict: it
 * refuses a lockfile from a registry that lacked optional packages of other platforms. `--no-save` leaves lockfile
 * and package.json as they are.
 */
function installDependencies() {
	const stamp = join(modules, '.installed-from');
	const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
	const lockfile = hash.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
	if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
		fail(
			'node_modules is a symbolic link, and npm would change the folder that it leads to. Remove the link and run the command again.',
		);
	}
	console.log('Installing the development tools, which takes a minute the first time…');
	const { status } = spawnSync('npm install --no-save --include=dev --loglevel=error', {
		...{ cwd: root, stdio: 'inherit', shell: true },
	});
	if (status !== 0) fail('The development tools could not be installed.');
	writeFileSync(stamp, lockfile);
}

const [node, , script, ...args] = process.argv;
if (!script) fail('Usage: node harness/bootstrap.js <script.ts> [arguments…]');
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
	fail(`Node ${OLDEST_NODE} or later is needed; this is ${process.version}.`);
}
installDependencies();
// tsx compiles what is loaded from now on. The script runs in this process, as if it had been called directly.
require(join(modules, 'tsx/dist/cjs/index.cjs'));
process.chdir(root);
process.argv = [node, join(root, script), ...args];
runMain();
