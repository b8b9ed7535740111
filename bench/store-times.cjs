/**
 * Preloaded into the n8n that is measured: writes how long each access to n8n's store for duplicates takes, a line
 * each, into the file that STORE_TIMES names. From the node's call to n8n's answer, database and all.
 */
const { appendFileSync } = require('node:fs');
/** @type {any} */
const Module = require('node:module');

const METHODS = ['checkProcessedAndRecord', 'removeProcessed', 'getProcessedDataCount'];
const file = String(process.env.STORE_TIMES);
const load = Module._load;

/** @param {any} prototype of n8n's helper */
function time(prototype) {
	if (prototype.isTimed) return;
	prototype.isTimed = true;
	for (const name of METHODS) {
		const original = prototype[name];
		/** @param {unknown[]} given */
		prototype[name] = async function (...given) {
			const begun = performance.now();
			try {
				return await original.apply(this, given);
			} finally {
				appendFileSync(file, `${JSON.stringify({ name, ms: performance.now() - begun })}\n`);
			}
		};
	}
}

/**
 * @param {string} request
 * @param {unknown[]} rest
 */
Module._load = function (request, ...rest) {
	const loaded = load.call(this, request, ...rest);
	if (/deduplication-helper(\.js)?$/.test(request) && loaded.DeduplicationHelper) {
		time(loaded.DeduplicationHelper.prototype);
	}
	return loaded;
};
