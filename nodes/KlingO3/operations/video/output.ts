/**
 * The output of a video. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import type { VideoResult } from '../../../segmind/job/result';
import { VIDEO_LIFETIME } from '../../../segmind/policy/limits';
import type { StoredFile } from '../../../segmind/transfer/store';
import { shaped, type Shape } from '../../fields/options/output';
import { SIMPLE_VIDEO_KEYS } from '../../fields/options/outputKeys';
import { outputOf, type PriceRequest } from '../../models/request';

const EXTENSIONS: Record<string, string> = { 'video/webm': 'webm', 'video/quicktime': 'mov' };

/** A name that ends like this has its extension. "Product v1.25" has none. */
const VIDEO_EXTENSION = /\.(?:mp4|m4v|mov|webm|mkv|avi|mpe?g)$/i;

/** Leaves out keys without a value, so a table made from the output has no empty columns. */
export function known(fields: Record<string, unknown>): IDataObject {
	return Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== undefined),
	) as IDataObject;
}

/**
 * @param wanted the user's name, empty for the default
 * @param contentType the type that the service named
 */
export function videoFileName(
	wanted: string,
	requestId: string | undefined,
	contentType?: string,
): string {
	const extension = EXTENSIONS[contentType ?? ''] ?? 'mp4';
	const safe = (name: string) => name.replace(/[\\/:*?"<>|]+/g, '-');
	if (wanted) return VIDEO_EXTENSION.test(wanted) ? safe(wanted) : `${safe(wanted)}.${extension}`;
	return `kling-o3${requestId ? `-${safe(requestId)}` : ''}.${extension}`;
}

/** What the user requested. */
export const askedOf = (request: PriceRequest): IDataObject => known(outputOf(request));

export interface FinishedVideo {
	requestId: string | undefined;
	result: VideoResult;
	stored?: StoredFile;
	/** What the user requested, if this execution knows it. */
	asked?: IDataObject;
}

/** Everything known about a finished video, and the service's own body under `response`. */
function everything({ requestId, result, stored, asked = {} }: FinishedVideo): IDataObject {
	const { cost, remainingCredits, queueTime, inferenceTime, totalTime } = result;
	const expiresAt =
		result.videoUrl && result.completedAt !== undefined
			? new Date(result.completedAt + VIDEO_LIFETIME).toISOString()
			: undefined;
	const { model, ...rest } = asked;
	return known({
		requestId,
		status: 'COMPLETED',
		model,
		videoUrl: result.videoUrl,
		videoUrlExpiresAt: expiresAt,
		lastFrameUrl: result.lastFrameUrl,
		fileName: stored?.binary.fileName,
		mimeType: stored?.binary.mimeType,
		fileSize: stored?.size,
		...rest,
		cost,
		remainingCredits,
		queueTime,
		inferenceTime,
		totalTime,
		response: result.response,
	});
}

/** A finished video, in the wanted shape. */
export const videoJson = (video: FinishedVideo, shape: Shape): IDataObject =>
	shaped(everything(video), shape, SIMPLE_VIDEO_KEYS);
