import type { INodeProperties } from 'n8n-workflow';

import { NOT_FOR_AGENTS } from '../fields/media/source';
import type { Model } from '../models/model';
import { modelFields, shownFor } from './fields';
import { modelField } from './model';
import { videoOptions } from './options';

const forOperations = (...operation: string[]) => ({ resource: ['video'], operation });

/** Get knows a video by this alone. */
export const REQUEST_ID_LABEL = 'Request ID';

const requestFields: INodeProperties[] = [
	{
		displayName: REQUEST_ID_LABEL,
		name: 'requestId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 3b241101-e2bb-4255-8caf-4136c566a962',
		description: 'The requestId from the output, or from the error, of Start or Generate',
	},
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait until the video is done. When disabled, a video that is not done yet gives an item with its status and no file.',
	},
];

const downloadField: INodeProperties = {
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	// A file never reaches an AI agent, which gets the URL.
	displayOptions: NOT_FOR_AGENTS,
	description:
		'Whether to download the video as a binary file. When disabled, only its URL is returned, which works for 7 days.',
};

/** What a submit is made of; an estimate needs the part that decides the price. */
export const videoFields = (models: Model[]): INodeProperties[] => [
	modelField(models),
	...modelFields(models),
	...requestFields.map((field) => shownFor(forOperations('get'), field)),
	shownFor(forOperations('generate', 'get'), downloadField),
	...videoOptions(models),
];
