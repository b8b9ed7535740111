import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { invalid, parameter, type Field } from './field';
import { IMAGE } from './media/imageFile';
import { LIST_FORM, readImages } from './media/list';
import type { Media } from './media/media';
import { readUrl } from './media/read';
import { isObject } from './text';

/** A character or a thing in the video. */
export interface Element {
	frontal: Media;
	references: Media[];
}

/** Limits. Source: the models' pages on Segmind. */
export const ELEMENT_LIMITS = { elements: 10, references: 3 };

const LABEL = 'Elements';
const FRONTAL_LABEL = 'Frontal Image URL';
const REFERENCES_LABEL = 'Reference Image URLs';

const properties: INodeProperties[] = [
	{
		displayName: LABEL,
		name: 'elements',
		type: 'fixedCollection',
		typeOptions: {
			multipleValues: true,
			multipleValueButtonText: 'Add Element',
			sortable: true,
			maxAllowedFields: ELEMENT_LIMITS.elements,
		},
		default: {},
		placeholder: 'Add Element',
		hint: 'Kling takes up to 4 elements and reference images together, Segmind lists 10',
		description:
			'Characters or things to put into the video. The prompt names the first one @Element1.',
		options: [
			{
				displayName: 'Element',
				name: 'element',
				values: [
					{
						displayName: FRONTAL_LABEL,
						name: 'frontalImageUrl',
						type: 'string',
						default: '',
						placeholder: 'e.g. https://example.com/person.png',
						description:
							'Public web address of an image that shows it from the front. A data:image URL works too.',
					},
					{
						displayName: REFERENCES_LABEL,
						name: 'referenceImageUrls',
						type: 'string',
						default: '',
						placeholder: 'e.g. https://example.com/side.png, https://example.com/back.png',
						description: `Up to ${ELEMENT_LIMITS.references} more images of it, from other sides. ${LIST_FORM}.`,
					},
				],
			},
		],
	},
];

function readElement(entry: unknown, number: number): Outcome<Element> {
	const { frontalImageUrl, referenceImageUrls } = isObject(entry) ? entry : {};
	const name = `Element ${number}`;
	const frontal = readUrl(IMAGE, `${name}: ${FRONTAL_LABEL}`, frontalImageUrl);
	if (!frontal.ok) return frontal;
	const label = `${name}: ${REFERENCES_LABEL}`;
	const references = readImages(label, referenceImageUrls);
	if (!references.ok) return references;
	if (references.value.length > ELEMENT_LIMITS.references) {
		return invalid(
			`${label} has ${references.value.length} images; Segmind takes up to ${ELEMENT_LIMITS.references}`,
		);
	}
	return success({ frontal: frontal.value, references: references.value });
}

/** An empty list is not sent. */
export const elements: Field<Element[]> = {
	name: 'elements',
	api: {
		name: 'elements',
		form: {
			type: 'array',
			maxItems: ELEMENT_LIMITS.elements,
			items: {
				type: 'object',
				properties: {
					frontal_image_url: { type: 'string', format: 'uri' },
					reference_image_urls: {
						type: 'array',
						maxItems: ELEMENT_LIMITS.references,
						items: { type: 'string', format: 'uri' },
					},
				},
			},
		},
	},
	properties,
	read(source) {
		const entries = parameter(source, 'elements.element', []);
		if (!Array.isArray(entries)) return invalid(`${LABEL} is not a list`);
		if (entries.length > ELEMENT_LIMITS.elements) {
			return invalid(
				`${LABEL} has ${entries.length} elements; Segmind takes up to ${ELEMENT_LIMITS.elements}`,
			);
		}
		const read: Element[] = [];
		for (const [index, entry] of entries.entries()) {
			const element = readElement(entry, index + 1);
			if (!element.ok) return element;
			read.push(element.value);
		}
		return success(read);
	},
	toApi(list, place) {
		if (list.length === 0) return undefined;
		return list.map(({ frontal, references }) => ({
			frontal_image_url: place(frontal),
			...(references.length > 0 && { reference_image_urls: references.map(place) }),
		}));
	},
};
