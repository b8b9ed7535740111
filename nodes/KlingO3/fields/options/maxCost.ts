import type { INodeProperties } from 'n8n-workflow';

import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readNumber, shown } from '../text';
import type { Option } from './option';

/** USD; 0 for none. */
function limit(
	property: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
): Option<number> {
	return {
		property: {
			...property,
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0,
		},
		operations: ['generate', 'start'],
		absent: 0,
		read(value) {
			const usd = readNumber(value);
			if (usd !== undefined && usd >= 0) return success(usd);
			// An unreadable limit must not turn the limit off.
			return invalid(
				`${property.displayName} must be a number of US dollars, 0 for no limit, but it is ${shown(value)}`,
			);
		},
	};
}

/** Applies to the run: the first item's value counts. */
export const maxCostPerRun = limit({
	displayName: 'Max Cost Per Run (USD)',
	name: 'maxCostPerRun',
	description: 'Submit nothing when all items together are estimated to cost more. 0 for no limit.',
});

export const maxCostPerVideo = limit({
	displayName: 'Max Cost Per Video (USD)',
	name: 'maxCostPerVideo',
	description: 'Do not submit a video that is estimated to cost more. 0 for no limit.',
});
