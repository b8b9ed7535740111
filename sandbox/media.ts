import type { HostedFile } from './files';
import { fetchImage, JobFailed } from './images';
import { picturesOf, videoOf, type Media, type Model, type ModelRequest } from './models/model';
import type { Renderer } from './render/render';
import { fetchVideo } from './videos';

export interface MediaContext {
	/** Where fetched videos are kept. */
	folder: string;
	closed: AbortSignal;
	/** The file of an address, if it is a video that this sandbox made. */
	ownVideo: (url: string) => HostedFile | undefined;
}

/** Fetches all files that a body names. @throws JobFailed for the first that cannot be had or breaks a limit */
export async function fetchMedia(
	model: Model,
	request: ModelRequest,
	{ folder, closed, ownVideo }: MediaContext,
): Promise<Media> {
	const pictures = picturesOf(model, request).map(
		async ([place, url]) => [place, await fetchImage(url, place, closed)] as const,
	);
	const found = videoOf(model, request);
	const video =
		found && fetchVideo(found[1], found[0], { folder, closed, own: ownVideo(found[1])?.file });
	const [fetched, input] = await Promise.all([Promise.all(pictures), video]);
	return { pictures: Object.fromEntries(fetched), video: input };
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
