import { imageToVideo } from './imageToVideo';
import type { Model } from './model';
import { textToVideo } from './textToVideo';
import { videoEdit } from './videoEdit';
import { videoReference } from './videoReference';

/** The models that the sandbox knows. */
export const MODELS: readonly Model[] = [imageToVideo, textToVideo, videoReference, videoEdit];

/** What an account's request of an earlier day was for, unless told otherwise. */
export const FIRST_MODEL = imageToVideo;

export const findModel = (name: string): Model | undefined =>
	MODELS.find((model) => model.name === name);
