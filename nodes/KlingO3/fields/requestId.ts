import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { invalid, parameter, type Source } from './field';

const LABEL = 'Request ID';

/** The video that Get fetches. The field was plain text once, and workflows from that time still work. */
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
 * Reads a resource locator's value, or the plain text of older workflows.
 *
 * @returns trimmed; empty if nothing was chosen
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
