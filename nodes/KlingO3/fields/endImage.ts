import type { INodeProperties } from 'n8n-workflow';

import { success } from '../../segmind/outcome';
import { parameter, type Field } from './field';
import { IMAGE, IMAGE_FORM } from './media/imageFile';
import type { Media } from './media/media';
import { readFile, readUrl } from './media/read';
import { FOR_AGENTS, fromFile, fromUrl, NOT_FOR_AGENTS } from './media/source';

const URL_LABEL = 'End Image URL';
const FILE_LABEL = 'End Image Data Field Name';

const source: INodeProperties = {
	displayName: 'End Image',
	name: 'endImageSource',
	type: 'options',
	options: [{ name: 'None', value: 'none' }, fromUrl('An image'), fromFile('An image')],
	default: 'none',
	displayOptions: NOT_FOR_AGENTS,
	description: 'An image that the video ends with. It moves from the first image to this one.',
};

const properties: INodeProperties[] = [
	source,
	{
		...source,
		options: [{ name: 'None', value: 'none' }, fromUrl('An image')],
		displayOptions: FOR_AGENTS,
	},
	{
		displayName: URL_LABEL,
		name: 'endImageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/mountain-at-night.jpg',
		displayOptions: { show: { endImageSource: ['url'] } },
		description: 'Public web address of the last frame. A data:image URL works too.',
	},
	{
		displayName: FILE_LABEL,
		name: 'endImageBinaryField',
		type: 'string',
		typeOptions: { binaryDataProperty: true },
		required: true,
		default: 'endImage',
		placeholder: 'e.g. endImage',
		displayOptions: { show: { endImageSource: ['binary'] } },
		hint: 'The name of the input field containing the end image file',
		description: `The last frame: ${IMAGE_FORM}`,
	},
];

/** The last frame, if there is one. */
export const endImage: Field<Media | undefined> = {
	name: 'endImageSource',
	api: { name: 'end_image_url', form: { type: 'string', format: 'uri' } },
	properties,
	async read(from) {
		const chosen = parameter(from, 'endImageSource', 'none');
		if (chosen === 'none') return success(undefined);
		if (chosen === 'binary') {
			return await readFile([IMAGE], from, FILE_LABEL, parameter(from, 'endImageBinaryField'));
		}
		return readUrl(IMAGE, URL_LABEL, parameter(from, 'endImageUrl'));
	},
	toApi: (media, place) => media && place(media),
};
