import { success } from '../../../segmind/job/problem';
import { isTrue } from '../text';
import type { Option } from './option';

/** Of the run: the first item's counts. */
export const checkBalance: Option<boolean> = {
	property: {
		displayName: 'Check Balance First',
		name: 'checkBalance',
		type: 'boolean',
		default: false,
		description:
			'Whether to ask Segmind for the balance first and to submit nothing when it does not cover the estimated cost of all items',
	},
	operations: ['generate', 'start'],
	read: (value) => success(isTrue(value)),
};
