import { shotsOf } from '../render/looks';
import { textClip } from '../render/textClip';
import {
	aspect_ratio,
	ASPECTS,
	cfg_scale,
	clipSeconds,
	duration,
	generate_audio,
	mode,
	multi_prompt,
	negative_prompt,
	prompt,
	shot_type,
	shotSeconds,
} from './fields';
import type { Model } from './model';
import { RATES } from './rates';

export const textToVideo: Model = {
	name: 'kling-o3-text2video',
	fields: {
		...{ prompt, negative_prompt, duration, aspect_ratio, mode, generate_audio },
		...{ multi_prompt, shot_type, cfg_scale },
	},
	rates: RATES,
	seconds: clipSeconds,
	clip: (request) =>
		textClip({
			shots: shotsOf(request.prompt, shotSeconds(request)),
			titles: (request.multi_prompt ?? [request]).map((shot) => shot.prompt),
			aspect: ASPECTS[request.aspect_ratio ?? '16:9'],
			audio: request.generate_audio ?? false,
		}),
};
