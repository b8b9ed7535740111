import { aspectRatio } from '../fields/aspectRatio';
import { DURATION, duration } from '../fields/duration';
import { elements } from '../fields/elements';
import { keepAudio } from '../fields/keepAudio';
import { mode } from '../fields/mode';
import { shotType } from '../fields/options/shotType';
import { transformationPrompt } from '../fields/prompt';
import { referenceImages } from '../fields/referenceImages';
import { video } from '../fields/video';
import { MANY_IMAGES } from './cautions';
import type { Model } from './model';
import { WITH_VIDEO } from './rates';

export const videoReference: Model = {
	name: 'kling-o3-video2video-reference',
	label: 'Video to Video: Reference',
	description: 'Makes a new video that follows a given one, with other characters or another style',
	fields: [
		video,
		transformationPrompt,
		duration,
		aspectRatio,
		mode,
		keepAudio,
		elements,
		referenceImages,
	],
	options: [shotType],
	rates: WITH_VIDEO,
	cautions: [MANY_IMAGES],
	longest: DURATION.longest,
	takes: [190, 240],
};
