/**
 * One item's video as the user asked for it: read by the fields of its model, and what follows from them: the body of
 * the submit, what makes two jobs the same job, what is uploaded first, the price and the output.
 */
import type { IDataObject } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import type { KindOfJob } from '../../segmind/schedule/lessons';
import type { LocalFile } from '../../segmind/transfer/upload';
import { invalid, type Field, type Place, type Source } from '../fields/field';
import type { Media } from '../fields/media/media';
import { withoutSignature } from '../fields/media/signature';
import { ownFieldProblem } from '../fields/options/extraBody';
import { fieldsOf, type Model } from './model';
import { estimate, type Estimate } from './price';

/** A field with one item's value. */
interface Entry {
	field: Field;
	value: unknown;
}

/** What of a video decides its price: all that an estimate needs. */
export interface PriceRequest {
	model: Model;
	entries: Entry[];
}

export interface VideoRequest extends PriceRequest {
	extraBody: IDataObject;
}

/** Fields are read in the order of the panel, so that the first problem is the uppermost. */
async function readFields(fields: Field[], source: Source): Promise<Outcome<Entry[]>> {
	const entries: Entry[] = [];
	for (const field of fields) {
		const value = await field.read(source);
		if (!value.ok) return value;
		entries.push({ field, value: value.value });
	}
	return success(entries);
}

/** Only what decides the price. */
export async function readPriceRequest(
	model: Model,
	source: Source,
): Promise<Outcome<PriceRequest>> {
	const priced = fieldsOf(model).filter(({ isPriced }) => isPriced);
	const entries = await readFields(priced, source);
	return entries.ok ? success({ model, entries: entries.value }) : entries;
}

/** Everything that a submit needs. */
export async function readVideoRequest(
	model: Model,
	source: Source,
	extraBody: IDataObject,
): Promise<Outcome<VideoRequest>> {
	const fields = fieldsOf(model);
	const problem = ownFieldProblem(
		extraBody,
		fields.map(({ api }) => api.name),
	);
	if (problem) return invalid(problem);
	const entries = await readFields(fields, source);
	return entries.ok ? success({ model, entries: entries.value, extraBody }) : entries;
}

/** The body of a submit: exactly the fields that the model has, and the user's extra ones. */
export function bodyOf({ entries, extraBody }: VideoRequest, place: Place): IDataObject {
	const body: IDataObject = {};
	for (const { field, value } of entries) {
		const form = field.toApi(value, place);
		if (form !== undefined) body[field.api.name] = form as IDataObject;
	}
	return { ...body, ...extraBody };
}

/** A picture by what it shows, not by where an upload happened to put it. */
const byContent: Place = (media: Media) =>
	media.kind === 'url' ? withoutSignature(media.url) : `sha256:${media.file.hash}`;

/** What makes two jobs the same job, before anything is uploaded. */
export const identityOf = (request: VideoRequest): IDataObject => ({
	model: request.model.name,
	body: bodyOf(request, byContent),
});

/** What must be uploaded before the submit, each file once. */
export function filesOf(request: VideoRequest): LocalFile[] {
	const files = new Map<string, LocalFile>();
	bodyOf(request, (media) => {
		if (media.kind === 'local') files.set(media.file.hash, media.file);
		return '';
	});
	return [...files.values()];
}

/** @param urls where the uploaded files are, by their hash */
export const uploadedBody = (request: VideoRequest, urls: Map<string, string>): IDataObject =>
	bodyOf(request, (media) =>
		media.kind === 'url' ? media.url : (urls.get(media.file.hash) as string),
	);

export function estimateOf({ model, entries }: PriceRequest): Estimate {
	const values = Object.fromEntries(entries.map(({ field, value }) => [field.name, value]));
	const decisive = entries.find(({ field }) => field.length);
	return estimate(model, values, decisive?.field.length?.seconds(decisive.value));
}

/** What decides how long a video takes, and how long that is. */
export function kindOf(request: PriceRequest): KindOfJob {
	const { model, entries } = request;
	// A video has a price, too, but each is another one.
	const values = entries
		.filter(({ field, value }) => field.isPriced && !field.length && typeof value !== 'object')
		.map(({ field, value }) => [field.name, value]);
	const [from, to] = model.takes;
	return {
		name: JSON.stringify([model.name, estimateOf(request).seconds, values]),
		takes: { from: from * 1000, to: to * 1000 },
	};
}

/** What the user asked for, as the output says it. */
export function outputOf(request: PriceRequest): IDataObject {
	const { seconds, usd, isMost } = estimateOf(request);
	const said = request.entries.map(({ field, value }) => field.toOutput?.(value) ?? {});
	return {
		model: request.model.name,
		duration: seconds,
		...Object.assign({}, ...said),
		estimatedCost: usd,
		estimatedCostIsMaximum: isMost || undefined,
	};
}

/** What the user should know of an item's values, in sentences. */
export function cautionsOf({ model, entries }: PriceRequest): string[] {
	const valueOf = <T>(wanted: Field<T>) =>
		entries.find(({ field }) => field.name === wanted.name)?.value as T | undefined;
	return model.cautions.filter(({ holds }) => holds(valueOf)).map(({ text }) => text);
}
