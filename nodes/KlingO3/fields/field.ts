/**
 * What a field is. One file describes one field: what the panel shows, how its value is read and checked, and what it
 * becomes in the API. A model names the fields that it has; the panel, the body, the hash of a job, the uploads, the
 * price and the documents follow from that.
 */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { failure, parameterProblem, type Outcome } from '../../segmind/outcome';
import type { CheckedFiles, Media } from './media/media';

/** Where a field reads one item's value from. n8n resolves expressions there, item by item. */
export interface Source {
	context: IExecuteFunctions;
	item: number;
	/** What was added under Options. */
	options: IDataObject;
	/** Files that other items have already read. */
	checked: CheckedFiles;
}

/** The form of a value in the API, in the words of JSON Schema; only what the model's page says of it. */
export interface ApiForm {
	type: 'string' | 'number' | 'boolean' | 'array' | 'object';
	format?: 'uri';
	/** What the service takes where it is not sent. */
	default?: unknown;
	/** The only values there are. */
	enum?: readonly string[];
	minimum?: number;
	maximum?: number;
	items?: ApiForm;
	minItems?: number;
	maxItems?: number;
	/** Of an object. */
	properties?: Record<string, ApiForm>;
	required?: readonly string[];
}

/** Says what stands in a body for a picture or a video: its URL, or before anything is uploaded its content's hash. */
export type Place = (media: Media) => unknown;

/** The length of the video, in the field that decides it. */
export interface Length<T> {
	/** @returns s, or undefined when nobody knows before the video is made */
	seconds(value: T): number | undefined;
	/** The same as JavaScript over the panel's values `p`, in s. Without it the panel cannot know the length. */
	script?: string;
}

export interface Field<T = unknown> {
	/** Its name in workflows: the property that holds its value, or that chooses how the value is given. */
	name: string;
	api: {
		/** Its name in the API's body. */
		name: string;
		form: ApiForm;
		/** Whether Segmind refuses a body without it. */
		isRequired?: boolean;
	};
	/** What the panel shows of it, for the models and operations that have it. */
	properties: INodeProperties[];
	/** Whether the price depends on it, so that an estimate needs it too. */
	isPriced?: boolean;
	length?: Length<T>;
	/** One item's value, checked. Nothing is sent. */
	read(source: Source): Outcome<T> | Promise<Outcome<T>>;
	/** @returns its form in the API; undefined leaves it out of the body */
	toApi(value: T, place: Place): unknown;
	/** What the output says of it. */
	toOutput?(value: T): IDataObject;
}

/** The value of a parameter of the panel. */
export const parameter = ({ context, item }: Source, name: string, fallback?: unknown): unknown =>
	context.getNodeParameter(name, item, fallback);

/** A value that cannot be used. The sentence names the field. */
export const invalid = (message: string, description?: string) =>
	failure(parameterProblem(message, description));
