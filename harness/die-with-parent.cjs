/**
 * Preloaded into every n8n the harness starts. The harness holds the other end of n8n's standard input; when it goes,
 * even by SIGKILL, the input closes and n8n ends with its whole process group instead of staying behind.
 */
const { isMainThread } = require('node:worker_threads');

// Worker threads and forked children inherit the preload; only the leader of the group may act on it.
if (isMainThread && process.env.HARNESS_LEADER_OF === String(process.ppid)) {
	process.stdin.on('end', () => process.kill(-process.pid, 'SIGKILL'));
	process.stdin.resume();
	process.stdin.unref();
}
