/**
 * Prices that models share. The models' pages name a range for one video: exactly 3 s at the lowest rate to 15 s at
 * the highest rate. Read in October 2026.
 */
import type { Rate } from './model';

/**
 * $0.630 – $5.25: $0.21 to $0.35 a second. The two rates in between are inferred from other vendors' published rates
 * for the same model.
 */
export const WITHOUT_VIDEO: Rate[] = [
	{
		label: 'Standard',
		when: { mode: 'std', generateAudio: false },
		usdPerSecond: 0.21,
		source: 'model page',
	},
	{
		label: 'Standard with audio',
		when: { mode: 'std', generateAudio: true },
		usdPerSecond: 0.28,
		source: 'inferred',
	},
	{
		label: 'Pro',
		when: { mode: 'pro', generateAudio: false },
		usdPerSecond: 0.28,
		source: 'inferred',
	},
	{
		label: 'Pro with audio',
		when: { mode: 'pro', generateAudio: true },
		usdPerSecond: 0.35,
		source: 'model page',
	},
];

/**
 * $0.945 – $6.30: $0.315 to $0.42 a second, with Kling's surcharge of one half for an input video. Sound does not
 * change it.
 */
export const WITH_VIDEO: Rate[] = [
	{ label: 'Standard', when: { mode: 'std' }, usdPerSecond: 0.315, source: 'model page' },
	{ label: 'Pro', when: { mode: 'pro' }, usdPerSecond: 0.42, source: 'model page' },
];
