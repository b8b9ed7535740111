import type { INodeProperties } from 'n8n-workflow';

import { LIMITS } from '../model';
import { LABELS } from './labels';

const inMulti = { shotMode: ['multi'] };

const durations = Array.from({ length: LIMITS.longest - LIMITS.shortest + 1 }, (_, index) => {
	const seconds = String(LIMITS.shortest + index);
	return { name: seconds, value: seconds };
});

/** How long a single shot is; segments have durations of their own. */
export const durationField: INodeProperties = {
	displayName: 'Duration (Seconds)',
	name: 'duration',
	type: 'options',
	options: durations,
	default: '5',
	displayOptions: { show: { shotMode: ['single'] } },
	description: 'Length of the video in seconds. Every second is charged.',
};

/** One shot or a storyboard. */
export const shotFields: INodeProperties[] = [
	{
		displayName: 'Shots',
		name: 'shotMode',
		type: 'options',
		options: [
			{ name: 'Single', value: 'single', description: 'One continuous shot' },
			{
				name: 'Multiple',
				value: 'multi',
				description: 'A storyboard: up to six segments, each with its own prompt and duration',
			},
		],
		default: 'single',
		description: 'One continuous shot, or a storyboard of up to six segments',
	},
	{
		displayName: 'Define Segments',
		name: 'multiPromptSource',
		type: 'options',
		options: [
			{ name: 'Using Fields Below', value: 'fields' },
			{
				name: 'Using JSON',
				value: 'json',
				description: 'A list of prompts and durations, for example from an AI model',
			},
		],
		default: 'fields',
		hint: `Up to ${LIMITS.segments} segments, together ${LIMITS.shortest} to ${LIMITS.longest} seconds`,
		displayOptions: { show: inMulti },
	},
	{
		displayName: LABELS.multiPrompt,
		name: 'multiPrompt',
		type: 'fixedCollection',
		typeOptions: {
			multipleValues: true,
			multipleValueButtonText: 'Add Segment',
			sortable: true,
			maxAllowedFields: LIMITS.segments,
		},
		default: { segments: [{ prompt: '', duration: 3 }] },
		placeholder: 'Add Segment',
		displayOptions: { show: { ...inMulti, multiPromptSource: ['fields'] } },
		description:
			'The segments in the order of the video. Together they last 3 to 15 seconds, and every second is charged.',
		options: [
			{
				displayName: 'Segment',
				name: 'segments',
				values: [
					{
						displayName: 'Prompt',
						name: 'prompt',
						type: 'string',
						typeOptions: { rows: 2 },
						default: '',
						placeholder: 'e.g. The camera rises above the summit',
						description: 'What happens in this segment, up to 512 characters',
					},
					{
						displayName: 'Duration (Seconds)',
						name: 'duration',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: LIMITS.longest, numberPrecision: 0 },
						default: 3,
						description: 'Length of this segment in whole seconds',
					},
				],
			},
		],
	},
	{
		displayName: LABELS.multiPromptJson,
		name: 'multiPromptJson',
		type: 'json',
		default:
			'[\n  { "prompt": "Clouds drift past the summit", "duration": 5 },\n  { "prompt": "The sun sets behind the peaks", "duration": 5 }\n]',
		displayOptions: { show: { ...inMulti, multiPromptSource: ['json'] } },
		description:
			'An array of 1 to 6 objects with prompt and duration (whole seconds). Together they last 3 to 15 seconds.',
	},
];
