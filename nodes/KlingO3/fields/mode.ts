import { success } from '../../segmind/outcome';
import { invalid, parameter, type Field } from './field';

export type Mode = 'pro' | 'std';

const LABEL = 'Mode';

/** The quality. Kling makes Standard in 720p and Pro in 1080p. */
export const mode: Field<Mode> = {
	name: 'mode',
	api: { name: 'mode', form: { type: 'string', enum: ['std', 'pro'] } },
	properties: [
		{
			displayName: LABEL,
			name: 'mode',
			type: 'options',
			options: [
				{ name: 'Pro', value: 'pro', description: 'Higher quality' },
				{ name: 'Standard', value: 'std', description: 'Faster and cheaper' },
			],
			default: 'pro',
			description: 'The quality of the video',
		},
	],
	isPriced: true,
	read(source) {
		const chosen = parameter(source, 'mode');
		if (chosen === 'pro' || chosen === 'std') return success(chosen);
		return invalid(`${LABEL} must be "pro" or "std", not "${String(chosen)}"`);
	},
	toApi: (chosen) => chosen,
	toOutput: (chosen) => ({ mode: chosen }),
};
