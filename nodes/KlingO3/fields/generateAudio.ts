import { success } from '../../segmind/outcome';
import { parameter, type Field } from './field';
import { isTrue } from './text';

/** Whether the video gets sound. */
export const generateAudio: Field<boolean> = {
	name: 'generateAudio',
	api: { name: 'generate_audio', form: { type: 'boolean' } },
	properties: [
		{
			displayName: 'Generate Audio',
			name: 'generateAudio',
			type: 'boolean',
			default: false,
			description: 'Whether to create sound that fits the video. Costs $0.07 more per second.',
		},
	],
	isPriced: true,
	read: (source) => success(isTrue(parameter(source, 'generateAudio'))),
	toApi: (audio) => audio,
	toOutput: (audio) => ({ audio }),
};
