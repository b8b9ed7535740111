/**
 * Preloaded into the n8n that is measured: SIGUSR2 collects its garbage, so that a peak is measured over what is
 * needed and not over what start-up left behind. SIGURG writes a heap snapshot.
 */
const { renameSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setFlagsFromString, writeHeapSnapshot } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc');
	const file = join(tmpdir(), `segmind-kling-heap-${process.pid}`);
	/** What it has its memory for, for `memoryOf`; who reads it sees all of it or nothing. */
	const tell = () => {
		writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
		renameSync(`${file}.part`, file);
	};
	// A light one, which leaves the process time for its work, and what is alive after it; and all that can be had.
	process.on('SIGWINCH', () => {
		collect({ type: 'major', execution: 'sync' });
		// V8 frees buffers in the background, and is done with it when it collects again.
		collect({ type: 'minor', execution: 'sync' });
		tell();
	});
	process.on('SIGUSR2', () => {
		collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
		tell();
	});
	process.on('SIGURG', () => {
		writeHeapSnapshot(`${file}.part`);
		renameSync(`${file}.part`, `${file}.heapsnapshot`);
	});
	process.on('exit', () => rmSync(file, { force: true }));
}
