/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Workflow } from '../../../harness/run/n8n';
import type { TestService } from './service';

export const EXAMPLES = join(__dirname, '../../../examples');

/** File names of all examples. */
export function exampleFiles(): string[] {
	return readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
}

/**
 * An example as it is in the repository, but with pictures and videos that the sandbox can fetch.
 * @param active published, so that its webhooks and forms answer
 */
export function readExample(
	file: string,
	{ imageUrl, videoUrl }: Pick<TestService, 'imageUrl' | 'videoUrl'>,
	active = false,
): Workflow {
	const text = readFileSync(join(EXAMPLES, file), 'utf8');
	const workflow = JSON.parse(
		text
			.replace(/https:\/\/[^'"\s]+\.png/g, imageUrl)
			.replace(/https:\/\/[^'"\s]+\.mp4/g, videoUrl),
	) as Workflow;
	return { ...workflow, active };
}

/** @throws when the workflow has no node with this name */
export function nodeOf(workflow: Workflow, name: string): Workflow['nodes'][number] {
	const found = workflow.nodes.find((node) => node.name === name);
	if (!found) throw new Error(`"${workflow.name}" has no node "${name}".`);
	return found;
}
