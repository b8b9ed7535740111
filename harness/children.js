/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
let watching = false;

/**
 * Makes sure that a child started with `detached` does not outlive this process.
 * @param {ChildProcess} child
 */
function endWithParent(child) {
	running.add(child);
	child.once('exit', () => running.delete(child));
	if (watching) return;
	watching = true;
	// Before other listeners, which may remove the folders these processes write to.
	process.prependListener('exit', () => running.forEach(killGroup));
	for (const [signal, number] of Object.entries(SIGNALS)) {
		process.on(signal, () => {
			// Whoever else listens (the demo with --open) decides about the end itself.
			if (process.listenerCount(signal) === 1) process.exit(128 + number);
		});
	}
}

/**
 * SIGKILL to a child and whatever it started (n8n's task runner, a compiler).
 * @param {ChildProcess} child
 */
function killGroup(child) {
	try {
		if (child.pid) process.kill(-child.pid, 'SIGKILL');
	} catch {
		// It had ended already.
	}
}

module.exports = { endWithParent, killGroup };
