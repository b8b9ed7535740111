/**
 * What an option is: something under Options that says how a job and its output are handled. What the API knows, like
 * Shot Type, is a field.
 */
import type { INodeProperties } from 'n8n-workflow';

import type { Outcome } from '../../../segmind/job/problem';

export type VideoOperation = 'generate' | 'start' | 'get';

export interface Option<T> {
	property: INodeProperties;
	/** The operations that offer it. */
	operations: VideoOperation[];
	/**
	 * One item's value, checked.
	 *
	 * @param value what the user entered; undefined where the option was not added
	 */
	read(value: unknown): Outcome<T>;
}
