/** What a model is. One file beside this one describes one model; index.ts lists them. */
import type { Field } from '../fields/field';
import type { Caution } from './cautions';

/** A price, and when it applies. */
export interface Rate {
	/** As the panel names it: "Pro with audio". */
	label: string;
	/** Values of fields, by their names in workflows. */
	when: Record<string, string | boolean>;
	usdPerSecond: number;
	/** What is computed from an inferred rate is an estimate. */
	source: 'model page' | 'inferred';
}

export interface Model {
	/** In the API's paths. */
	name: string;
	/** In the panel's list. */
	label: string;
	/** Under the label: what it makes of what. */
	description: string;
	/** In the panel's order. */
	fields: Field[];
	/** Fields that stand under Options. */
	options: Field[];
	rates: Rate[];
	/** What the user should know of values that do not go together. */
	cautions: Caution[];
	/** The longest video (s). */
	longest: number;
	/** How long a video takes (s), as the model's page says. */
	takes: [from: number, to: number];
}

/** All fields, wherever they stand. */
export const fieldsOf = ({ fields, options }: Model): Field[] => [...fields, ...options];

/** The field that decides how long the video is. */
export const lengthOf = (model: Model) => fieldsOf(model).find(({ length }) => length)?.length;
