/** What n8n imports, and how it is started. */
import type { Log, N8nInstallation } from './install';

/** A workflow as n8n exports it; `id` is needed for the import. With `active: true` it is published. */
export interface Workflow {
	id: string;
	name: string;
	active?: boolean;
	nodes: WorkflowNode[];
	connections: object;
	settings?: object;
	[key: string]: unknown;
}

export interface WorkflowNode {
	name: string;
	type: string;
	disabled?: boolean;
	parameters: { [name: string]: unknown };
	[key: string]: unknown;
}

/** A credential with its data in the clear, as `n8n import:credentials` takes it. */
export interface Credential {
	id: string;
	name: string;
	type: string;
	data: { [field: string]: unknown };
}

export interface N8nOptions {
	installation: N8nInstallation;
	/** n8n keeps everything in `<userFolder>/.n8n`; it may be used again by a later start. */
	userFolder: string;
	/** @default a free one */
	port?: number;
	/** Added to, and stronger than, the settings of the harness. */
	env?: NodeJS.ProcessEnv;
	/** Our packed package (`buildAndPack`), unpacked before the start. */
	tarball?: string;
	credentials?: Credential[];
	workflows?: Workflow[];
	/** Folders, separated by `;`, from which the file nodes may read and write. @default the user folder */
	fileAccess?: string;
	/** @default 180 s */
	startTimeoutMs?: number;
	log?: Log;
}
