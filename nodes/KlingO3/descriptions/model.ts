import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_MODEL } from '../models';
import type { Model } from '../models/model';
import { PRICING } from './fields';

/** It decides which fields the panel shows, so it cannot be an expression. */
export const modelField = (models: Model[]): INodeProperties => ({
	displayName: 'Model',
	name: 'model',
	type: 'options',
	noDataExpression: true,
	options: models.map(({ name, label, description }) => ({
		name: label,
		value: name,
		description,
	})),
	default: DEFAULT_MODEL,
	displayOptions: { show: { resource: ['video'], operation: PRICING } },
	description: 'What the video is made of',
});
