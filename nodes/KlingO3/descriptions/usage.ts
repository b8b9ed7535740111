import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { LABELS } from './labels';

/** The period that is summed up. */
export const usageFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['account'], operation: ['getUsage'] } },
	[
		{
			displayName: LABELS.from,
			name: 'from',
			type: 'dateTime',
			default: '',
			description:
				"Beginning of the period. When empty, the start of the month in which the period ends, in the workflow's timezone.",
		},
		{
			displayName: LABELS.to,
			name: 'to',
			type: 'dateTime',
			default: '',
			description:
				'End of the period. When empty, now. A date without a time of day counts as the whole day.',
		},
	],
);
