import { success } from '../../../segmind/outcome';
import { PARK } from '../../../segmind/policy/park';
import { invalid } from '../field';
import { readBoolean, shown } from '../text';
import type { Option } from './option';

const LABEL = 'Park While Waiting';

/** Applies to the run: the first item's value counts. */
export const survivesRestarts: Option<boolean> = {
	property: {
		displayName: LABEL,
		name: 'survivesRestarts',
		type: 'boolean',
		default: false,
		description: `Whether to hand the execution to n8n's database while the videos are made. It survives restarts, and needs no memory and no worker. All items, ${PARK.mostItems} at most, are submitted at once. A webhook or form that answers when the last node finishes answers when the execution is parked: let it answer immediately instead.`,
	},
	operations: ['generate'],
	absent: false,
	read(value) {
		const parks = readBoolean(value);
		if (parks !== undefined) return success(parks);
		return invalid(`${LABEL} must be true or false, but it is ${shown(value)}`);
	},
};
