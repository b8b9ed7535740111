import { videoClip } from '../render/videoClip';
import {
	aspect_ratio,
	duration,
	elements,
	image_urls,
	keep_audio,
	mode,
	prompt,
	SECONDS,
	video_url,
} from './fields';
import type { Model } from './model';
import { VIDEO_RATES } from './rates';

/** As long and as wide as its input: Kling takes `duration` and `aspect_ratio`, and ignores both. */
export const videoEdit: Model = {
	name: 'kling-o3-video2video-edit',
	fields: {
		...{ prompt, video_url, duration, aspect_ratio, mode, keep_audio },
		...{ elements, image_urls },
	},
	rates: VIDEO_RATES,
	seconds: (_request, video) => (video ? Math.round(video.seconds) : SECONDS.least),
	clip: (request, { video }) =>
		videoClip({
			video: video!,
			prompt: request.prompt,
			seconds: video!.seconds,
			aspect: video!.width / video!.height,
			mirrored: false,
			keepAudio: request.keep_audio ?? true,
		}),
};
