/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** The demo's workflow, started by hand, with or without our node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Workflow, WorkflowNode } from '../../../harness/run/n8n';

const DEMO = join(__dirname, '../../../demo');
export const FILES = join(DEMO, 'assets');
export const READER = 'Read File';
export const NODE = 'Make Video';

const START: WorkflowNode = {
	id: '0b3f2a64-6c0e-4d0e-9d7e-1f5a0c1d0005',
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [220, 0],
	parameters: {},
};

/** @param file in demo/assets */
function demo(file = 'mountain.jpg'): {
	reader: WorkflowNode;
	kling: WorkflowNode;
	base: Workflow;
} {
	const base = JSON.parse(readFileSync(join(DEMO, 'workflow.json'), 'utf8')) as Workflow;
	const named = (wanted: string) => base.nodes.find(({ name }) => name === wanted)!;
	const reader = named(READER);
	const fileSelector = join(FILES, file);
	return {
		base,
		reader: { ...reader, parameters: { ...reader.parameters, fileSelector } },
		kling: named(NODE),
	};
}

const link = (to: string) => ({ main: [[{ node: to, type: 'main', index: 0 }]] });

/** Reads a picture, and goes no further. */
export function withoutKling(): Workflow {
	const { base, reader } = demo();
	const nodes = [{ ...START, position: [-40, 0] }, reader];
	return { ...base, name: 'Read a picture', nodes, connections: { Start: link(READER) } };
}

/** Our node alone, with these parameters. */
export function withKling(parameters: WorkflowNode['parameters']): Workflow {
	const { base, kling } = demo();
	const nodes = [START, { ...kling, parameters }];
	return { ...base, name: 'Make a video', nodes, connections: { Start: link(NODE) } };
}

export const LIST = 'Products';

/** Our node with these parameters, behind a node that makes so many items. */
export function withItems(count: number, parameters: WorkflowNode['parameters']): Workflow {
	const { base, kling } = demo();
	const list: WorkflowNode = {
		id: '0b3f2a64-6c0e-4d0e-9d7e-1f5a0c1d0006',
		name: LIST,
		type: 'n8n-nodes-base.debugHelper',
		typeVersion: 1,
		position: [220, 0],
		parameters: { category: 'randomData', randomDataType: 'uuid', randomDataCount: count },
	};
	const nodes: WorkflowNode[] = [{ ...START, position: [-40, 0] }, list, { ...kling, parameters }];
	const connections = { Start: link(LIST), [LIST]: link(NODE) };
	return { ...base, name: 'Many videos', nodes, connections };
}

/** A file in, a video out. */
function withFile(file: string, name: string, parameters: WorkflowNode['parameters']): Workflow {
	const { base, reader, kling } = demo(file);
	const nodes = [{ ...START, position: [-40, 0] }, reader, { ...kling, parameters }];
	return { ...base, name, nodes, connections: { Start: link(READER), [READER]: link(NODE) } };
}

/** A picture in, a video out, as the demo has it but for these parameters. */
export const withPicture = (parameters: WorkflowNode['parameters'] = {}): Workflow =>
	withFile('mountain.jpg', 'Animate a picture', { ...demo().kling.parameters, ...parameters });

/** A video in, which our node with these parameters gets. */
export const withFilm = (parameters: WorkflowNode['parameters']): Workflow =>
	withFile('lake.mp4', 'Change a video', parameters);
