import type { INodeProperties } from 'n8n-workflow';

export const ASSET_FIELD = 'binaryField';

/** Its label, for what is said of it. */
export const ASSET_LABEL = 'Input Data Field Name';

/** The file to upload. */
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
		description:
			'An image (JPEG, PNG or WebP, up to 10 MB, at least 300 px on each side) or a video (MP4 or MOV, up to 200 MB). The same file is uploaded only once per run.',
	},
];
