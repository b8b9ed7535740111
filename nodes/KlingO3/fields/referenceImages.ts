import { parameter, type Field } from './field';
import { LIST_FORM, readImages } from './media/list';
import type { Media } from './media/media';

const LABEL = 'Reference Image URLs';

/** Pictures for style or scene. An empty list is not sent. */
export const referenceImages: Field<Media[]> = {
	name: 'referenceImageUrls',
	api: { name: 'image_urls', form: { type: 'array', items: { type: 'string', format: 'uri' } } },
	properties: [
		{
			displayName: LABEL,
			name: 'referenceImageUrls',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/style.png, https://example.com/scene.png',
			description: `Images for style or scene. The prompt names the first one @Image1. ${LIST_FORM}.`,
		},
	],
	read: (source) => readImages(LABEL, parameter(source, 'referenceImageUrls', '')),
	toApi: (images, place) => (images.length > 0 ? images.map(place) : undefined),
};
