/**
 * One item's video as the user wants it. The fields of its model read it. From their values follow the body of the
 * submit, the identity of the job, the files to upload, the price and the output.
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

/** The part of a video that decides its price: all that an estimate needs. */
export interface PriceRequest {
	model: Model;
	entries: Entry[];
}

export interface VideoRequest extends PriceRequest {
	extraBody: IDataObject;
}

/** Reads fields in the order of the panel, so the first problem is the top one. */
async function readFields(fields: Field[], source: Source): Promise<Outcome<Entry[]>> {
	const entries: Entry[] = [];
	for (const field of fields) {
		const value = await field.read(source);
		if (!value.ok) return value;
		entries.push({ field, value: value.value });
	}
	return success(entries);
}

/** Reads only what decides the price. */
export async function readPriceRequest(
	model: Model,
	source: Source,
): Promise<Outcome<PriceRequest>> {
	const priced = fieldsOf(model).filter(({ isPriced }) => isPriced);
	const entries = await readFields(priced, source);
	return entries.ok ? success({ model, entries: entries.value }) : entries;
}

/** Reads everything that a submit needs. */
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

/** Names a file by its content, and not by the address of its upload. */
const byContent: Place = (media: Media) =>
	media.kind === 'url' ? withoutSignature(media.url) : `sha256:${media.file.hash}`;

/** What makes two jobs the same job, before anything is uploaded. */
export const identityOf = (request: VideoRequest): IDataObject => ({
	model: request.model.name,
	body: bodyOf(request, byContent),
});

/** The files to upload before the submit, each once. */
export function filesOf(request: VideoRequest): LocalFile[] {
	const files = new Map<string, LocalFile>();
	bodyOf(request, (media) => {
		if (media.kind === 'local') files.set(media.file.hash, media.file);
		return '';
	});
	return [...files.values()];
}

/** @param urls the URLs of the uploaded files, by their hash */
export const uploadedBody = (request: VideoRequest, urls: Map<string, string>): IDataObject =>
	bodyOf(request, (media) =>
		media.kind === 'url' ? media.url : (urls.get(media.file.hash) as string),
	);

export function estimateOf({ model, entries }: PriceRequest): Estimate {
	const values = Object.fromEntries(entries.map(({ field, value }) => [field.name, value]));
	const decisive = entries.find(({ field }) => field.length);
	return estimate(model, values, decisive?.field.length?.seconds(decisive.value));
}

/** The values that decide how long a video takes, and how long that is. */
export function kindOf(request: PriceRequest): KindOfJob {
	const { model, entries } = request;
	// Not the input video: it changes the price too, but each one is different.
	const values = entries
		.filter(({ field, value }) => field.isPriced && !field.length && typeof value !== 'object')
		.map(({ field, value }) => [field.name, value]);
	const [from, to] = model.takes;
	return {
		name: JSON.stringify([model.name, estimateOf(request).seconds, values]),
		takes: { from: from * 1000, to: to * 1000 },
	};
}

/** What the user asked for, in the output's form. */
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

/** The warnings about an item's values, in sentences. */
export function cautionsOf({ model, entries }: PriceRequest): string[] {
	const valueOf = <T>(wanted: Field<T>) =>
		entries.find(({ field }) => field.name === wanted.name)?.value as T | undefined;
	return model.cautions.filter(({ holds }) => holds(valueOf)).map(({ text }) => text);
}
