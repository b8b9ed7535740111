/** What a child process needs of this machine. Everything else would only make runs differ from each other. */
const MACHINE = [
	...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TERM'],
	...[
		'TMPDIR',
		'TEMP',
		'TMP',
		'XDG_CACHE_HOME',
		'APPDATA',
		'LOCALAPPDATA',
		'SYSTEMROOT',
		'USERPROFILE',
	],
	...[
		'HTTP_PROXY',
		'HTTPS_PROXY',
		'NO_PROXY',
		'NODE_EXTRA_CA_CERTS',
		'SSL_CERT_FILE',
		'SSL_CERT_DIR',
	],
	...['CC', 'CXX', 'PYTHON'],
];

/** npm's settings that say where packages come from. The rest of a parent `npm run` (ignore-scripts…) must not leak. */
const NPM = [
	...[
		'REGISTRY',
		'USERCONFIG',
		'GLOBALCONFIG',
		'CACHE',
		'CAFILE',
		'CA',
		'STRICT_SSL',
		'PROXY',
		'HTTPS_PROXY',
	],
	...['NOPROXY', 'PYTHON'],
].map((name) => `NPM_CONFIG_${name}`);

/**
 * @param {string[]} names
 * @returns {NodeJS.ProcessEnv}
 */
function pick(names) {
	const wanted = new Set(names);
	return Object.fromEntries(
		Object.entries(process.env).filter(([name]) => wanted.has(name.toUpperCase())),
	);
}

/**
 * Environment of an n8n process. An allow-list: jest's `NODE_ENV=test`, a developer's own `N8N_*` variables and a real
 * `SEGMIND_API_KEY` all stay out.
 */
function machineEnvironment() {
	return pick(MACHINE);
}

/** Environment of an npm process that must not inherit the settings of the `npm run` it is started from. */
function npmEnvironment() {
	return pick([...MACHINE, ...NPM]);
}

module.exports = { machineEnvironment, npmEnvironment };
