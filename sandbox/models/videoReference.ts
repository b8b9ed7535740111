import { videoClip } from '../render/videoClip';
import {
	aspect_ratio,
	ASPECTS,
	clipSeconds,
	duration,
	elements,
	image_urls,
	keep_audio,
	mode,
	prompt,
	shot_type,
	video_url,
} from './fields';
import type { Model } from './model';
import { VIDEO_RATES } from './rates';

export const videoReference: Model = {
	name: 'kling-o3-video2video-reference',
	fields: {
		...{ prompt, video_url, duration, aspect_ratio, mode, keep_audio },
		...{ shot_type, elements, image_urls },
	},
	rates: VIDEO_RATES,
	seconds: clipSeconds,
	clip: (request, { video }) =>
		videoClip({
			video: video!,
			prompt: request.prompt,
			seconds: clipSeconds(request),
			aspect: ASPECTS[request.aspect_ratio ?? '16:9'],
			mirrored: true,
			keepAudio: request.keep_audio ?? true,
		}),
};
