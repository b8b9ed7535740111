/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { delimiter, dirname, join } from 'node:path';
import { machineEnvironment } from '../install/machine';
import type { Credential, Workflow } from '../drive/workflow';
import type { Log, N8nInstallation } from '../install';

export interface N8nOptions {
	installation: N8nInstallation;
	/** n8n keeps everything in `<userFolder>/.n8n`. A later start may use it again. */
	userFolder: string;
	/** @default a free one */
	port?: number;
	/** They override the settings of the harness. */
	env?: NodeJS.ProcessEnv;
	/** Our packed package (`buildAndPack`), unpacked before the start. */
	tarball?: string;
	credentials?: Credential[];
	workflows?: Workflow[];
	/** Folders, separated by `;`, that the file nodes may read and write. @default the user folder */
	fileAccess?: string;
	log?: Log;
}

/**
 * Settings of an isolated n8n: own folder and ports, no telemetry. By default, n8n keeps all executions, and makes an
 * encryption key in its folder.
 */
export function n8nSettings(
	{ userFolder, env, fileAccess, installation }: N8nOptions,
	port: number,
	brokerPort: number,
): NodeJS.ProcessEnv {
	const own: NodeJS.ProcessEnv = {
		...machineEnvironment(),
		HARNESS_LEADER_OF: String(process.pid),
		// n8n builds its editor in ~/.cache/n8n, so two versions at once would overwrite each other's files.
		HOME: userFolder,
		XDG_CACHE_HOME: join(userFolder, '.cache'),
		PATH: [dirname(installation.node), process.env.PATH].join(delimiter),
		NODE_ENV: 'production',
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_EDITOR_BASE_URL: `http://127.0.0.1:${port}/`,
		WEBHOOK_URL: `http://127.0.0.1:${port}/`,
		N8N_SECURE_COOKIE: 'false',
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_RESTRICT_FILE_ACCESS_TO: fileAccess ?? userFolder,
		N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
		EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'true',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		// This module fetches a list over the network at every start. 1.x does not start with an unknown module name.
		...(installation.version.startsWith('2.') && { N8N_DISABLED_MODULES: 'mcp-registry' }),
	};
	return { ...own, ...env };
}
