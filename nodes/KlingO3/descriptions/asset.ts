import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { imageFileField } from './image';

/** The image to upload. */
export const assetFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['asset'], operation: ['upload'] } },
	[imageFileField],
);
