/** What a model is to the sandbox: a table of fields and prices, and what its video shows. */
import { usd } from '../account';
import type { InputImage } from '../images';
import type { Clip } from '../render/clip';
import type { InputVideo } from '../videos';
import type { Check } from './check';

export interface Segment {
	prompt: string;
	duration: string;
}

export interface Element {
	frontal_image_url: string;
	reference_image_urls?: string[];
}

/** A body that was accepted. What a model's table does not list may be in it all the same. */
export interface ModelRequest {
	prompt: string;
	image_url?: string;
	end_image_url?: string;
	video_url?: string;
	duration?: string;
	mode?: Mode;
	generate_audio?: boolean;
	keep_audio?: boolean;
	aspect_ratio?: string;
	multi_prompt?: Segment[];
	elements?: Element[];
	image_urls?: string[];
	[field: string]: unknown;
}

export const MODES = ['std', 'pro'] as const;
export type Mode = (typeof MODES)[number];

/** A complaint, or nothing. */
export type Complaint = string | undefined | false;

export interface Field {
	/** Looked at when a job is submitted: a wrong form is answered with 422, and no job is created. */
	check: Check;
	/** Missing or empty: 400. */
	required?: true;
	/** What the service takes where the field was not sent. */
	fallback?: unknown;
	/** Looked at when the job runs: it fails. */
	limit?: (value: never, request: ModelRequest) => Complaint;
	/** Pictures that the value names: the place that a complaint names, and the address. */
	pictures?: (value: never) => Array<[place: string, url: string]>;
	/** The value is the address of the input video. */
	isVideo?: true;
}

/** The files that a body names, fetched. */
export interface Media {
	/** By the place in the body. */
	pictures: Record<string, InputImage>;
	video?: InputVideo;
}

export interface Model {
	/** As in the URL of a submit. */
	name: string;
	fields: Record<string, Field>;
	/** USD per second of video. */
	rates: Record<Mode, { silent: number; audio: number }>;
	/** Length that is billed, seconds; without the input video the least that it can be. */
	seconds: (request: ModelRequest, video?: InputVideo) => number;
	clip: (request: ModelRequest, media: Media) => Clip;
}

/** The price of a request, USD; 0 where its length cannot be read, for such a job fails anyway. */
export function price(model: Model, request: ModelRequest, video?: InputVideo): number {
	const rate = model.rates[request.mode ?? 'pro'];
	const seconds = model.seconds(request, video);
	return Number.isFinite(seconds) && seconds > 0
		? usd(seconds * (request.generate_audio ? rate.audio : rate.silent))
		: 0;
}

/** The fields that were sent, with their tables. */
const sent = (model: Model, request: ModelRequest): Array<[name: string, Field, value: never]> =>
	Object.entries(model.fields)
		.filter(([name]) => request[name] !== undefined)
		.map(([name, field]) => [name, field, request[name] as never]);

/** The first limit that the request breaks, in the service's words, or undefined. */
export function brokenLimit(model: Model, request: ModelRequest): string | undefined {
	for (const [, { limit }, value] of sent(model, request)) {
		const complaint = limit?.(value, request);
		if (complaint) return complaint;
	}
	return undefined;
}

/** The first field that the model does not know, as a complaint, or undefined. */
export function unknownField(model: Model, request: ModelRequest): string | undefined {
	const unknown = Object.keys(request).find((name) => !(name in model.fields));
	return unknown && `Additional properties are not allowed ('${unknown}' was unexpected)`;
}

/** Places and addresses of all pictures of a request. */
export const picturesOf = (model: Model, request: ModelRequest): Array<[string, string]> =>
	sent(model, request).flatMap(([, { pictures }, value]) => pictures?.(value) ?? []);

/** Place and address of the input video, if the model takes one. */
export const videoOf = (model: Model, request: ModelRequest): [string, string] | undefined => {
	const found = sent(model, request).find(([, { isVideo }]) => isVideo);
	return found && [found[0], found[2]];
};

/** What the history shows in a body besides the fields that were sent. */
export const filledIn = (model: Model): Record<string, unknown> => ({
	...Object.fromEntries(
		Object.entries(model.fields)
			.filter(([, { required }]) => !required)
			.map(([name, { fallback = null }]) => [name, fallback]),
	),
	seed: null,
});
