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

/** Set in sub-workflows that the node itself makes for Park While Waiting, never by a person. */
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
	shownFor(forOperations('get'), parkedField),
	shownFor(forOperations('generate', 'get'), downloadField),
	...listingFields,
	...videoOptions(models),
];
