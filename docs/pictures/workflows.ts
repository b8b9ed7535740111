/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** The demo's workflow, changed so that the editor's own button runs it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workflow, WorkflowNode } from '../../harness/n8n';

const DEMO = join(__dirname, '..', '..', 'demo');
export const IMAGE = join(DEMO, 'assets', 'mountain.jpg');
export const NODE = 'Animate Picture';

const NOTE =
	'## Picture in, video out\nn8n reads a picture, **Segmind Kling O3** uploads it, orders the video, waits for it ' +
	"and puts the MP4 into the item's binary field `data`.\n\nEvery run orders a video, and that costs money.";

const STORYBOARD = {
	prompt: 'An evening at a mountain lake, calm and cinematic',
	shotMode: 'multi',
	multiPromptSource: 'fields',
	multiPrompt: {
		segments: [
			{ prompt: 'The camera glides low over the water towards the mountain', duration: 3 },
			{ prompt: 'Clouds drift past the summit while the last light fades', duration: 4 },
			{ prompt: 'The camera rises until the whole valley lies below', duration: 3 },
		],
	},
};

/** One picture, one shot, started by hand. */
export function singleShot(): Workflow {
	return fromDemo('Animate a picture', {});
}

/** One picture, three shots, started by hand. */
export function storyboard(): Workflow {
	return fromDemo('Film a storyboard', STORYBOARD);
}

function fromDemo(name: string, parameters: Record<string, unknown>): Workflow {
	const demo = JSON.parse(readFileSync(join(DEMO, 'workflow.json'), 'utf8')) as Workflow;
	const trigger: WorkflowNode = {
		id: '0b3f2a64-6c0e-4d0e-9d7e-1f5a0c1d0005',
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [-40, 0],
		parameters: {},
	};
	const [note, , reader, kling] = demo.nodes;
	return {
		...demo,
		name,
		nodes: [
			// Sized for the text, so that the whole workflow fits the canvas.
			{
				...note,
				position: [-80, -240],
				parameters: { ...note.parameters, content: NOTE, height: 180 },
			},
			trigger,
			{ ...reader, parameters: { ...reader.parameters, fileSelector: IMAGE } },
			{ ...kling, parameters: { ...kling.parameters, ...parameters } },
		],
		connections: {
			Start: { main: [[{ node: reader.name, type: 'main', index: 0 }]] },
			[reader.name]: { main: [[{ node: kling.name, type: 'main', index: 0 }]] },
		},
	};
}
