/**
 * What an option is: something under Options that says how a job and its output are handled. What the API knows, like
 * Shot Type, is a field.
 */
import type { INodeProperties } from 'n8n-workflow';

import type { Outcome } from '../../../segmind/outcome';

export type VideoOperation = 'generate' | 'start' | 'get';

export interface Option<T> {
	property: INodeProperties;
	/** The operations that offer it. */
	operations: VideoOperation[];
	/** Where the option was not added. */
	absent: T;
	/**
	 * One item's value, checked. n8n keeps the key of an option whose expression gives nothing: that is a mistake that
	 * the user must see where money depends on it, not an absent option.
	 */
	read(value: unknown): Outcome<T>;
}
