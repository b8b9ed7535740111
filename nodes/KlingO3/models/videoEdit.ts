import { aspectRatioOfEdit } from '../fields/aspectRatio';
import { durationOfEdit } from '../fields/duration';
import { elements } from '../fields/elements';
import { keepAudio } from '../fields/keepAudio';
import { VIDEO_LIMITS } from '../fields/media/videoFile';
import { mode } from '../fields/mode';
import { editPrompt } from '../fields/prompt';
import { referenceImages } from '../fields/referenceImages';
import { editedVideo } from '../fields/video';
import { MANY_IMAGES } from './cautions';
import type { Model } from './model';
import { WITH_VIDEO } from './rates';

export const videoEdit: Model = {
	name: 'kling-o3-video2video-edit',
	label: 'Video to Video: Edit',
	description: 'Changes a given video by words: background, characters, style',
	fields: [
		editedVideo,
		editPrompt,
		mode,
		keepAudio,
		elements,
		referenceImages,
		aspectRatioOfEdit,
		durationOfEdit,
	],
	options: [],
	rates: WITH_VIDEO,
	cautions: [MANY_IMAGES],
	longest: VIDEO_LIMITS.longest,
	takes: [210, 225],
};
