import { durationOfShots, shots } from '../fields/shots';
import { endImage } from '../fields/endImage';
import { generateAudio } from '../fields/generateAudio';
import { image } from '../fields/image';
import { mode } from '../fields/mode';
import { shotType } from '../fields/options/shotType';
import { motionPrompt } from '../fields/prompt';
import { DURATION } from '../fields/duration';
import { END_IMAGE_WITH_SEGMENTS, INTELLIGENCE_WITH_SEGMENTS } from './cautions';
import type { Model } from './model';
import { WITHOUT_VIDEO } from './rates';

/**
 * The fields that most videos need come first, and the price follows the fields that decide it. Segments and end
 * images are rare.
 */
export const imageToVideo: Model = {
	name: 'kling-o3-image2video',
	label: 'Image to Video',
	description: 'Animates an image',
	fields: [image, motionPrompt, durationOfShots, mode, generateAudio, shots, endImage],
	options: [shotType],
	rates: WITHOUT_VIDEO,
	cautions: [END_IMAGE_WITH_SEGMENTS, INTELLIGENCE_WITH_SEGMENTS],
	longest: DURATION.longest,
	takes: [190, 250],
};
