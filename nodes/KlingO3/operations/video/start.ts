/** Submit and return at once, for a workflow that waits in n8n's own Wait node. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success, type Outcome } from '../../../segmind/job/problem';
import { REQUEST_RECORD_LIFETIME } from '../../../segmind/policy/limits';
import { openSession } from '../../../segmind/run/open';
import { runItems, type ItemOutput } from '../../../segmind/run/items';
import { ensureSubmitted } from './job';
import { requestFields } from './output';
import { planAll, type Plan } from './plan';
import { readConcurrency } from './runOptions';
import { applyLimits } from './spending';

export async function start(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const session = await openSession(context);
	const { plans, problems } = await planAll(session);
	await applyLimits(session, plans, problems);

	const task = async (item: number): Promise<Outcome<ItemOutput>> => {
		const plan = plans[item] as Plan;
		const submitted = await ensureSubmitted(session, plan);
		if (!submitted.ok) return submitted;
		const { requestId, submittedAt } = submitted.value;
		return success({
			json: {
				requestId,
				status: 'QUEUED',
				submittedAt: new Date(submittedAt).toISOString(),
				getBefore: new Date(submittedAt + REQUEST_RECORD_LIFETIME).toISOString(),
				...requestFields(plan.request),
			},
		});
	};
	return await runItems(context, session, {
		problems,
		concurrency: readConcurrency(context),
		task,
		delivered: (items, withoutErrors) =>
			session.ledger.settle(
				items.map((item) => plans[item]?.entry),
				withoutErrors,
			),
	});
}
