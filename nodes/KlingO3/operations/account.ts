import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { readBalance } from '../../segmind/job/balance';
import { success } from '../../segmind/outcome';
import { ONE_BY_ONE, runItems } from '../../segmind/run/items';
import { withSession } from '../../segmind/run/open';

export async function getCredits(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(
		context,
		async (session) =>
			await runItems(context, session, {
				problems: context.getInputData().map(() => undefined),
				concurrency: ONE_BY_ONE,
				task: async () => {
					const balance = await readBalance(session);
					return balance.ok ? success({ json: { ...balance.value, currency: 'USD' } }) : balance;
				},
			}),
	);
}
