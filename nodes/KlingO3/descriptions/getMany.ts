import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { MODEL_FAMILY } from '../model';
import { LABELS } from './labels';
import { OPTIONS } from './options';

const filters: INodeProperties[] = [
	{
		displayName: LABELS.createdAfter,
		name: 'createdAfter',
		type: 'dateTime',
		default: '',
		description:
			"Only videos that were started at this time or later. Without it, those of the last 7 days, also with Return All. A time without a timezone is one of the workflow's timezone.",
	},
	{
		displayName: LABELS.createdBefore,
		name: 'createdBefore',
		type: 'dateTime',
		default: '',
		description: 'Only videos that were started before this time',
	},
	{
		displayName: LABELS.model,
		name: 'model',
		type: 'string',
		default: MODEL_FAMILY,
		placeholder: `e.g. ${MODEL_FAMILY}-image2video`,
		description:
			'Only requests to models with this text in their name. Without it, all Kling O3 models. Empty for every model of the account.',
	},
	{
		displayName: LABELS.status,
		name: 'status',
		type: 'options',
		options: [
			{ name: 'Completed', value: 'COMPLETED', description: 'The video is done' },
			{ name: 'Failed', value: 'FAILED', description: 'No video, and nothing was charged' },
			{ name: 'Pending', value: 'PENDING', description: 'The video is being made' },
		],
		default: 'COMPLETED',
		description: 'Only videos that stand like this',
	},
];

/** Which videos are listed. */
export const getManyFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['video'], operation: ['getMany'] } },
	[
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: LABELS.limit,
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1, numberPrecision: 0 },
			default: 50,
			displayOptions: { show: { returnAll: [false] } },
			description: 'Max number of results to return',
		},
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			description: 'Without filters: the Kling O3 videos of the last 7 days',
			options: filters,
		},
		OPTIONS.simplify,
	],
);
