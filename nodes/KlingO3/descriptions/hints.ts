/** What the panel says about a run before it is started. */
import type { NodeHint } from 'n8n-workflow';

import { DEFAULT_CONCURRENCY } from '../fields/options/concurrency';
import { survivesRestarts } from '../fields/options/survivesRestarts';

const { displayName, name } = survivesRestarts.property;

/** More items than are made at a time by default, or many at a time: n8n waits for a while, and holds all in memory. */
export const hints: NodeHint[] = [
	{
		type: 'info',
		location: 'ndv',
		whenToDisplay: 'always',
		message: `This run makes many videos, which takes a while. With the option <b>${displayName}</b>, n8n keeps it in its database meanwhile: it survives restarts, and holds no memory and no worker.`,
		displayCondition: `={{ $parameter.resource === 'video' && $parameter.operation === 'generate' && !$parameter.options?.${name} && ($parameter.options?.concurrency > ${DEFAULT_CONCURRENCY} || $input.all().length > ${DEFAULT_CONCURRENCY}) }}`,
	},
];
