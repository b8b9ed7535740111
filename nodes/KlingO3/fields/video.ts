import type { INodeProperties } from 'n8n-workflow';

import { parameter, type Field } from './field';
import type { Media } from './media/media';
import { readFile, readUrl } from './media/read';
import { fromFile, fromUrl, NOT_FOR_AGENTS } from './media/source';
import { VIDEO, VIDEO_FORM } from './media/videoFile';

const URL_LABEL = 'Video URL';
const FILE_LABEL = 'Input Data Field Name';

const properties: INodeProperties[] = [
	{
		displayName: 'Video Source',
		name: 'videoSource',
		type: 'options',
		options: [fromUrl('A video'), fromFile('A video')],
		default: 'url',
		displayOptions: NOT_FOR_AGENTS,
		description: 'Where the input video comes from',
	},
	{
		displayName: URL_LABEL,
		name: 'videoUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/video.mp4',
		displayOptions: { show: { videoSource: ['url'] } },
		description: `Public web address of the input video: ${VIDEO_FORM}. A data:video URL works too; the node uploads it first.`,
	},
	{
		displayName: FILE_LABEL,
		name: 'videoBinaryField',
		type: 'string',
		typeOptions: { binaryDataProperty: true },
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		displayOptions: { show: { videoSource: ['binary'] } },
		hint: 'The name of the input field containing the video file',
		description: `The input video: ${VIDEO_FORM}. The node uploads it to Segmind first, one video at a time. This needs up to 2.4 times its size in memory.`,
	},
];

/** The video that a new one follows. */
export const video: Field<Media> = {
	name: 'videoSource',
	api: { name: 'video_url', form: { type: 'string', format: 'uri' }, isRequired: true },
	properties,
	async read(source) {
		// AI agents do not have this choice: they have only URLs.
		if (parameter(source, 'videoSource', 'url') === 'binary') {
			return await readFile([VIDEO], source, FILE_LABEL, parameter(source, 'videoBinaryField'));
		}
		return readUrl(VIDEO, URL_LABEL, parameter(source, 'videoUrl'));
	},
	toApi: (media, place) => place(media),
};

/** The video to change. The result has the same length, and whole seconds are billed. */
export const editedVideo: Field<Media> = {
	...video,
	isPriced: true,
	length: {
		seconds: (media) =>
			media.kind === 'local' && media.seconds !== undefined ? Math.round(media.seconds) : undefined,
	},
};
