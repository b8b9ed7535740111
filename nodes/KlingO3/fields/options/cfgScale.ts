import { success } from '../../../segmind/outcome';
import { invalid, type Field } from '../field';
import { readNumber, shown } from '../text';

const LABEL = 'CFG Scale';

/** What Segmind uses if it is not sent. */
const BY_DEFAULT = 0.5;

/** How closely the video follows the prompt. Sent only if it was added. */
export const cfgScale: Field<number | undefined> = {
	name: 'cfgScale',
	api: { name: 'cfg_scale', form: { type: 'number', minimum: 0, maximum: 1, default: BY_DEFAULT } },
	properties: [
		{
			displayName: LABEL,
			name: 'cfgScale',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
			default: BY_DEFAULT,
			description: 'How closely the video follows the prompt: 0 is free, 1 is strict',
		},
	],
	read({ options }) {
		if (!('cfgScale' in options)) return success(undefined);
		const scale = readNumber(options.cfgScale);
		if (scale !== undefined && scale >= 0 && scale <= 1) return success(scale);
		return invalid(`${LABEL} must be a number from 0 to 1, but it is ${shown(options.cfgScale)}`);
	},
	toApi: (scale) => scale,
};
