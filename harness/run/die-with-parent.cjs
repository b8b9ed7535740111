/**
 * Preloaded into every n8n that the harness starts. The harness holds the other end of n8n's standard input. When the
 * harness ends, even by SIGKILL, the input closes, and n8n ends with its whole process group.
 */
const { isMainThread } = require('node:worker_threads');

// Worker threads and forked children inherit the preload. Only the leader of the group may act.
if (isMainThread && process.env.HARNESS_LEADER_OF === String(process.ppid)) {
	process.stdin.on('end', () => process.kill(-process.pid, 'SIGKILL'));
	process.stdin.resume();
	process.stdin.unref();
}
