const { mkdirSync } = require('node:fs');
const { homedir } = require('node:os');
const { join } = require('node:path');

/**
 * The folder that holds the installed n8n versions. It lies outside the working tree, so that a second clone or a
 * `git clean` does not cost minutes.
 */
function cacheFolder() {
	const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
	const folder = join(base, 'n8n-nodes-segmind-kling');
	mkdirSync(folder, { recursive: true });
	return folder;
}

module.exports = { cacheFolder };
