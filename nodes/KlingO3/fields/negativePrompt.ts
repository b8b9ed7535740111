import { success } from '../../segmind/outcome';
import { parameter, type Field } from './field';

/** What Segmind uses if none is sent. */
const BY_DEFAULT = 'blur, distort, and low quality';

/** What the video must not show. An empty one is not sent, and Segmind uses its own. */
export const negativePrompt: Field<string> = {
	name: 'negativePrompt',
	api: { name: 'negative_prompt', form: { type: 'string', default: BY_DEFAULT } },
	properties: [
		{
			displayName: 'Negative Prompt',
			name: 'negativePrompt',
			type: 'string',
			default: '',
			placeholder: 'e.g. text, watermarks, shaky camera',
			description: `What the video must not show. When empty, Segmind takes "${BY_DEFAULT}".`,
		},
	],
	read: (source) => success(String(parameter(source, 'negativePrompt', '') ?? '').trim()),
	toApi: (text) => text || undefined,
};
