import type { INodeProperties } from 'n8n-workflow';

import { success } from '../../segmind/outcome';
import { invalid, parameter, type Field } from './field';

const RATIOS = ['16:9', '9:16', '1:1'];

const LABEL = 'Aspect Ratio';

const property: INodeProperties = {
	displayName: LABEL,
	name: 'aspectRatio',
	type: 'options',
	options: [
		{ name: 'Landscape (16:9)', value: '16:9', description: 'For screens and YouTube' },
		{ name: 'Portrait (9:16)', value: '9:16', description: 'For phones, Reels and Shorts' },
		{ name: 'Square (1:1)', value: '1:1', description: 'For feeds' },
	],
	default: '16:9',
	description: 'The shape of the video',
};

/** Width to height. */
export const aspectRatio: Field<string> = {
	name: 'aspectRatio',
	api: { name: 'aspect_ratio', form: { type: 'string', enum: RATIOS } },
	properties: [property],
	read(source) {
		const ratio = String(parameter(source, 'aspectRatio')).trim();
		if (RATIOS.includes(ratio)) return success(ratio);
		return invalid(`${LABEL} must be ${RATIOS.join(', ')}, not "${ratio}"`);
	},
	toApi: (ratio) => ratio,
};

/** For an edit. The result has the shape of the input video, but Segmind's page lists the field, so it is sent. */
export const aspectRatioOfEdit: Field<string> = {
	...aspectRatio,
	properties: [
		{
			...property,
			description: 'Segmind lists it for this model. The result has the shape of the input video.',
			hint: 'Kling ignores it in an edit',
		},
	],
};
