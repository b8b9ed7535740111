import type { INodeProperties } from 'n8n-workflow';

import { parameter, type Field } from './field';
import type { Media } from './media/media';
import { readFile, readUrl } from './media/read';
import { fromFile, fromUrl, NOT_FOR_AGENTS } from './media/source';
import { VIDEO } from './media/videoFile';

const URL_LABEL = 'Video URL';
const FILE_LABEL = 'Input Data Field Name';

const LIMITS = 'MP4 or MOV, 3 to 15 seconds, 720 to 2160 px wide, up to 200 MB';

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
		description: `Public web address of the input video: ${LIMITS}. A data:video URL works too, it is uploaded first.`,
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
		description: `The input video: ${LIMITS}. It is uploaded to Segmind first, one video at a time; for that the node needs up to 2.4 times its size in memory.`,
	},
];

/** The video that a new one follows. */
export const video: Field<Media> = {
	name: 'videoSource',
	api: { name: 'video_url', form: { type: 'string', format: 'uri' }, isRequired: true },
	properties,
	async read(source) {
		// Hidden from AI agents, which have URLs only.
		if (parameter(source, 'videoSource', 'url') === 'binary') {
			return await readFile([VIDEO], source, FILE_LABEL, parameter(source, 'videoBinaryField'));
		}
		return readUrl(VIDEO, URL_LABEL, parameter(source, 'videoUrl'));
	},
	toApi: (media, place) => place(media),
};

/** The video that is changed: the result is as long, and whole seconds are billed. */
export const editedVideo: Field<Media> = {
	...video,
	isPriced: true,
	length: {
		seconds: (media) =>
			media.kind === 'local' && media.seconds !== undefined ? Math.round(media.seconds) : undefined,
	},
};
