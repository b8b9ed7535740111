/** The node's models, in the order of the panel's list. */
import { failure, parameterProblem, success, type Outcome } from '../../segmind/outcome';
import { parameter, type Source } from '../fields/field';
import { imageToVideo } from './imageToVideo';
import type { Model } from './model';
import { textToVideo } from './textToVideo';
import { videoEdit } from './videoEdit';
import { videoReference } from './videoReference';

export const MODELS: Model[] = [imageToVideo, textToVideo, videoReference, videoEdit];

/** For workflows that were saved before the node had the field Model. */
export const DEFAULT_MODEL = imageToVideo.name;

/** @param name the model's name in a workflow */
export function modelNamed(name: unknown): Outcome<Model> {
	const model = MODELS.find((candidate) => candidate.name === name);
	if (model) return success(model);
	const names = MODELS.map((known) => known.name).join(', ');
	return failure(parameterProblem(`Model must be one of ${names}, not "${String(name)}"`));
}

/** The model of an item's video. */
export const readModel = (source: Source): Outcome<Model> =>
	modelNamed(parameter(source, 'model', DEFAULT_MODEL));
