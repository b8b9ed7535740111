import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readNumber, shown } from '../text';
import type { Option } from './option';

/** Videos made at the same time: one for each item, up to this. A smaller number only makes the batch longer. */
const MAX_CONCURRENCY = 50;
export const DEFAULT_CONCURRENCY = MAX_CONCURRENCY;

const LABEL = 'Concurrency';

/** Applies to the run: the first item's value counts. */
export const concurrency: Option<number> = {
	property: {
		displayName: LABEL,
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: MAX_CONCURRENCY, numberPrecision: 0 },
		default: DEFAULT_CONCURRENCY,
		description:
			'How many videos of this run are made at the same time. The output keeps the order of the input. When an item fails, the node finishes the videos under way, which are paid, and submits nothing new. Then fewer at a time cost less.',
	},
	operations: ['generate', 'start', 'get'],
	absent: DEFAULT_CONCURRENCY,
	read(value) {
		const videos = readNumber(value);
		if (videos !== undefined && videos >= 1) {
			return success(Math.min(Math.floor(videos), MAX_CONCURRENCY));
		}
		return invalid(
			`${LABEL} must be a number from 1 to ${MAX_CONCURRENCY}, but it is ${shown(value)}`,
		);
	},
};
