import type { INodeProperties } from 'n8n-workflow';

import { IMAGE_FORM } from './media/imageFile';
import { MEGABYTE } from './media/media';
import { VIDEO_LIMITS } from './media/videoFile';

export const ASSET_FIELD = 'binaryField';

/** Its label in the panel and in messages. */
export const ASSET_LABEL = 'Input Data Field Name';

export const assetFields: INodeProperties[] = [
	{
		displayName: ASSET_LABEL,
		name: ASSET_FIELD,
		type: 'string',
		typeOptions: { binaryDataProperty: true },
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		displayOptions: { show: { resource: ['asset'], operation: ['upload'] } },
		hint: 'The name of the input field containing the file',
		description: `An image (${IMAGE_FORM}) or a video (MP4 or MOV, up to ${VIDEO_LIMITS.size / MEGABYTE} MB). The same file is uploaded only once per run.`,
	},
];
