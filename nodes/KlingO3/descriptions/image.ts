import type { INodeProperties } from 'n8n-workflow';

import { LABELS } from './labels';

/** An image file of the input. */
export const imageFileField: INodeProperties = {
	displayName: LABELS.imageBinaryField,
	name: 'imageBinaryField',
	type: 'string',
	typeOptions: { binaryDataProperty: true },
	required: true,
	default: 'data',
	placeholder: 'e.g. data',
	hint: 'The name of the input field containing the image file',
	description:
		'The image: JPEG, PNG or WebP, up to 10 MB, at least 300 px on each side. It is uploaded to Segmind first; the same image is uploaded only once per run.',
};

/** Where the first frame comes from. */
export const imageFields: INodeProperties[] = [
	{
		displayName: 'Image Source',
		name: 'imageSource',
		type: 'options',
		options: [
			{ name: 'URL', value: 'url', description: 'An image on the web' },
			{ name: 'Binary File', value: 'binary', description: 'An image file from an earlier node' },
		],
		default: 'url',
		// An AI agent has no files to give.
		displayOptions: { show: { '@tool': [false] } },
		description: 'Where the image to animate comes from. It becomes the first frame of the video.',
	},
	{
		displayName: LABELS.imageUrl,
		name: 'imageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/mountain.jpg',
		displayOptions: { show: { imageSource: ['url'] } },
		description:
			'Public web address of the image: JPEG, PNG or WebP, up to 10 MB, at least 300 px on each side. A data:image URL works too, it is uploaded first.',
	},
	{ ...imageFileField, displayOptions: { show: { imageSource: ['binary'] } } },
];

const fromUrl = { name: 'URL', value: 'url', description: 'An image on the web' };

const fromFile = {
	name: 'Binary File',
	value: 'binary',
	description: 'An image file from an earlier node',
};

const endImageSource: INodeProperties = {
	displayName: 'End Image',
	name: 'endImageSource',
	type: 'options',
	options: [{ name: 'None', value: 'none' }, fromUrl, fromFile],
	default: 'none',
	description: 'An image that the video ends with. It moves from the first image to this one.',
};

/** Where the last frame comes from. */
export const endImageFields: INodeProperties[] = [
	{ ...endImageSource, displayOptions: { show: { '@tool': [false] } } },
	{
		...endImageSource,
		// An AI agent has no files to give.
		options: [{ name: 'None', value: 'none' }, fromUrl],
		displayOptions: { show: { '@tool': [true] } },
	},
	{
		displayName: LABELS.endImageUrl,
		name: 'endImageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/mountain-at-night.jpg',
		displayOptions: { show: { endImageSource: ['url'] } },
		description: 'Public web address of the last frame. A data:image URL works too.',
	},
	{
		displayName: LABELS.endImageBinaryField,
		name: 'endImageBinaryField',
		type: 'string',
		typeOptions: { binaryDataProperty: true },
		required: true,
		default: 'endImage',
		placeholder: 'e.g. endImage',
		hint: 'The name of the input field containing the end image file',
		description: 'The last frame: JPEG, PNG or WebP, up to 10 MB, at least 300 px on each side',
		displayOptions: { show: { endImageSource: ['binary'] } },
	},
];
