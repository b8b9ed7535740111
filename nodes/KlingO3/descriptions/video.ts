import type { INodeProperties } from 'n8n-workflow';

import { NOT_FOR_AGENTS } from '../fields/media/source';
import { listingFields } from '../fields/listing';
import { requestIdProperty } from '../fields/requestId';
import { shownFor } from '../fields/show';
import type { Model } from '../models/model';
import { modelFields } from './fields';
import { modelField } from './model';
import { videoOptions } from './options';

const forOperations = (...operation: string[]) => ({ resource: ['video'], operation });

const requestFields: INodeProperties[] = [
	requestIdProperty,
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait until the video is done. When disabled, a video that is not done yet gives an item with its status and no file.',
	},
];

/** Only the node itself sets it, in the sub-workflows that it makes for Park While Waiting. */
const parkedField: INodeProperties = {
	displayName: 'Parked',
	name: 'parked',
	type: 'hidden',
	default: '',
};

const downloadField: INodeProperties = {
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	// AI agents cannot receive files. They get the URL.
	displayOptions: NOT_FOR_AGENTS,
	description:
		'Whether to download the video as a binary file. When disabled, only its URL is returned, which works for 7 days.',
};

/** All fields of the Video resource. */
export const videoFields = (models: Model[]): INodeProperties[] => [
	modelField(models),
	...modelFields(models),
	...requestFields.map((field) => shownFor(forOperations('get'), field)),
	shownFor(forOperations('get'), parkedField),
	shownFor(forOperations('generate', 'get'), downloadField),
	...listingFields,
	...videoOptions(models),
];
