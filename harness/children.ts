/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
let watching = false;

/** Makes sure that a child started with `detached` does not outlive this process. */
export function endWithParent(child: ChildProcess): void {
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

/** SIGKILL to a child and whatever it started (n8n's task runner). */
export function killGroup(child: ChildProcess): void {
	try {
		if (child.pid) process.kill(-child.pid, 'SIGKILL');
	} catch {
		// It had ended already.
	}
}
