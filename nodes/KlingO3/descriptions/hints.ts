/** What the panel says about a run before its start. */
import type { NodeHint } from 'n8n-workflow';

import { PARK } from '../../segmind/policy/park';
import { apiVersion } from '../fields/options/apiVersion';
import { concurrency, DEFAULT_CONCURRENCY } from '../fields/options/concurrency';
import { survivesRestarts } from '../fields/options/survivesRestarts';

const { displayName, name } = survivesRestarts.property;

/** With more videos than this, nobody waits at the screen, or wants to start the run again. */
export const MANY_ITEMS = 10;

/** An option's value, if it is set. */
const option = (one: string) => `$parameter.options?.${one}`;

/** The number of items; 0 before the previous node has run, because `$input` throws then. */
const items = '(() => { try { return $input.all().length; } catch { return 0; } })()';
const atOnce = option(concurrency.property.name);

/**
 * More items than Concurrency take turns. Users who set Concurrency have several items, so it counts even before the
 * items are known.
 */
const IS_LONG = `((items) => items > ${MANY_ITEMS} || items > (${atOnce} ?? ${DEFAULT_CONCURRENCY}) || (items === 0 && ${atOnce} !== undefined))(${items})`;

export const hints: NodeHint[] = [
	{
		type: 'info',
		location: 'ndv',
		whenToDisplay: 'always',
		message: `A run of many videos takes a while. With the option <b>${displayName}</b>, n8n keeps it in its database meanwhile: it survives restarts, and holds no memory and no worker. With more than ${PARK.mostItems} items, put Loop Over Items before it.`,
		displayCondition: `={{ $parameter.resource === 'video' && $parameter.operation === 'generate' && !${option(name)} && ${option(apiVersion.property.name)} !== 'v1' && ${IS_LONG} }}`,
	},
];
