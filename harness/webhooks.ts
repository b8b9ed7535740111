import type { Workflow } from './types';

interface Webhook {
	path: string;
	method: string;
}

/**
 * Whether n8n answers at the production webhooks of these workflows. It is asked by a CORS preflight, which runs
 * nothing, and to which n8n names the methods it knows at a path.
 *
 * Both after the start and after a workflow was published, because 2.x registers webhooks in the background.
 */
export async function webhooksAnswer(url: string, workflows: Workflow[]): Promise<boolean> {
	const answers = await Promise.all(
		webhooksOf(workflows).map(async ({ path, method }) => {
			const { headers } = await fetch(`${url}/webhook/${path}`, {
				method: 'OPTIONS',
				headers: { origin: url, 'access-control-request-method': method },
			});
			return (headers.get('access-control-allow-methods') ?? '').includes(method);
		}),
	);
	return answers.every(Boolean);
}

/** Paths with parameters cannot be asked for and are left out. */
function webhooksOf(workflows: Workflow[]): Webhook[] {
	return workflows
		.filter(({ active }) => active)
		.flatMap(({ nodes }) => nodes)
		.filter(({ type, disabled }) => type === 'n8n-nodes-base.webhook' && !disabled)
		.map(({ parameters }) => ({
			path: String(parameters.path),
			method: String(parameters.httpMethod ?? 'GET'),
		}))
		.filter(({ path }) => !path.includes(':'));
}
