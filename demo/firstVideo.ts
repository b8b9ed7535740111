/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The workflow that `--open` opens: two nodes, run with the editor's own button. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workflow } from '../harness/n8n';
import type { Model } from '../nodes/KlingO3/models/model';
import { inputOf, setModel } from './orders';

const KLING = 'Segmind Kling O3';

/** @param samples address of the sandbox's samples */
export function firstVideo(model: Model, samples: string): Workflow {
	const workflow = JSON.parse(
		readFileSync(join(__dirname, 'first-video.json'), 'utf8'),
	) as Workflow;
	const { input } = inputOf(model);
	const { source, url } = input?.field ?? {};
	setModel(workflow, KLING, model, {
		...(source && { [source]: 'url' }),
		...(url && { [url]: `${samples}/${input!.sample}` }),
	});
	return workflow;
}
