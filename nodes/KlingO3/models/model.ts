/** Each model has one file beside this one; index.ts lists them. */
import type { Field } from '../fields/field';
import type { Caution } from './cautions';

/** A price, and when it applies. */
export interface Rate {
	/** In the panel's words: "Pro with audio". */
	label: string;
	/** Values of fields, by their names in workflows. */
	when: Record<string, string | boolean>;
	usdPerSecond: number;
	/** Where the rate comes from. A price from an inferred rate is only an estimate. */
	source: 'model page' | 'inferred';
}

export interface Model {
	/** Its name in the API's paths. */
	name: string;
	/** Its name in the panel's list. */
	label: string;
	/** The text under the label: what it makes, and from what. */
	description: string;
	/** In the panel's order. */
	fields: Field[];
	/** The fields under Options. */
	options: Field[];
	rates: Rate[];
	/** Warnings about values that do not go together. */
	cautions: Caution[];
	/** The longest video (s). */
	longest: number;
	/** How long a video takes (s), from the model's page. */
	takes: [from: number, to: number];
}

/** All fields, also those under Options. */
export const fieldsOf = ({ fields, options }: Model): Field[] => [...fields, ...options];

/** The field that decides how long the video is. */
export const lengthOf = (model: Model) => fieldsOf(model).find(({ length }) => length)?.length;
