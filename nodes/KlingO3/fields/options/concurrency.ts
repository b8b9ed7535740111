import { success } from '../../../segmind/job/problem';
import { invalid } from '../field';
import type { Option } from './option';

/** Videos that are under way at once. */
export const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 50;

const LABEL = 'Concurrency';

/** Of the run: the first item's counts. */
export const concurrency: Option<number> = {
	property: {
		displayName: LABEL,
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: MAX_CONCURRENCY, numberPrecision: 0 },
		default: DEFAULT_CONCURRENCY,
		description:
			'How many videos of this run are made at the same time. The output keeps the order of the input.',
	},
	operations: ['generate', 'start', 'get'],
	read(value) {
		const number = Number(value ?? DEFAULT_CONCURRENCY);
		if (!(number >= 1)) return invalid(`${LABEL} must be a number from 1 to ${MAX_CONCURRENCY}`);
		return success(Math.min(Math.floor(number), MAX_CONCURRENCY));
	},
};
