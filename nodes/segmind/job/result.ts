/**
 * Reads the answers of status, result and the synchronous call. Liberal in what it accepts: every
 * shape that the documentation, Segmind's own SDK or others' code shows. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import { VIDEO_LIFETIME } from '../policy/limits';
import { NO_REASON } from '../problems';
import { errorText } from '../wire/errorText';

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
	/** When the job was noticed to be complete, ms since 1970; undefined where an old one names no time. */
	completedAt?: number;
	/** The service's body, for the output with Simplify off. */
	response: IDataObject;
}

export type Reading =
	| { state: 'running'; status: string }
	| { state: 'completed'; result: VideoResult }
	/** The body says FAILED: certainly not billed, unless the job was finished before. */
	| { state: 'failed'; text: string }
	/** The service's own words of trouble, but not that the job failed: it may be made and billed all the same. */
	| { state: 'doubtful'; text: string }
	/** Not JSON, cut, or without anything known in it. */
	| { state: 'unreadable' };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() ? value.trim() : undefined;
}

/** Numbers may come as text, in headers always. */
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

/** The first URL found under any of the keys, in a string, an array or an object. */
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
 * The accounting headers of the synchronous call, in the names of the asynchronous result.
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

/** A failed job is answered with this status; so is a request that a gateway or a firewall does not like. */
export const FAILED_JOB_STATUS = 422;

/**
 * @param body parsed JSON, or text where it was none
 * @param httpStatus of the answer
 * @param now ms since 1970
 */
export function readJob(body: unknown, httpStatus: number, now: number): Reading {
	if (!isObject(body)) return { state: 'unreadable' };
	const status = text(body.status)?.toUpperCase();
	// Only a failed job may be submitted anew, so neither a status code nor an error text is enough.
	if (status === 'FAILED') return { state: 'failed', text: failureText(body) };
	if (status === 'COMPLETED') return { state: 'completed', result: completed(body, now) };
	// An unknown status counts as running until the deadline.
	if (status) return { state: 'running', status };
	// The status can be missing on a result that has its video.
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

/** The request ID in the answer to a submit; undefined when there is none to be read. */
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
