/** The period that Get Usage sums up. */
import type { INodeProperties } from 'n8n-workflow';

import { success, type Outcome } from '../../segmind/outcome';
import { invalid, parameter, type Source } from './field';
import { shownFor } from './show';
import { readEnd, startOfMonth } from './time';

const FROM = 'From';
const TO = 'To';

const properties: INodeProperties[] = [
	{
		displayName: FROM,
		name: 'from',
		type: 'dateTime',
		default: '',
		description:
			"Beginning of the period. When empty, the start of the month in which the period ends, in the workflow's timezone.",
	},
	{
		displayName: TO,
		name: 'to',
		type: 'dateTime',
		default: '',
		description:
			'End of the period. When empty, now. A date without a time of day counts as the whole day.',
	},
];

export const periodFields = properties.map((property) =>
	shownFor({ resource: ['account'], operation: ['getUsage'] }, property),
);

/** A period in the workflow's timezone. */
export interface Period {
	/** ms since 1970, inclusive */
	from: number;
	/** ms since 1970, exclusive; undefined for "until now" */
	to?: number;
	zone: string;
}

/** @param now ms since 1970 */
export function readPeriod(source: Source, now: number): Outcome<Period> {
	const zone = source.context.getTimezone();
	const start = readEnd(FROM, parameter(source, 'from', ''), zone);
	if (!start.ok) return start;
	const end = readEnd(TO, parameter(source, 'to', ''), zone, true);
	if (!end.ok) return end;
	const to = end.value;
	// The end is exclusive, so midnight of the first day belongs to the month before.
	const from = start.value ?? startOfMonth(zone, to === undefined ? now : to - 1);
	if (to !== undefined && from >= to) return invalid(`${FROM} must be earlier than ${TO}`);
	return success({ from, to, zone });
}
