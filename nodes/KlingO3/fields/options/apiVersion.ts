import { success } from '../../../segmind/outcome';
import type { Option } from './option';

/** Asynchronous or synchronous. */
export const apiVersion: Option<'v1' | 'v2'> = {
	property: {
		displayName: 'API Version',
		name: 'apiVersion',
		type: 'options',
		options: [
			{
				name: 'V2 (Recommended)',
				value: 'v2',
				description: 'Asynchronous: a broken connection loses nothing',
			},
			{
				name: 'V1 (One Connection, Can Lose a Video)',
				value: 'v1',
				description:
					'Synchronous: holds one connection until the video is done. When that breaks, or Max Wait passes, there is no request ID to fetch a video that may be billed.',
			},
		],
		default: 'v2',
		description: "Which of Segmind's two ways to call the model is used",
	},
	operations: ['generate'],
	absent: 'v2',
	read: (value) => success(value === 'v1' ? 'v1' : 'v2'),
};
