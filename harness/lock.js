const { readFileSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

/** Longer than any installation goes without a word: a lock of this age was left behind, whatever process has its number now. */
const STALE_MS = 60 * 60_000;
const LOOK_EVERY_MS = 500;

/**
 * What a lock file says of its holder.
 * @typedef {object} Holder
 * @property {number} pid
 * @property {string} [news] the latest line of its log
 * @property {string} [failure] why it gave up; the lock is free then
 */

/**
 * Runs `work` while holding a lock file, waiting for another process that holds it and passing on what that one logs.
 * The lock of a process that no longer exists is taken over.
 * @template T
 * @param {string} file
 * @param {(line: string) => void} log
 * @param {(log: (line: string) => void) => Promise<T>} work is to use the log it is given, for those who wait
 * @returns {Promise<T>}
 * @throws what `work` throws, and what it threw in the process that was waited for: it would fail here too, minutes later
 */
async function withLock(file, log, work) {
	/** @type {Holder | undefined} */
	let seen;
	while (!acquire(file)) {
		const holder = look(file);
		if (isFree(file, holder)) {
			rmSync(file, { force: true });
			if (seen?.pid === holder.pid && holder.failure) throw new Error(holder.failure);
			continue;
		}
		if (holder.pid) {
			if (!seen) log('Another process is installing the same; waiting for it …');
			if (holder.news && holder.news !== seen?.news) log(holder.news);
			seen = holder;
		}
		await sleep(LOOK_EVERY_MS);
	}
	try {
		const result = await work((line) => {
			tell(file, { pid: process.pid, news: line });
			log(line);
		});
		rmSync(file, { force: true });
		return result;
	} catch (error) {
		tell(file, { pid: process.pid, failure: /** @type {Error} */ (error).message });
		throw error;
	}
}

/** @param {string} file */
function acquire(file) {
	try {
		writeFileSync(file, JSON.stringify({ pid: process.pid }), { flag: 'wx' });
		return true;
	} catch (error) {
		if (codeOf(error) === 'EEXIST') return false;
		throw error;
	}
}

/**
 * @param {string} file
 * @param {Holder} holder
 */
function tell(file, holder) {
	writeFileSync(file, JSON.stringify(holder));
}

/**
 * @param {string} file
 * @returns {Holder} of process 0 where the lock was released between two looks, or is just being written
 */
function look(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return { pid: 0 };
	}
}

/**
 * @param {string} file
 * @param {Holder} holder
 */
function isFree(file, { pid, failure }) {
	const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
	if (failure !== undefined || Date.now() - mtimeMs > STALE_MS) return true;
	return pid !== 0 && !isAlive(pid);
}

/** @param {number} pid */
function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) === 'EPERM';
	}
}

/** @param {unknown} error */
function codeOf(error) {
	return /** @type {NodeJS.ErrnoException} */ (error).code;
}

module.exports = { withLock, isAlive };
