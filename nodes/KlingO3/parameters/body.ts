/**
 * The body of a submit: exactly the fields of the model page. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import type { ImageInput, VideoRequest } from './types';

/**
 * @param imageUrl where Segmind fetches the first frame
 * @param endImageUrl where Segmind fetches the last frame, if there is one
 * @returns the API's parameters; durations are strings there
 */
export function buildBody(
	request: VideoRequest,
	imageUrl: string,
	endImageUrl?: string,
): IDataObject {
	const body: IDataObject = {
		image_url: imageUrl,
		prompt: request.prompt,
		duration: String(request.duration),
		generate_audio: request.audio,
		mode: request.mode,
		shot_type: request.shotType,
	};
	if (endImageUrl) body.end_image_url = endImageUrl;
	if (request.segments) {
		body.multi_prompt = request.segments.map(({ prompt, duration }) => ({
			prompt,
			duration: String(duration),
		}));
	}
	return { ...body, ...request.extraBody };
}

/** The API's fields that have a field of their own in the panel, where they are checked and priced. */
export const OWN_FIELDS = [
	'image_url',
	'prompt',
	'duration',
	'generate_audio',
	'mode',
	'shot_type',
	'end_image_url',
	'multi_prompt',
];

/** The first of these fields in the user's extra fields, if there is one. */
export function ownField(extraBody: object): string | undefined {
	return Object.keys(extraBody).find((key) => OWN_FIELDS.includes(key));
}

/** An image by what it shows, not by where an upload happened to put it. */
const identity = (image: ImageInput) =>
	image.kind === 'url' ? image.url : `sha256:${image.image.hash}`;

/** The body with its images by their content: what makes two jobs the same job, before anything is uploaded. */
export function bodyIdentity(request: VideoRequest): IDataObject {
	return buildBody(
		request,
		identity(request.image),
		request.endImage && identity(request.endImage),
	);
}
