/**
 * How much of a result the output has: Simplify in the panel, and for an AI tool the three choices of n8n's
 * guidelines, because an agent's memory is short.
 */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { success } from '../../../segmind/outcome';
import { FOR_AGENTS } from '../media/source';
import { isTrue } from '../text';
import type { Option } from './option';
import { VIDEO_KEYS } from './outputKeys';

/** The keys of the output; `all`: everything that is known. */
export type Shape = 'simplified' | 'all' | string[];

type Output = 'simplified' | 'raw' | 'selectedFields';

const OUTPUTS: Output[] = ['simplified', 'raw', 'selectedFields'];

/** An agent always gets it, because the next steps need it. */
const ALWAYS = 'requestId';

export const DEFAULT_FIELDS = ['status', 'videoUrl'];

const WORDS: Record<string, string> = { Url: 'URL', Id: 'ID', Mime: 'MIME' };

/** `videoUrl` as the panel writes it: "Video URL". */
function titleOf(key: string): string {
	const words = key.replace(/[A-Z]/g, (letter) => ` ${letter}`).split(' ');
	return words
		.map((word) => word[0].toUpperCase() + word.slice(1))
		.map((word) => WORDS[word] ?? word)
		.join(' ');
}

/** @param keys that an agent can choose from */
export function outputProperties(keys: string[]): INodeProperties[] {
	const choices = keys
		.filter((key) => key !== ALWAYS)
		.map((key) => ({ name: titleOf(key), value: key }))
		.sort((one, other) => (one.name < other.name ? -1 : 1));
	return [
		{
			displayName: 'Output',
			name: 'output',
			type: 'options',
			options: [
				{ name: 'Raw', value: 'raw', description: 'Everything that is known' },
				{ name: 'Selected Fields', value: 'selectedFields', description: 'Only what you choose' },
				{ name: 'Simplified', value: 'simplified', description: 'What is needed most' },
			],
			default: 'simplified',
			displayOptions: FOR_AGENTS,
			description: 'How much of the result the agent gets',
		},
		{
			displayName: 'Output Fields',
			name: 'outputFields',
			type: 'multiOptions',
			options: choices,
			default: [...DEFAULT_FIELDS],
			displayOptions: { show: { ...FOR_AGENTS.show, output: ['selectedFields'] } },
			description: 'What the agent gets besides the request ID',
		},
	];
}

const readOutput = (value: unknown): Output =>
	OUTPUTS.find((known) => known === value) ?? 'simplified';

function readOutputFields(value: unknown): string[] {
	const keys: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(',');
	return keys.map((key) => String(key).trim()).filter(Boolean);
}

/** @param values n8n's values of Simplify and of these two fields; a missing one takes its default */
export function shapeOf(values: IDataObject, asTool: boolean): Shape {
	if (!asTool) return isTrue(values.simplify ?? true) ? 'simplified' : 'all';
	const chosen = readOutput(values.output);
	if (chosen !== 'selectedFields') return chosen === 'raw' ? 'all' : 'simplified';
	return [ALWAYS, ...readOutputFields(values.outputFields ?? DEFAULT_FIELDS)];
}

/** Keeps only the keys of the shape. */
export function shaped(all: IDataObject, shape: Shape, simple: string[]): IDataObject {
	if (shape === 'all') return all;
	const keys = shape === 'simplified' ? simple : shape;
	return Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));
}

const [property, fieldsProperty] = outputProperties(VIDEO_KEYS);

export const output: Option<Output> = {
	property,
	operations: ['generate', 'get'],
	absent: 'simplified',
	read: (value) => success(readOutput(value)),
};

export const outputFields: Option<string[]> = {
	property: fieldsProperty,
	operations: ['generate', 'get'],
	absent: DEFAULT_FIELDS,
	read: (value) => success(readOutputFields(value)),
};
