/** What a model is to the sandbox: the fields and prices of the node's table, and what the service does with them. */
import { Type, type TSchema } from '@sinclair/typebox';

import { MODELS } from '../../nodes/KlingO3/models';
import { fieldsOf, type Model as Table } from '../../nodes/KlingO3/models/model';
import { isLengthInPanel, rateOf } from '../../nodes/KlingO3/models/price';
import { usd } from '../account';
import type { InputVideo } from '../videos';
import { BODY, clipSeconds, LIMITS, SECONDS, type ModelRequest } from './service';

/** The service's side of one of the node's tables. How long a list may be at most is looked at when the job runs. */
function served(table: Table) {
	const fields = fieldsOf(table).map(({ name, api }) => {
		const form = { ...api.form, maxItems: undefined, ...BODY.properties[api.name as 'prompt'] };
		return { ...api, field: name, form };
	});
	const forms = fields.map(({ name, form }) => [name, form] as const);
	return {
		/** As in the URL of a submit. */
		name: table.name,
		/** Looked at when a job is submitted: a wrong form is answered with 422, and no job is created. */
		body: Type.Partial(Type.Object(Object.fromEntries(forms))),
		/** Missing or empty: 400. */
		required: fields.filter(({ isRequired }) => isRequired).map(({ name }) => name),
		/** USD per second of video. */
		rate(request: ModelRequest): number {
			const values = fields.map(({ name, field, form }) => [field, request[name] ?? form.default]);
			return rateOf(table, Object.fromEntries(values) as Record<string, unknown>).usdPerSecond;
		},
		/** The result is as long and as wide as the input video, whatever the body says. */
		followsInput: !isLengthInPanel(table),
	};
}
export type Model = ReturnType<typeof served>;

/** Kept, because a schema is compiled once for each object. */
const known = new Map<Table, Model>();

/** The models that the sandbox knows are those that the node has now. */
export function findModel(name?: string): Model | undefined {
	const table = MODELS.find((model) => model.name === name);
	if (!table) return undefined;
	const model = known.get(table) ?? served(table);
	known.set(table, model);
	return model;
}

/**
 * The price of a request, USD; 0 where its length cannot be read, for such a job fails anyway. Where the input video
 * decides the length, the least that it can be without it.
 */
export function price(model: Model, request: ModelRequest, video?: InputVideo): number {
	const ofInput = video ? Math.round(video.seconds) : SECONDS.least;
	const seconds = model.followsInput ? ofInput : clipSeconds(request);
	return Number.isFinite(seconds) && seconds > 0 ? usd(seconds * model.rate(request)) : 0;
}

/** A value with its form, and where in the body it is. */
type Part = [form: TSchema, value: never, place: string];

/** The fields that were sent. */
const sent = ({ body }: Model, request: ModelRequest): Part[] =>
	Object.entries(body.properties)
		.map(([name, form]): Part => [form, request[name] as never, name])
		.filter(([, value]) => value !== undefined);

/** The first limit that the request breaks, in the service's words, or undefined. */
export const brokenLimit = (model: Model, request: ModelRequest): string | undefined =>
	sent(model, request)
		.map(([, value, name]) => LIMITS[name]?.(value, request))
		.find((complaint) => complaint) || undefined;

/** The first field that the model does not know, as a complaint, or undefined. */
export function unknownField({ body }: Model, request: ModelRequest): string | undefined {
	const unknown = Object.keys(request).find((name) => !(name in body.properties));
	return unknown && `Additional properties are not allowed ('${unknown}' was unexpected)`;
}

/** The addresses in a value of this form, each with its place. */
function addressesIn([{ format, items, properties }, value, place]: Part): Array<[string, string]> {
	if (format === 'uri') return [[place, value]];
	const named = Object.entries((properties ?? {}) as Record<string, TSchema>);
	const parts: Part[] = items
		? (value as never[]).map((one, index) => [items, one, `${place}[${index}]`])
		: named.map(([name, form]) => [form, value[name], `${place}.${name}`]);
	return parts.filter(([, part]) => part !== undefined).flatMap(addressesIn);
}

/** Addresses of all files of a request, by the place in the body. */
export const addressesOf = (model: Model, request: ModelRequest): Record<string, string> =>
	Object.fromEntries(sent(model, request).flatMap(addressesIn));

/** What the history shows in a body besides the fields that were sent. */
export const filledIn = ({ body, required }: Model): Record<string, unknown> => ({
	...Object.fromEntries(
		Object.entries(body.properties)
			.filter(([name]) => !required.includes(name))
			.map(([name, { default: usual = null }]) => [name, usual as unknown]),
	),
	seed: null,
});
