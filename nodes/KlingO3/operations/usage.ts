/**
 * What the account has spent in a period, from its requests. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import type { HistoryRow } from '../../segmind/job/history';
import { stateOf } from '../../segmind/job/historyRows';
import { failure, success, type Outcome } from '../../segmind/outcome';
import { dayIn } from '../fields/time';
import { roundUsd } from '../models/price';

/** A failed request is not billed, even if its row names a cost. */
const costOf = (row: HistoryRow) => (stateOf(row) === 'failed' ? 0 : (row.cost ?? 0));

const sumOf = (rows: HistoryRow[]) => roundUsd(rows.reduce((total, row) => total + costOf(row), 0));

/** Sum and number of the rows in each group. */
function grouped(
	rows: HistoryRow[],
	name: string,
	groupOf: (row: HistoryRow) => string,
): IDataObject[] {
	const groups = new Map<string, HistoryRow[]>();
	for (const row of rows) {
		const group = groupOf(row);
		groups.set(group, [...(groups.get(group) ?? []), row]);
	}
	return [...groups].map(([group, members]) => ({
		[name]: group,
		cost: sumOf(members),
		count: members.length,
	}));
}

const UNKNOWN = 'unknown';

/**
 * The sums of these requests. Each request must be there only once.
 *
 * @param zone timezone of the days
 * @returns a problem if no finished request has a cost: with a sum of 0, every budget check would pass
 */
export function usageOf(rows: HistoryRow[], zone: string): Outcome<IDataObject> {
	const [completed, failed, pending] = (['completed', 'failed', 'running'] as const).map((state) =>
		rows.filter((row) => stateOf(row) === state),
	);
	const withoutCost = completed.filter(({ cost }) => cost === undefined);
	if (completed.length > 0 && withoutCost.length === completed.length) {
		return failure({
			kind: 'service',
			message: `Segmind's history names no cost for any of the ${completed.length} finished requests of this period, so what was spent is not known`,
			description:
				'Look in the Segmind console. Please report it, so that this node can learn to read it.',
			billed: 'no',
		});
	}
	return success({
		cost: sumOf(rows),
		currency: 'USD',
		count: rows.length,
		failed: failed.length,
		pending: pending.length,
		withoutCost: withoutCost.length,
		byModel: grouped(rows, 'model', ({ model }) => model || UNKNOWN).sort(
			(one, other) => Number(other.cost) - Number(one.cost),
		),
		byDay: grouped(rows, 'date', ({ createdAt }) =>
			createdAt === undefined ? UNKNOWN : dayIn(zone, createdAt),
		).sort((one, other) => String(one.date).localeCompare(String(other.date))),
	});
}
