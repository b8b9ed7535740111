/** How the node handles one item's job and output. */
import { success, type Outcome } from '../../../segmind/outcome';
import { isTool } from '../../../segmind/run/tool';
import { parameter, type Source } from '../../fields/field';
import { readOptions, type OptionValues } from '../../fields/options';
import { shapeOf, type Shape } from '../../fields/options/output';
import { isTrue } from '../../fields/text';

export interface JobOptions extends OptionValues {
	downloadVideo: boolean;
	/** What the output contains. */
	shape: Shape;
}

/** If an operation does not have a parameter, the default counts. */
export function readJobOptions(source: Source): Outcome<JobOptions> {
	const options = readOptions(source.options);
	if (!options.ok) return options;
	const asTool = isTool(source.context.getNode());
	const downloadVideo = isTrue(parameter(source, 'downloadVideo', !asTool));
	return success({ ...options.value, downloadVideo, shape: shapeOf(source.options, asTool) });
}
