import { success } from '../../../segmind/outcome';
import { isTrue } from '../text';
import type { Option } from './option';

export const resubmitUnknown: Option<boolean> = {
	property: {
		displayName: 'Resubmit If Unknown',
		name: 'resubmitUnknown',
		type: 'boolean',
		default: false,
		description:
			'Whether a retry may submit a video again when it is unknown if Segmind accepted the first one. You may pay once more with each attempt.',
	},
	operations: ['generate', 'start'],
	absent: false,
	// It may cost a second bill, so anything but a clear yes counts as no.
	read: (value) => success(isTrue(value)),
};
