import { without, type Answer } from './answer';
import type { Job } from './jobs';
import type { ResultShape, Settings } from './tables';

const seconds = (from: number, to: number): number => Math.round(to - from) / 1000;

/** What a job cost and took; `cost` and `remaining_credits` only once it was billed. Times in seconds. */
function metrics(job: Job): Record<string, number> {
	const end = job.completedAt ?? Date.now();
	const started = job.processingAt ?? end;
	return {
		...(job.billed ? { cost: job.price, remaining_credits: job.remainingCredits ?? 0 } : {}),
		inference_time: seconds(started, end),
		queue_time: seconds(job.createdAt, started),
		total_time: seconds(job.createdAt, end),
		retry_count: 0,
	};
}

/** The answer to a status call. */
export const statusBody = (job: Job): object => ({
	status: job.status,
	request_id: job.requestId,
	metrics: metrics(job),
});

/** The answer of a job that FAILED, the same on every URL. */
export const failure = (job: Job, { failedWith }: Settings): Answer => ({
	status: failedWith,
	body: job.failedBody ?? {
		status: 'FAILED',
		request_id: job.requestId,
		output: null,
		error: job.error,
		metrics: metrics({ ...job, billed: false }),
	},
});

/** What a result does not have. */
const LEFT_OUT: Record<ResultShape, string[]> = {
	full: [],
	'video-only': ['output'],
	'output-only': ['video'],
	'output-array': ['video'],
	'no-status': ['status'],
};

/** The answer to a result call before the video is there. */
export function unfinished(job: Job, { unfinishedResult: status }: Settings): Answer {
	if (status === 200) return { status, body: { ...statusBody(job), output: null, error: null } };
	if (status === 202) return { status, body: { request_id: job.requestId, output: null } };
	const error = status === 404 ? 'Result not found' : 'Request is still in progress';
	return { status, body: { error } };
}

/**
 * The answer to a result call once the video is there, also what v1 answers as JSON.
 * @param filesUrl origin of the video's URL
 */
export function resultBody(job: Job, shape: ResultShape, filesUrl: string): object {
	const video = job.video!;
	const url = filesUrl + video.path;
	const body = {
		status: job.status,
		request_id: job.requestId,
		output: shape === 'output-array' ? [url] : url,
		video: {
			url,
			content_type: video.contentType,
			file_name: video.path.split('/').pop(),
			file_size: video.bytes,
		},
		error: null,
		metrics: metrics(job),
	};
	return without(body, ...LEFT_OUT[shape]);
}
