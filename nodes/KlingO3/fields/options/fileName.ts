import { success } from '../../../segmind/outcome';
import { NOT_FOR_AGENTS } from '../media/source';
import type { Option } from './option';

/** If empty, the file is named after the request. */
export const fileName: Option<string> = {
	property: {
		displayName: 'File Name',
		name: 'fileName',
		type: 'string',
		default: '',
		placeholder: 'e.g. mountain.mp4',
		displayOptions: NOT_FOR_AGENTS,
		description: 'Name of the video file. By default kling-o3-[request ID].mp4.',
	},
	operations: ['generate', 'get'],
	absent: '',
	read: (value) => success(String(value ?? '').trim()),
};
