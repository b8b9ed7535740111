import { aspectRatio } from '../fields/aspectRatio';
import { DURATION } from '../fields/duration';
import { generateAudio } from '../fields/generateAudio';
import { mode } from '../fields/mode';
import { negativePrompt } from '../fields/negativePrompt';
import { cfgScale } from '../fields/options/cfgScale';
import { shotType } from '../fields/options/shotType';
import { scenePrompt } from '../fields/prompt';
import { durationOfShots, shots } from '../fields/shots';
import { INTELLIGENCE_WITH_SEGMENTS } from './cautions';
import type { Model } from './model';
import { WITHOUT_VIDEO } from './rates';

export const textToVideo: Model = {
	name: 'kling-o3-text2video',
	label: 'Text to Video',
	description: 'Films a text, in landscape, portrait or square',
	fields: [scenePrompt, durationOfShots, aspectRatio, mode, generateAudio, shots, negativePrompt],
	options: [cfgScale, shotType],
	rates: WITHOUT_VIDEO,
	cautions: [INTELLIGENCE_WITH_SEGMENTS],
	longest: DURATION.longest,
	takes: [90, 150],
};
