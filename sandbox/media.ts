/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { buffer } from 'node:stream/consumers';

import { download, JobFailed } from './download';
import { IMAGE_LIMITS, readImage, type InputImage } from './images';
import { addressesOf, type Model } from './models/model';
import type { ModelRequest } from './models/service';
import type { Renderer } from './render/render';
import type { Shared } from './service';
import { fetchVideo, type InputVideo } from './videos';

/** The files that a body names, fetched. */
export interface Media {
	/** By the place in the body. */
	pictures: Record<string, InputImage>;
	video?: InputVideo;
}

/** Fetches all files that a body names. @throws JobFailed for the first that cannot be had or breaks a limit */
export async function fetchMedia(
	model: Model,
	request: ModelRequest,
	shared: Shared,
): Promise<Media> {
	const { video_url: videoUrl, ...pictureUrls } = addressesOf(model, request);
	const pictures = Object.entries(pictureUrls).map(async ([place, url]) => {
		const bytes = await buffer(download(url, place, IMAGE_LIMITS, shared.closed));
		return [place, readImage(bytes, place)] as const;
	});
	const fetched = videoUrl === undefined ? undefined : fetchVideo(videoUrl, 'video_url', shared);
	const [named, video] = await Promise.all([Promise.all(pictures), fetched]);
	return { pictures: Object.fromEntries(named), video };
}

/** Looked into only when a render has failed: most files can be decoded, and looking costs time. */
export async function findUndecodable(
	renderer: Renderer,
	{ pictures, video }: Media,
): Promise<JobFailed | undefined> {
	for (const [place, { bytes, format }] of Object.entries(pictures))
		if (!(await renderer.canDecode({ bytes, extension: format })))
			return new JobFailed(`${place}: image could not be decoded`);
	if (video && !(await renderer.canDecode({ file: video.file })))
		return new JobFailed('video_url: video could not be decoded');
	return undefined;
}
