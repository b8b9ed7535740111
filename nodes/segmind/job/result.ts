/**
 * Reads the answers of status, result and the synchronous call. It accepts every form in the documentation, in
 * Segmind's own SDK and in the code of others. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import { VIDEO_LIFETIME } from '../policy/limits';
import { NO_REASON } from '../problems';
import { errorText } from '../transport/errorText';
import { namesCharge } from '../transport/reply';

/** A finished video as the service describes it. */
export interface VideoResult {
	videoUrl?: string;
	lastFrameUrl?: string;
	contentType?: string;
	fileName?: string;
	/** bytes */
	fileSize?: number;
	/** USD */
	cost?: number;
	/** USD */
	remainingCredits?: number;
	/** s */
	queueTime?: number;
	/** s */
	inferenceTime?: number;
	/** s */
	totalTime?: number;
	/** When the node saw that the job is complete, ms since 1970. Undefined for an old job without a time. */
	completedAt?: number;
	/** The service's body, for the output with Simplify off. */
	response: IDataObject;
}

export type Reading =
	| { state: 'running'; status: string }
	| { state: 'completed'; result: VideoResult }
	/** The body says FAILED and names no charge: certainly not billed, unless the job was finished before. */
	| { state: 'failed'; text: string }
	/**
	 * The service reports a problem, but not that the job failed; or the job failed and was charged. It may still be
	 * made and billed.
	 */
	| { state: 'doubtful'; text: string; isCharged?: true }
	/** Not JSON, cut, or without anything known in it. */
	| { state: 'unreadable' };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() ? value.trim() : undefined;
}

/** Numbers may be text. In headers they always are. */
function number(value: unknown): number | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	const parsed = text(value) === undefined ? NaN : Number(value);
	return Number.isFinite(parsed) ? parsed : undefined;
}

function httpUrl(value: unknown): string | undefined {
	const candidate = text(value);
	return candidate && /^https?:\/\//i.test(candidate) ? candidate : undefined;
}

const VIDEO_KEYS = [
	'video',
	'video_url',
	'videoUrl',
	'url',
	'file',
	'file_url',
	'output',
	'result',
	'data',
];
const LAST_FRAME_KEYS = ['last_frame_url', 'last_frame', 'lastFrameUrl', 'last_frame_image'];

/** The first URL under any of the keys, in a string, an array or an object. */
export function findUrl(value: unknown, keys: string[], depth = 0): string | undefined {
	if (depth > 4) return undefined;
	const direct = httpUrl(value);
	if (direct) return direct;
	if (Array.isArray(value)) {
		for (const entry of value) {
			const found = findUrl(entry, keys, depth + 1);
			if (found) return found;
		}
		return undefined;
	}
	if (!isObject(value)) return undefined;
	for (const key of keys) {
		const found = findUrl(value[key], keys, depth + 1);
		if (found) return found;
	}
	return undefined;
}

function findLastFrame(body: Json): string | undefined {
	const places = [body, body.output, body.video, body.result].filter(isObject);
	for (const place of places) {
		for (const key of LAST_FRAME_KEYS) {
			const found =
				httpUrl(place[key]) ?? (isObject(place[key]) ? httpUrl(place[key].url) : undefined);
			if (found) return found;
		}
	}
	return undefined;
}

/**
 * The accounting headers of the synchronous call, with the names of the asynchronous result.
 *
 * @param headers lower-case names
 */
export function accountingHeaders(headers: Record<string, string>) {
	return {
		requestId: text(headers['x-request-id']),
		cost: number(headers['x-cost']),
		remainingCredits: number(headers['x-remaining-credits']),
		inferenceTime: number(headers['x-generation-time']),
	};
}

function completed(body: Json, now: number): VideoResult {
	const metrics = isObject(body.metrics) ? body.metrics : {};
	const video = isObject(body.video) ? body.video : {};
	return {
		videoUrl: findUrl(body.video, VIDEO_KEYS) ?? findUrl(body, VIDEO_KEYS),
		lastFrameUrl: findLastFrame(body),
		contentType: text(video.content_type),
		fileName: text(video.file_name),
		fileSize: number(video.file_size),
		cost: number(metrics.cost),
		remainingCredits: number(metrics.remaining_credits),
		queueTime: number(metrics.queue_time),
		inferenceTime: number(metrics.inference_time),
		totalTime: number(metrics.total_time),
		completedAt: now,
		response: body as IDataObject,
	};
}

/** The status code for a failed job. A gateway or a firewall that refuses a request may send it, too. */
export const FAILED_JOB_STATUS = 422;

/**
 * @param body parsed JSON, or text if it was not JSON
 * @param httpStatus of the answer
 * @param now ms since 1970
 * @param headers of a synchronous call, which has its price there
 */
export function readJob(
	body: unknown,
	httpStatus: number,
	now: number,
	headers: Record<string, string> = {},
): Reading {
	if (!isObject(body)) return { state: 'unreadable' };
	const status = text(body.status)?.toUpperCase();
	// Only a failed job may be submitted again, so a status code or an error text is not enough.
	if (status === 'FAILED') {
		const words = failureText(body);
		return namesCharge({ body, headers })
			? { state: 'doubtful', text: words, isCharged: true }
			: { state: 'failed', text: words };
	}
	if (status === 'COMPLETED') return { state: 'completed', result: completed(body, now) };
	// An unknown status counts as running until the deadline.
	if (status) return { state: 'running', status };
	// A result that has its video may have no status.
	const result = completed(body, now);
	if (result.videoUrl) return { state: 'completed', result };
	const words = errorText({ error: body.error, detail: body.detail });
	return httpStatus === FAILED_JOB_STATUS && words
		? { state: 'doubtful', text: words }
		: { state: 'unreadable' };
}

function failureText(body: Json): string {
	return errorText({ error: body.error, detail: body.detail, message: body.message }) || NO_REASON;
}

/** The request ID in the answer to a submit. Undefined if there is none. */
export function readRequestId(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	for (const key of ['request_id', 'requestId', 'id']) {
		const id = body[key];
		if (typeof id === 'number') return String(id);
		const found = text(id);
		if (found) return found;
	}
	return undefined;
}

/** Whether the service has certainly removed a video's file, by its own rule. */
export const isExpired = ({ completedAt }: VideoResult, now: number): boolean =>
	completedAt !== undefined && now - completedAt > VIDEO_LIFETIME;
