import { imageClip } from '../render/imageClip';
import { shotsOf } from '../render/looks';
import {
	clipSeconds,
	duration,
	end_image_url,
	generate_audio,
	image_url,
	mode,
	multi_prompt,
	prompt,
	shot_type,
	shotSeconds,
} from './fields';
import type { Model } from './model';
import { RATES } from './rates';

export const imageToVideo: Model = {
	name: 'kling-o3-image2video',
	fields: {
		...{ prompt, image_url, duration, end_image_url, generate_audio },
		...{ mode, multi_prompt, shot_type },
	},
	rates: RATES,
	seconds: clipSeconds,
	clip: (request, { pictures }) =>
		imageClip({
			image: pictures.image_url,
			endImage: pictures.end_image_url,
			shots: shotsOf(request.prompt, shotSeconds(request)),
			audio: request.generate_audio ?? false,
		}),
};
