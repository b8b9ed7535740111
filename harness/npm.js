const { spawn } = require('node:child_process');
const { setPriority } = require('node:os');
const { endWithParent, killGroup } = require('./children');

const PROGRESS_EVERY_MS = 15_000;
const isWindows = process.platform === 'win32';

/**
 * @typedef {object} NpmOptions
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {(line: string) => void} log gets a line every 15 s, since npm says nothing for minutes
 * @property {AbortSignal} [signal] ends npm and what it started
 * @property {number} [niceness] 1 to 19: gives way to what more depends on, where processors are few
 */

/**
 * Runs npm; it ends with this process, with all it started.
 * @param {string[]} args
 * @param {NpmOptions} options
 * @returns {Promise<void>}
 * @throws when npm fails, with its last lines
 */
async function npm(args, { cwd, env, log, signal, niceness = 0 }) {
	const name = `npm ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`;
	if (signal?.aborted) throw new Error(`${name} was given up.`);
	const started = Date.now();
	log(`${name} …`);
	const child = spawn('npm', args, {
		...{ cwd, env, detached: !isWindows, shell: isWindows },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	endWithParent(child);
	if (niceness && child.pid) lower(child.pid, niceness);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-3000)));
	}
	const end = () => killGroup(child);
	signal?.addEventListener('abort', end);
	const timer = setInterval(
		() => log(`${name} … ${Math.round((Date.now() - started) / 1000)} s`),
		PROGRESS_EVERY_MS,
	);
	try {
		const code = await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', (exitCode, by) => resolve(exitCode ?? by));
		});
		if (code !== 0) throw new Error(`${name} failed (exit code ${code}):\n${output.trim()}`);
	} finally {
		clearInterval(timer);
		signal?.removeEventListener('abort', end);
	}
}

/**
 * @param {number} pid
 * @param {number} niceness
 */
function lower(pid, niceness) {
	try {
		setPriority(pid, niceness);
	} catch {
		// It has ended already, or the system does not allow it: only the time depends on it.
	}
}

module.exports = { npm };
