/** How one item's job and output are handled. */
import { success, type Outcome } from '../../../segmind/outcome';
import { isTool } from '../../../segmind/run/tool';
import { parameter, type Source } from '../../fields/field';
import { readOptions, type OptionValues } from '../../fields/options';
import { shapeOf, type Shape } from '../../fields/options/output';
import { isTrue } from '../../fields/text';

export interface JobOptions extends OptionValues {
	downloadVideo: boolean;
	/** What the output has. */
	shape: Shape;
}

/** Parameters that an operation does not have take their default. */
export function readJobOptions(source: Source): Outcome<JobOptions> {
	const options = readOptions(source.options);
	if (!options.ok) return options;
	const asTool = isTool(source.context.getNode());
	const downloadVideo = isTrue(parameter(source, 'downloadVideo', !asTool));
	return success({ ...options.value, downloadVideo, shape: shapeOf(source.options, asTool) });
}
