/** What a model is to the sandbox: the fields and prices of the node's table, and what the service does with them. */
import { fieldsOf, type Model as Table } from '../../nodes/KlingO3/models/model';
import { isLengthInPanel, rateOf } from '../../nodes/KlingO3/models/price';
import { usd } from '../account';
import type { InputImage } from '../images';
import type { InputVideo } from '../videos';
import { checkOf, type Check } from './check';
import { clipSeconds, SECONDS, SERVICE_FIELDS, type ServiceField } from './service';

export interface Segment {
	prompt: string;
	duration: string;
}

export interface Element {
	frontal_image_url: string;
	reference_image_urls?: string[];
}

/**
 * A body that was accepted: the fields of the model's table, and perhaps others. Only those have a type here that the
 * rendering and the bill look at.
 */
export interface ModelRequest {
	prompt: string;
	duration?: string;
	multi_prompt?: Segment[];
	generate_audio?: boolean;
	keep_audio?: boolean;
	aspect_ratio?: string;
	[field: string]: unknown;
}

/** A complaint, or nothing. */
export type Complaint = string | undefined | false;

export interface Field extends ServiceField {
	/** Looked at when a job is submitted: a wrong form is answered with 422, and no job is created. */
	check: Check;
	/** Missing or empty: 400. */
	required: boolean;
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
	rate: (request: ModelRequest) => number;
	/** The result is as long and as wide as the input video, whatever the body says. */
	followsInput: boolean;
}

/** The service's side of one of the node's tables. */
export function served(table: Table): Model {
	const fields = fieldsOf(table).map(({ name, api }) => {
		const service = SERVICE_FIELDS[api.name] ?? {};
		const check = checkOf(service.stricter?.(api.form) ?? api.form);
		return { name, api, field: { ...service, check, required: api.isRequired ?? false } };
	});
	return {
		name: table.name,
		fields: Object.fromEntries(fields.map(({ api, field }) => [api.name, field])),
		rate: (request) => {
			const values = fields.map(({ name, api, field }) => [
				name,
				request[api.name] ?? field.fallback,
			]);
			return rateOf(table, Object.fromEntries(values) as Record<string, unknown>).usdPerSecond;
		},
		followsInput: !isLengthInPanel(table),
	};
}

/** Length that is billed, seconds; without the input video the least that it can be. */
export function secondsOf(model: Model, request: ModelRequest, video?: InputVideo): number {
	if (!model.followsInput) return clipSeconds(request);
	return video ? Math.round(video.seconds) : SECONDS.least;
}

/** The price of a request, USD; 0 where its length cannot be read, for such a job fails anyway. */
export function price(model: Model, request: ModelRequest, video?: InputVideo): number {
	const seconds = secondsOf(model, request, video);
	return Number.isFinite(seconds) && seconds > 0 ? usd(seconds * model.rate(request)) : 0;
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
