/** Lists the account's videos of a period from Segmind's history. Costs nothing. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success } from '../../../segmind/job/problem';
import { listRequests } from '../../../segmind/job/requests';
import { ONE_BY_ONE, runItems } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { readEach } from '../../parameters/read';
import { readWantedRequests, type WantedRequests } from '../../parameters/requests';
import { rowJson } from './row';

export async function getMany(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const now = Date.now();
		const { values, problems } = await readEach(context, (item) =>
			readWantedRequests(context, item, now),
		);
		return await runItems(context, session, {
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => {
				const { filter, limit, simplify } = values[item] as WantedRequests;
				const rows = await listRequests(session, filter, limit);
				if (!rows.ok) return rows;
				return success(rows.value.map((row) => ({ json: rowJson(row, simplify) })));
			},
		});
	});
}
