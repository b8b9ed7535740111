type Work = typeof import('./work');

let loaded: Promise<Work> | undefined;

/**
 * Loads the node's work, once. n8n loads the descriptions of all nodes when it starts, and many of these nodes are
 * never used.
 *
 * The module is kept: n8n forgets the modules of a package that is updated. A second copy would not know what was
 * sent for an account or which videos are running. A failure is not kept: nothing was sent by then, so the next
 * execution may retry.
 *
 * @throws Error of the module loader
 */
export async function work(): Promise<Work> {
	const loading = (loaded ??= import('./work'));
	loading.catch(() => (loaded = undefined));
	return await loading;
}
