/** The types that n8n imports, and whether it answers at their webhooks. */

/** A workflow as n8n exports it. The import needs `id`, and publishes it with `active: true`. */
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

/** A credential with unencrypted data, as `n8n import:credentials` takes it. */
export interface Credential {
	id: string;
	name: string;
	type: string;
	data: { [field: string]: unknown };
}

/**
 * Whether n8n answers at the production webhooks of these workflows. A CORS preflight asks for this: it runs nothing,
 * and n8n answers with the methods that it knows at a path. It cannot ask for paths with parameters.
 *
 * Needed after the start and after a workflow was published, because 2.x registers webhooks in the background.
 */
export async function webhooksAnswer(url: string, workflows: Workflow[]): Promise<boolean> {
	const webhooks = workflows
		.filter(({ active }) => active)
		.flatMap(({ nodes }) => nodes)
		.filter(({ type, disabled }) => type === 'n8n-nodes-base.webhook' && !disabled)
		.map(({ parameters: { path, httpMethod = 'GET' } }) => [String(path), String(httpMethod)])
		.filter(([path]) => !path.includes(':'));
	const answers = webhooks.map(async ([path, method]) => {
		const { headers } = await fetch(`${url}/webhook/${path}`, {
			method: 'OPTIONS',
			headers: { origin: url, 'access-control-request-method': method },
		});
		return (headers.get('access-control-allow-methods') ?? '').includes(method);
	});
	return (await Promise.all(answers)).every(Boolean);
}
