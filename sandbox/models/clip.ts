import type { Media } from '../media';
import type { Clip } from '../render/clip';
import { imageClip } from '../render/imageClip';
import { shotsOf } from '../render/looks';
import { textClip } from '../render/textClip';
import { videoClip } from '../render/videoClip';
import type { Model } from './model';
import { aspectOf, clipSeconds, shotSeconds, type ModelRequest } from './service';

/** What a job's video shows: it moves its input video, its first picture, or its text. */
export function clipOf(model: Model, request: ModelRequest, { pictures, video }: Media): Clip {
	const { prompt, aspect_ratio: ratio = '16:9', generate_audio: audio = false } = request;
	if (video) {
		const { followsInput } = model;
		return videoClip({
			video,
			prompt,
			seconds: followsInput ? video.seconds : clipSeconds(request),
			aspect: followsInput ? video.width / video.height : aspectOf(ratio),
			mirrored: !followsInput,
			keepAudio: request.keep_audio ?? true,
		});
	}
	const shots = shotsOf(prompt, shotSeconds(request));
	const { image_url: image, end_image_url: endImage } = pictures;
	if (image) return imageClip({ image, endImage, shots, audio });
	const titles = (request.multi_prompt ?? [request]).map((shot) => shot.prompt);
	return textClip({ shots, titles, aspect: aspectOf(ratio), audio });
}
