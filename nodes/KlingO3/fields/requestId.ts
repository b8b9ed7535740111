import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { invalid, parameter, type Source } from './field';

const LABEL = 'Request ID';

/** The video that Get fetches. It was plain text once: workflows that were saved then go on working. */
export const requestIdProperty: INodeProperties = {
	displayName: LABEL,
	name: 'requestId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The requestId from the output, or from the error, of Start or Generate',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a video...',
			hint: 'The videos of the last 31 days. A video of this minute may not be in the list yet.',
			typeOptions: { searchListMethod: 'searchVideos', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 3b241101-e2bb-4255-8caf-4136c566a962',
		},
	],
};

/**
 * A resource locator's value, or plain text as in workflows that were saved before the field was one.
 *
 * @returns trimmed; empty where nothing was chosen
 */
export function requestIdOf(value: unknown): string {
	const chosen =
		typeof value === 'object' && value !== null ? (value as { value?: unknown }).value : value;
	return typeof chosen === 'string' || typeof chosen === 'number' ? String(chosen).trim() : '';
}

export function readRequestId(source: Source): Outcome<string> {
	const id = requestIdOf(parameter(source, 'requestId'));
	return id ? success(id) : invalid(`${LABEL} is empty`);
}
