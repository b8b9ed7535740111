import { success } from '../../../segmind/outcome';
import type { Field } from '../field';

const DEFAULT = 'customize';

/** Whether the user or Kling cuts the shots. */
export const shotType: Field<string> = {
	name: 'shotType',
	// Segmind's page names only the default; Kling's own API also knows "intelligence".
	api: { name: 'shot_type', form: { type: 'string' } },
	properties: [
		{
			displayName: 'Shot Type',
			name: 'shotType',
			type: 'options',
			options: [
				{
					name: 'Customize (Shots as Given)',
					value: 'customize',
					description: 'Cut the shots as the prompt or the segments say',
				},
				{
					name: 'Intelligence (Model Decides)',
					value: 'intelligence',
					description: 'Let the model cut the shots itself',
				},
			],
			default: DEFAULT,
			description: 'Who decides on camera shots',
		},
	],
	read: ({ options }) => success(String(options.shotType ?? DEFAULT)),
	toApi: (type) => type,
};
