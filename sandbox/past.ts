/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { DEFAULT_MODEL } from '../nodes/KlingO3/models';
import { usd } from './account';
import { readImage } from './images';
import { TIMING, videoFile, type Job } from './jobs';
import { findModel, price } from './models/model';
import { clipSeconds, type ModelRequest } from './models/service';
import { imageClip } from './render/imageClip';
import { shotsOf } from './render/looks';
import { SAMPLE_FILES } from './samples';
import type { Service } from './service';
import type { HostedFile, PastJob } from './tables';

const [PICTURE] = SAMPLE_FILES;

/** Of a sample image, whatever the model: what a past request named may be gone. */
async function video(service: Service, request: ModelRequest): Promise<HostedFile> {
	const image = readImage(await readFile(PICTURE.file), PICTURE.path);
	const clip = imageClip({
		image,
		shots: shotsOf(request.prompt, [clipSeconds(request)]),
		audio: request.generate_audio ?? false,
	});
	return videoFile(await service.renderer.render(clip));
}

/**
 * Puts a request of an earlier day into an account.
 * @returns the request ID
 * @throws Error for an unknown key, or when the request ID is taken
 */
export async function addPast(service: Service, key: string, past: PastJob): Promise<string> {
	const account = service.accounts.known(key);
	const { createdAt, requestId = randomUUID(), model = DEFAULT_MODEL, status = 'COMPLETED' } = past;
	if (service.jobs.find(requestId)) throw new Error(`Request ${requestId} exists already`);
	const table = findModel(model);
	const request: ModelRequest = {
		prompt: past.prompt ?? 'A request of an earlier day',
		...(model === DEFAULT_MODEL ? { image_url: service.urls.files + PICTURE.path } : {}),
		duration: '3',
		...past.body,
	};
	const ended = status === 'COMPLETED' || status === 'FAILED';
	const billed = status === 'COMPLETED';
	// What has ended did so before now.
	const age = (Date.now() - createdAt) / 1000;
	const job: Job = {
		...{ requestId, account, model, request, status, createdAt, billed },
		api: 'v2',
		price: past.cost ?? (table ? price(table, request) : 0),
		seconds: Math.max(0, Math.min(past.tookSeconds ?? TIMING.pastSeconds, age)),
		forgotten: false,
		finished: Promise.resolve(),
	};
	if (status !== 'QUEUED') job.processingAt = createdAt + job.seconds * 1000 * TIMING.queueShare;
	if (ended) job.completedAt = createdAt + job.seconds * 1000;
	if (status === 'FAILED') job.error = past.error ?? 'Generation failed';
	if (billed) {
		job.video = await video(service, request);
		if (!(past.fileExpired ?? Date.now() - createdAt > TIMING.fileMs))
			service.files.set(job.video.path, job.video);
		job.remainingCredits = usd(account.credits + account.freeCredits);
		account.spent = usd(account.spent + job.price);
	}
	service.jobs.put(job);
	return requestId;
}
