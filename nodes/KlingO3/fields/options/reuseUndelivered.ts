import { success } from '../../../segmind/outcome';
import { readBoolean } from '../text';
import type { Option } from './option';

/** Take over videos that an earlier execution has paid and not delivered. */
export const reuseUndelivered: Option<boolean> = {
	property: {
		displayName: 'Reuse Undelivered Videos',
		name: 'reuseUndelivered',
		type: 'boolean',
		default: true,
		description:
			'Whether to deliver a video that an earlier execution of this node has paid for with the same values and could not deliver, instead of paying again. Turn it off for another take: that one is paid.',
	},
	operations: ['generate', 'start'],
	absent: true,
	read: (value) => success(readBoolean(value) ?? true),
};
