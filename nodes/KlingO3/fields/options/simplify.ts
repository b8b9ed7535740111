import { success } from '../../../segmind/outcome';
import { NOT_FOR_AGENTS } from '../media/source';
import { isTrue } from '../text';
import type { Option } from './option';

export const simplify: Option<boolean> = {
	property: {
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		// An agent has Output instead.
		displayOptions: NOT_FOR_AGENTS,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	operations: ['generate', 'get'],
	absent: true,
	read: (value) => success(isTrue(value ?? true)),
};
