/**
 * From a finished job to n8n's item: the file, if it is wanted, and the JSON.
 */
import type { IDataObject } from 'n8n-workflow';

import { download } from '../../../segmind/job/download';
import { failure, sentences, success, type Outcome } from '../../../segmind/job/problem';
import type { VideoResult } from '../../../segmind/job/result';
import type { Session } from '../../../segmind/job/session';
import type { StoredFile } from '../../../segmind/job/store';
import { expiredVideo, isExpired } from '../../../segmind/job/waitProblems';
import type { ItemOutput } from '../../../segmind/run/items';
import type { JobOptions } from './options';
import { videoFileName, videoJson } from './output';

export interface Delivery {
	requestId: string | undefined;
	result: VideoResult;
	/** What was asked for, where this execution knows it. */
	asked?: IDataObject;
	/** The file, when a synchronous call brought it along. */
	stored?: StoredFile;
	/** ms since 1970 */
	deadline: number;
	options: Pick<JobOptions, 'downloadVideo' | 'outputBinaryField' | 'fileName' | 'shape'>;
}

/** Finished and billed, but the service named no address. */
function withoutUrl({ requestId, result }: Delivery) {
	return failure({
		kind: 'service',
		message: sentences(
			`Request ${requestId ?? '(unknown)'} is finished, but Segmind's answer names no video URL`,
			'It may be billed: do not generate it again, look for the video in the Segmind console',
		),
		description: 'The answer is under details. Please report it: this node should learn its form.',
		billed: 'possibly',
		requestId,
		cost: result.cost,
		details: { response: result.response },
	});
}

export async function deliver(session: Session, delivery: Delivery): Promise<Outcome<ItemOutput>> {
	const { requestId, result, asked, options } = delivery;
	let { stored } = delivery;
	if (!stored) {
		if (!result.videoUrl) return withoutUrl(delivery);
		const now = Date.now();
		const isOld = isExpired(result, now);
		// Its address may still work, which a download finds out.
		if (isOld && !options.downloadVideo) return failure(expiredVideo(requestId, result));
		if (options.downloadVideo) {
			const file = {
				url: result.videoUrl,
				expectedSize: result.fileSize,
				contentType: result.contentType,
				fileName: videoFileName(options.fileName, requestId, result.contentType),
				requestId,
				cost: result.cost,
				isOrdered: asked !== undefined,
			};
			const downloaded = await download(session, file, isOld ? now : delivery.deadline);
			if (!downloaded.ok && isOld && !session.stop.pressed) {
				return failure(expiredVideo(requestId, result));
			}
			if (!downloaded.ok) return downloaded;
			stored = downloaded.value;
		}
	}
	const json = videoJson({ requestId, result, stored, asked }, options.shape);
	if (!stored) return success({ json });
	return success({ json, binary: { [options.outputBinaryField]: stored.binary } });
}
