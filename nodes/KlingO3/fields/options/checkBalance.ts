import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readBoolean, shown } from '../text';
import type { Option } from './option';

const LABEL = 'Check Balance First';

/** Applies to the run: the first item's value counts. */
export const checkBalance: Option<boolean> = {
	property: {
		displayName: LABEL,
		name: 'checkBalance',
		type: 'boolean',
		default: false,
		description:
			'Whether to read the balance first, and submit nothing when it does not cover the estimated cost of all items',
	},
	operations: ['generate', 'start'],
	absent: false,
	// The node must not guess whether the user wants the check: it could submit what the balance does not cover.
	read(value) {
		const checks = readBoolean(value);
		if (checks !== undefined) return success(checks);
		return invalid(`${LABEL} must be true or false, but it is ${shown(value)}`);
	},
};
