/** The Options collection of each operation: the options of the job, and the rare fields of the models. */
import type { INodeProperties } from 'n8n-workflow';

import { OPTIONS } from '../fields/options';
import type { VideoOperation } from '../fields/options/option';
import { shownFor } from '../fields/show';
import type { Model } from '../models/model';
import { ifModel, merged } from './fields';

/** n8n wants the labels in alphabetical order. */
const byLabel = (a: INodeProperties, b: INodeProperties) =>
	a.displayName < b.displayName ? -1 : 1;

function optionsOf(operation: VideoOperation, models: Model[]): INodeProperties {
	const forJobs = Object.values(OPTIONS)
		.filter(({ operations }) => operations.includes(operation))
		.map(({ property }) => property);
	const submits = operation !== 'get';
	const ofModels = merged(submits ? models : [], ({ options }) => options).flatMap(
		({ entry, models: some }) =>
			// Named from the root, because the collection itself has no model.
			entry.properties.map((property) => shownFor(ifModel(some, models, '/model'), property)),
	);
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show: { resource: ['video'], operation: [operation] } },
		options: [...forJobs, ...ofModels].sort(byLabel),
	};
}

export const videoOptions = (models: Model[]): INodeProperties[] =>
	(['generate', 'start', 'get'] as const).map((operation) => optionsOf(operation, models));
