/** How one item's job and output are handled. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { success, type Outcome } from '../../../segmind/job/problem';
import { parameter, type Source } from '../../fields/field';
import { readOptions, type OptionValues } from '../../fields/options';
import { isTrue } from '../../fields/text';

export interface JobOptions extends OptionValues {
	downloadVideo: boolean;
}

/** n8n makes a second node type of each node that is usable as a tool. */
const isTool = (context: IExecuteFunctions) => context.getNode().type.endsWith('Tool');

/** Parameters that an operation does not have take their default. */
export function readJobOptions(source: Source): Outcome<JobOptions> {
	const options = readOptions(source.options);
	if (!options.ok) return options;
	const downloadVideo = isTrue(parameter(source, 'downloadVideo', !isTool(source.context)));
	return success({ ...options.value, downloadVideo });
}
