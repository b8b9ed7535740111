/**
 * Makes n8n's item from a finished job: the JSON, and the file if it is wanted.
 */
import type { IDataObject } from 'n8n-workflow';

import { isExpired, type VideoResult } from '../../../segmind/job/result';
import type { Session } from '../../../segmind/job/session';
import { failure, success, type Outcome } from '../../../segmind/outcome';
import { expiredVideo, withoutUrl } from '../../../segmind/problems';
import type { ItemOutput } from '../../../segmind/run/items';
import { download } from '../../../segmind/transfer/download';
import type { StoredFile } from '../../../segmind/transfer/store';
import type { JobOptions } from './options';
import { videoFileName, videoJson } from './output';

export interface Delivery {
	requestId: string | undefined;
	result: VideoResult;
	/** What the user requested, if this execution knows it. */
	asked?: IDataObject;
	/** The file, if a synchronous call brought it. */
	stored?: StoredFile;
	/** ms since 1970 */
	deadline: number;
	options: Pick<JobOptions, 'downloadVideo' | 'outputBinaryField' | 'fileName' | 'shape'>;
}

export async function deliver(session: Session, delivery: Delivery): Promise<Outcome<ItemOutput>> {
	const { requestId, result, asked, options } = delivery;
	let { stored } = delivery;
	if (!stored) {
		if (!result.videoUrl) return failure(withoutUrl(requestId, result));
		const now = Date.now();
		const isOld = isExpired(result, now);
		// Its URL may still work. A download finds out.
		if (isOld && !options.downloadVideo) return failure(expiredVideo(requestId, result));
		if (options.downloadVideo) {
			const file = {
				url: result.videoUrl,
				expectedSize: result.fileSize,
				contentType: result.contentType,
				fileName: videoFileName(options.fileName, requestId, result.contentType),
				requestId,
				cost: result.cost,
				isSubmitted: asked !== undefined,
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
