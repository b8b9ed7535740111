/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The workflow that `--open` opens: two nodes, run with the editor's own button. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workflow } from '../harness/n8n';

const KLING = 'Segmind Kling O3';

/** @param image address of a picture, as the service can fetch it */
export function firstVideo(image: string): Workflow {
	const workflow = JSON.parse(
		readFileSync(join(__dirname, 'first-video.json'), 'utf8'),
	) as Workflow;
	workflow.nodes.find(({ name }) => name === KLING)!.parameters.imageUrl = image;
	return workflow;
}
