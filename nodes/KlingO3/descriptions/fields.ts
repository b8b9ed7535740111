/**
 * The panel's fields, from the tables of the models. Each field is there once, and shows for the models and
 * operations that have it.
 */
import type { INodeProperties } from 'n8n-workflow';

import { shownFor, type Conditions } from '../fields/show';
import type { Model } from '../models/model';
import { notices, type Notice } from './notices';

interface Placed<T> {
	entry: T;
	models: Model[];
}

/**
 * One list that keeps the order of each model's entries. Models share an entry if possible. If their orders
 * contradict each other, the entry is there twice.
 */
export function merged<T>(models: Model[], entriesOf: (model: Model) => T[]): Array<Placed<T>> {
	const list: Array<Placed<T>> = [];
	for (const model of models) {
		let next = 0;
		for (const entry of entriesOf(model)) {
			const known = list.findIndex((placed, index) => index >= next && placed.entry === entry);
			if (known >= 0) {
				list[known].models.push(model);
				next = known + 1;
			} else {
				list.splice(next++, 0, { entry, models: [model] });
			}
		}
	}
	return list;
}

/** The condition for some of the models; empty for all of them. */
export function ifModel(some: Model[], all: Model[], key = 'model'): Conditions {
	return some.length === all.length ? {} : { [key]: some.map(({ name }) => name) };
}

/** The operations that make a video, and those that show its price. */
const SUBMITTING = ['generate', 'start'];
export const PRICING = [...SUBMITTING, 'estimateCost'];

/** A field or a notice that the panel shows for some of the models. */
interface Entry {
	properties: INodeProperties[];
	isPriced?: boolean;
}

const namesIn = ({ properties }: Entry) => properties.map(({ name }) => name);

/** A model's fields and notices. A notice follows the last field that it depends on. */
function entriesOf(model: Model, notices: Notice[]): Entry[] {
	const entries: Entry[] = [...model.fields];
	for (const notice of notices) {
		const places = entries.map((entry) => namesIn(entry).some((name) => name in notice.show));
		entries.splice(places.lastIndexOf(true) + 1, 0, notice);
	}
	return entries;
}

/** Fields and notices of the models, without those under Options. */
export function modelFields(models: Model[]): INodeProperties[] {
	const noticesOf = notices(models);
	return merged(models, (model) => entriesOf(model, noticesOf(model))).flatMap(
		({ entry, models: some }) => {
			const operation = entry.isPriced ? PRICING : SUBMITTING;
			const show = { resource: ['video'], operation, ...ifModel(some, models) };
			return entry.properties.map((property) => shownFor(show, property));
		},
	);
}
