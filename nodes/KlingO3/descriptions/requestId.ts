import type { INodeProperties } from 'n8n-workflow';

import { LABELS } from './labels';

/** The video that Get fetches. It was plain text once: workflows that were saved then go on working. */
export const requestIdField: INodeProperties = {
	displayName: LABELS.requestId,
	name: 'requestId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The requestId from the output, or from the error, of Start or Generate',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a video...',
			hint: 'The videos of the last 31 days. A video of this minute may not be in the list yet.',
			typeOptions: { searchListMethod: 'searchVideos', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 3b241101-e2bb-4255-8caf-4136c566a962',
		},
	],
};
