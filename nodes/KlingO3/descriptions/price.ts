/**
 * What a video costs, where the user sees it before pressing the button. All from the one price table.
 */
import type { INodeProperties } from 'n8n-workflow';

import { LIMITS, RATES } from '../model';

const MODE_NAMES = { pro: 'Pro', std: 'Standard' };

const usd = (amount: number) => `$${amount.toFixed(2)}`;

/** Durations whose price the notice says: the shortest, the default and the longest (s). */
const EXAMPLES = [LIMITS.shortest, 5, LIMITS.longest];

/** One notice for each combination of mode and audio: n8n shows static text only. */
export const priceNotices: INodeProperties[] = RATES.map(({ mode, audio, usdPerSecond }) => {
	const what = `${MODE_NAMES[mode]}${audio ? ' with audio' : ''}`;
	const examples = EXAMPLES.map((seconds) => `${usd(seconds * usdPerSecond)} for ${seconds} s`);
	return {
		displayName: `${what} costs about ${usd(usdPerSecond)} per second of video: ${examples.join(', ')}`,
		name: `priceNotice${mode}${audio ? 'Audio' : ''}`,
		type: 'notice',
		default: '',
		displayOptions: { show: { mode: [mode], generateAudio: [audio] } },
	};
});

const rates = Object.fromEntries(
	RATES.map(({ mode, audio, usdPerSecond }) => [`${mode}${audio ? '+' : ''}`, usdPerSecond]),
);

/**
 * Operation and resource as on all nodes, and behind them the estimated price of one video. Where a
 * value that decides it is an expression, the price is not known before the run and is left out; n8n
 * throws where such an expression needs what only a run brings.
 */
export const subtitle = `={{ (() => {
	const p = $parameter;
	const name = p.operation + ': ' + p.resource;
	if (p.resource !== 'video' || p.operation === 'get') return name;
	try {
		const segments = (p.multiPrompt && p.multiPrompt.segments) || [];
		const seconds = p.shotMode !== 'multi' ? Number(p.duration)
			: p.multiPromptSource === 'json' ? NaN
			: segments.reduce((sum, segment) => sum + Number(segment.duration), 0);
		const rate = (${JSON.stringify(rates)})[p.mode + (p.generateAudio === true ? '+' : '')];
		const isKnown = typeof p.generateAudio === 'boolean' && seconds > 0 && rate > 0;
		return isKnown ? name + ', about $' + (seconds * rate).toFixed(2) : name;
	} catch (error) {
		return name;
	}
})() }}`;
