import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { getManyFields } from './getMany';
import { endImageFields, imageFields } from './image';
import { LABELS } from './labels';
import { optionsOf } from './options';
import { priceNotices } from './price';
import { requestIdField } from './requestId';
import { durationField, shotFields } from './shots';

const shownFor = (...operations: string[]) => ({
	show: { resource: ['video'], operation: operations },
});

const promptField: INodeProperties = {
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	placeholder: 'e.g. Clouds drift past the summit while the camera slowly rises',
	description:
		'The motion to create from the image, up to 2,500 characters. With several shots each segment has a prompt of its own besides.',
};

const priceFields: INodeProperties[] = [
	{
		displayName: LABELS.mode,
		name: 'mode',
		type: 'options',
		options: [
			{ name: 'Pro', value: 'pro', description: 'Higher quality' },
			{ name: 'Standard', value: 'std', description: 'Faster and cheaper' },
		],
		default: 'pro',
		description: 'The quality of the video',
	},
	{
		displayName: 'Generate Audio',
		name: 'generateAudio',
		type: 'boolean',
		default: false,
		description: 'Whether to create sound that fits the video. Costs $0.07 more per second.',
	},
];

const downloadField: INodeProperties = {
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	// A file never reaches an AI agent, which gets the URL.
	displayOptions: { show: { '@tool': [false] } },
	description:
		'Whether to download the video as a binary file. When disabled, only its URL is returned, which works for 7 days.',
};

const requestFields: INodeProperties[] = [
	requestIdField,
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait until the video is done. When disabled, a video that is not done yet gives an item with its status and no file.',
	},
];

/**
 * What a submit is made of; an estimate needs the part that decides the price. What most videos need
 * comes first, and the price right after what decides it; storyboards and end images are rare.
 */
export const videoFields: INodeProperties[] = [
	...updateDisplayOptions(shownFor('generate', 'start'), [...imageFields, promptField]),
	...updateDisplayOptions(shownFor('generate', 'start', 'estimateCost'), [
		durationField,
		...priceFields,
		...priceNotices,
		...shotFields,
	]),
	...updateDisplayOptions(shownFor('generate', 'start'), endImageFields),
	...updateDisplayOptions(shownFor('get'), requestFields),
	...updateDisplayOptions(shownFor('generate', 'get'), [downloadField]),
	...getManyFields,
	optionsOf(
		['generate'],
		[
			'apiVersion',
			'checkBalance',
			'concurrency',
			'extraBody',
			'fileName',
			'maxCostPerRun',
			'maxCostPerVideo',
			'maxWait',
			'outputBinaryField',
			'resubmitUnknown',
			'retrySubmitOnServerError',
			'reuseUndelivered',
			'shotType',
			'simplify',
		],
	),
	optionsOf(
		['start'],
		[
			'checkBalance',
			'concurrency',
			'extraBody',
			'maxCostPerRun',
			'maxCostPerVideo',
			'resubmitUnknown',
			'retrySubmitOnServerError',
			'reuseUndelivered',
			'shotType',
		],
	),
	optionsOf(['get'], ['concurrency', 'fileName', 'maxWait', 'outputBinaryField', 'simplify']),
];
