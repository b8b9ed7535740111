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
			'Whether to submit a video again, up to twice, when Segmind answers with an internal error (500). Segmind says that such a video costs nothing, others saw it billed: you may pay once more with each try.',
	},
	operations: ['generate', 'start'],
	absent: false,
	// It may cost a second bill, so what the user did not surely say counts as no.
	read: (value) => success(isTrue(value)),
};
