import { success } from '../../../segmind/outcome';
import { readBoolean } from '../text';
import type { Option } from './option';

/** Takes over videos that an earlier execution has paid for but not delivered. */
export const reuseUndelivered: Option<boolean> = {
	property: {
		displayName: 'Reuse Undelivered Videos',
		name: 'reuseUndelivered',
		type: 'boolean',
		default: true,
		description:
			'Whether to deliver a video that an earlier execution of this node has paid for with the same values and could not deliver, instead of paying again. Turn it off for a new version, which is paid.',
	},
	operations: ['generate', 'start'],
	absent: true,
	read: (value) => success(readBoolean(value) ?? true),
};
