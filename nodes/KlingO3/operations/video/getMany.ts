/** Lists the account's videos of a period from Segmind's history. It costs nothing. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { listRequests } from '../../../segmind/job/requests';
import { success } from '../../../segmind/outcome';
import { ONE_BY_ONE, runItems } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { readWantedRequests, type WantedRequests } from '../../fields/listing';
import { readEach } from '../readEach';
import { rowJson } from './row';

export async function getMany(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const now = Date.now();
		const { values, problems } = await readEach(context, (source) =>
			readWantedRequests(source, now),
		);
		return await runItems(context, session, {
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => {
				const { filter, limit, shape } = values[item] as WantedRequests;
				const rows = await listRequests(session, filter, limit);
				if (!rows.ok) return rows;
				return success(rows.value.map((row) => ({ json: rowJson(row, shape) })));
			},
		});
	});
}
