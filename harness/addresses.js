const { execFile } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { promisify } = require('node:util');
const { npmEnvironment } = require('./environment');

/**
 * Adds to a lockfile where the registry that npm is set up for keeps each package. Without that, npm asks for the list of
 * all versions of each package to learn it: twice the requests, and a third more of processor time for n8n.
 * The checksums in the lockfile hold as before.
 * @param {string} lockfile
 */
async function addAddresses(lockfile) {
	const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], {
		...{ env: npmEnvironment(), shell: process.platform === 'win32' },
	});
	const registry = new URL(stdout.trim()).href.replace(/\/*$/, '/');
	const content = JSON.parse(readFileSync(lockfile, 'utf8'));
	for (const [path, entry] of Object.entries(content.packages)) {
		if (!path || entry.link || entry.resolved) continue;
		const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 13);
		entry.resolved = `${registry}${name}/-/${name.split('/').at(-1)}-${entry.version}.tgz`;
	}
	writeFileSync(lockfile, JSON.stringify(content, undefined, '\t'));
}

module.exports = { addAddresses };
