import { success } from '../../../segmind/outcome';
import { NOT_FOR_AGENTS } from '../media/source';
import type { Option } from './option';

export const outputBinaryField: Option<string> = {
	property: {
		displayName: 'Put Output File in Field',
		name: 'outputBinaryField',
		type: 'string',
		default: 'data',
		displayOptions: NOT_FOR_AGENTS,
		hint: 'The name of the output field to put the video file in',
	},
	operations: ['generate', 'get'],
	absent: 'data',
	read: (value) => success(String(value ?? '').trim() || 'data'),
};
