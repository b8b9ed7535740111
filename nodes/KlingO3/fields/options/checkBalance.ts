import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readBoolean, shown } from '../text';
import type { Option } from './option';

const LABEL = 'Check Balance First';

/** Of the run: the first item's counts. */
export const checkBalance: Option<boolean> = {
	property: {
		displayName: LABEL,
		name: 'checkBalance',
		type: 'boolean',
		default: false,
		description:
			'Whether to ask Segmind for the balance first and to submit nothing when it does not cover the estimated cost of all items',
	},
	operations: ['generate', 'start'],
	absent: false,
	// The user asked for the check, or did not: guessing could submit what the balance does not cover.
	read(value) {
		const checks = readBoolean(value);
		if (checks !== undefined) return success(checks);
		return invalid(`${LABEL} must be true or false, but it is ${shown(value)}`);
	},
};
