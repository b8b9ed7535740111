import { success } from '../../segmind/outcome';
import { parameter, type Field } from './field';
import { isTrue } from './text';

/** Whether the input video's sound stays. Segmind's pages name no default, so it is always sent. */
export const keepAudio: Field<boolean> = {
	name: 'keepAudio',
	api: { name: 'keep_audio', form: { type: 'boolean' } },
	properties: [
		{
			displayName: 'Keep Audio',
			name: 'keepAudio',
			type: 'boolean',
			default: true,
			description: 'Whether the new video keeps the sound of the input video. Costs nothing more.',
		},
	],
	read: (source) => success(isTrue(parameter(source, 'keepAudio', true))),
	toApi: (keeps) => keeps,
};
