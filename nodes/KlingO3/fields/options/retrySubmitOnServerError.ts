import { success } from '../../../segmind/outcome';
import { isTrue } from '../text';
import type { Option } from './option';

export const retrySubmitOnServerError: Option<boolean> = {
	property: {
		displayName: 'Retry Submit on Server Error',
		name: 'retrySubmitOnServerError',
		type: 'boolean',
		default: false,
		description:
			'Whether to submit a video again, up to twice, when Segmind answers with an internal error (500). Segmind says that this costs nothing, but others were billed: you may pay once more with each attempt.',
	},
	operations: ['generate', 'start'],
	absent: false,
	// It may cost a second bill, so anything but a clear yes counts as no.
	read: (value) => success(isTrue(value)),
};
