/** Sums up what the account has spent in a period. It costs nothing. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { listRequests } from '../../segmind/job/requests';
import type { Session } from '../../segmind/job/session';
import { success, type Outcome } from '../../segmind/outcome';
import { ONE_BY_ONE, runItems, type ItemOutput } from '../../segmind/run/items';
import { withSession } from '../../segmind/run/open';
import { readPeriod, type Period } from '../fields/period';
import { readEach } from './readEach';
import { usageOf } from './usage';

async function usage(session: Session, { from, to, zone }: Period): Promise<Outcome<ItemOutput>> {
	const now = Date.now();
	const rows = await listRequests(session, { from, to });
	if (!rows.ok) return rows;
	const sums = usageOf(rows.value, zone);
	if (!sums.ok) return sums;
	const { withoutCost } = sums.value;
	if (withoutCost) {
		session.warn(
			`Segmind's history names no cost for ${String(withoutCost)} of these requests: the sum may be too low`,
		);
	}
	return success({
		json: {
			from: new Date(from).toISOString(),
			to: new Date(to ?? now).toISOString(),
			...sums.value,
		},
	});
}

export async function getUsage(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const now = Date.now();
		const { values, problems } = await readEach(context, (source) => readPeriod(source, now));
		return await runItems(context, session, {
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => await usage(session, values[item] as Period),
		});
	});
}
