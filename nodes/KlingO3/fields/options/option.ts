/**
 * An option says how a job and its output are handled. Under Options the panel also has fields that the API knows,
 * like Shot Type: these are fields, not options.
 */
import type { INodeProperties } from 'n8n-workflow';

import type { Outcome } from '../../../segmind/outcome';

export type VideoOperation = 'generate' | 'start' | 'get';

export interface Option<T> {
	property: INodeProperties;
	/** The operations that offer it. */
	operations: VideoOperation[];
	/** The value if the user did not add the option. */
	absent: T;
	/**
	 * Reads and checks one item's value. If an expression gives nothing, n8n keeps the option's key. If money depends
	 * on the option, this is a mistake that the user must see, and not an absent option.
	 */
	read(value: unknown): Outcome<T>;
}
