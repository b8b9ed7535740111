/**
 * One file describes one field: what the panel shows, how its value is read and checked, and what the API gets. A
 * model names its fields. The panel, the body, the hash of a job, the uploads, the price and the documents follow
 * from them.
 */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { failure, parameterProblem, type Outcome } from '../../segmind/outcome';
import type { CheckedFiles, Media } from './media/media';

/** A field reads one item's value from here. n8n resolves expressions for each item. */
export interface Source {
	context: IExecuteFunctions;
	item: number;
	/** The options that the user added. */
	options: IDataObject;
	/** The files that other items have already read. */
	checked: CheckedFiles;
}

/** The form of a value in the API, as JSON Schema. It holds only what the model's page says. */
export interface ApiForm {
	type: 'string' | 'number' | 'boolean' | 'array' | 'object';
	format?: 'uri';
	/** What the service uses if the field is not sent. The history shows it: without it a lost job is not recognized. */
	default?: unknown;
	/** All allowed values. */
	enum?: readonly string[];
	minimum?: number;
	maximum?: number;
	items?: ApiForm;
	minItems?: number;
	maxItems?: number;
	/** For an object. */
	properties?: Record<string, ApiForm>;
	required?: readonly string[];
}

/** Returns what the body has for a picture or a video: its URL, or the hash of its content before it is uploaded. */
export type Place = (media: Media) => unknown;

/** How to get the video's length from the field that decides it. */
export interface Length<T> {
	/** @returns s, or undefined if nobody knows it before the video is made */
	seconds(value: T): number | undefined;
	/** The same (s) as JavaScript over the panel's values `p`. Without it the panel cannot know the length. */
	script?: string;
}

export interface Field<T = unknown> {
	/** Its name in workflows: the property with its value, or with the choice of how to enter the value. */
	name: string;
	api: {
		/** Its name in the API's body. */
		name: string;
		form: ApiForm;
		/** Whether Segmind refuses a body without this field. */
		isRequired?: boolean;
	};
	/** What the panel shows for the models and operations that have the field. */
	properties: INodeProperties[];
	/** Whether the price depends on it. Then Estimate Cost has the field too. */
	isPriced?: boolean;
	length?: Length<T>;
	/** Reads and checks one item's value. Sends nothing. */
	read(source: Source): Outcome<T> | Promise<Outcome<T>>;
	/** @returns the value in the API's form; undefined leaves it out of the body */
	toApi(value: T, place: Place): unknown;
	/** The keys that it adds to the output. */
	toOutput?(value: T): IDataObject;
}

/** The value of a parameter of the panel. */
export const parameter = ({ context, item }: Source, name: string, fallback?: unknown): unknown =>
	context.getNodeParameter(name, item, fallback);

/** A value that cannot be used. The sentence names the field. */
export const invalid = (message: string, description?: string) =>
	failure(parameterProblem(message, description));
