import type { INodeProperties } from 'n8n-workflow';

import { parameter, type Field } from './field';
import { IMAGE, IMAGE_FORM } from './media/imageFile';
import type { Media } from './media/media';
import { readFile, readUrl } from './media/read';
import { fromFile, fromUrl, NOT_FOR_AGENTS } from './media/source';

const URL_LABEL = 'Image URL';
const FILE_LABEL = 'Input Data Field Name';

const properties: INodeProperties[] = [
	{
		displayName: 'Image Source',
		name: 'imageSource',
		type: 'options',
		options: [fromUrl('An image'), fromFile('An image')],
		default: 'url',
		displayOptions: NOT_FOR_AGENTS,
		description: 'Where the image to animate comes from. It becomes the first frame of the video.',
	},
	{
		displayName: URL_LABEL,
		name: 'imageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/mountain.jpg',
		displayOptions: { show: { imageSource: ['url'] } },
		description: `Public web address of the image: ${IMAGE_FORM}. A data:image URL works too; the node uploads it first.`,
	},
	{
		displayName: FILE_LABEL,
		name: 'imageBinaryField',
		type: 'string',
		typeOptions: { binaryDataProperty: true },
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		displayOptions: { show: { imageSource: ['binary'] } },
		hint: 'The name of the input field containing the image file',
		description: `The image: ${IMAGE_FORM}. The node uploads it to Segmind first, and the same image only once per run.`,
	},
];

/** The first frame. */
export const image: Field<Media> = {
	name: 'imageSource',
	api: { name: 'image_url', form: { type: 'string', format: 'uri' }, isRequired: true },
	properties,
	async read(source) {
		// AI agents do not have this choice: they have only URLs.
		if (parameter(source, 'imageSource', 'url') === 'binary') {
			return await readFile([IMAGE], source, FILE_LABEL, parameter(source, 'imageBinaryField'));
		}
		return readUrl(IMAGE, URL_LABEL, parameter(source, 'imageUrl'));
	},
	toApi: (media, place) => place(media),
};
