import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readNumber, shown } from '../text';
import type { Option } from './option';

const MINUTE = 60_000;

/** Minutes */
const DEFAULT_WAIT = 20;

const LABEL = 'Max Wait (Minutes)';

/** `read` returns ms. */
export const maxWait: Option<number> = {
	property: {
		displayName: LABEL,
		name: 'maxWait',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: DEFAULT_WAIT,
		description:
			'How long to wait for a video after its start. A video usually takes about four minutes. After this time, the video continues and is billed. The error names the request ID, and Get fetches the video with it.',
	},
	operations: ['generate', 'get'],
	absent: DEFAULT_WAIT * MINUTE,
	read(value) {
		const minutes = readNumber(value);
		if (minutes !== undefined && minutes > 0) return success(minutes * MINUTE);
		return invalid(`${LABEL} must be a number of minutes above 0, but it is ${shown(value)}`);
	},
};
