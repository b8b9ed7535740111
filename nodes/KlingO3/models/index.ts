/** The models that the node offers, in the order of the panel's list. */
import { failure, parameterProblem, success, type Outcome } from '../../segmind/outcome';
import { parameter, type Source } from '../fields/field';
import { imageToVideo } from './imageToVideo';
import type { Model } from './model';
import { textToVideo } from './textToVideo';
import { videoEdit } from './videoEdit';
import { videoReference } from './videoReference';

export const MODELS: Model[] = [imageToVideo, textToVideo, videoReference, videoEdit];

/** Of a workflow that was saved before there was a choice. */
export const DEFAULT_MODEL = imageToVideo.name;

/** @param name as workflows have it */
export function modelNamed(name: unknown): Outcome<Model> {
	const model = MODELS.find((candidate) => candidate.name === name);
	if (model) return success(model);
	const names = MODELS.map((known) => known.name).join(', ');
	return failure(parameterProblem(`Model must be one of ${names}, not "${String(name)}"`));
}

/** The model that an item's video is made with. */
export const readModel = (source: Source): Outcome<Model> =>
	modelNamed(parameter(source, 'model', DEFAULT_MODEL));
