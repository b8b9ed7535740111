/** USD per second of video. Source: the price ranges of the models' pages; what lies between is inferred. */
import type { Model } from './model';

export const RATES: Model['rates'] = {
	std: { silent: 0.21, audio: 0.28 },
	pro: { silent: 0.28, audio: 0.35 },
};

/** With an input video; sound costs nothing more. */
export const VIDEO_RATES: Model['rates'] = {
	std: { silent: 0.315, audio: 0.315 },
	pro: { silent: 0.42, audio: 0.42 },
};
