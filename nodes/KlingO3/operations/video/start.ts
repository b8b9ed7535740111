/** Submits and returns at once, for a workflow that waits in n8n's own Wait node. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { LedgerEntry } from '../../../segmind/job/ledger';
import type { Session } from '../../../segmind/job/session';
import { success, type Outcome } from '../../../segmind/outcome';
import { REQUEST_RECORD_LIFETIME } from '../../../segmind/policy/limits';
import { runItems, type ItemOutput, type Paid } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { ensureSubmitted } from './job';
import { concurrencyOf, entriesOf, planAll, type Plan } from './plan';
import { applyLimits } from './spending';

/** Until when Get can poll a request. */
const getBefore = ({ submittedAt }: LedgerEntry) =>
	new Date(submittedAt + REQUEST_RECORD_LIFETIME).toISOString();

/** A submitted video, for the error of a run that fails. */
function paid(entry: LedgerEntry): Paid {
	const { item, requestId } = entry;
	return {
		item,
		requestId,
		text: `request ${requestId}, to be fetched with Get before ${getBefore(entry)}`,
	};
}

async function startAll(session: Session): Promise<INodeExecutionData[]> {
	const { context, ledger } = session;
	const { plans, problems } = await planAll(session);
	await applyLimits(session, plans, problems);

	const task = async (item: number): Promise<Outcome<ItemOutput>> => {
		const plan = plans[item] as Plan;
		const entry = await ensureSubmitted(session, plan);
		if (!entry.ok) return entry;
		return success({
			json: {
				requestId: entry.value.requestId,
				status: 'QUEUED',
				submittedAt: new Date(entry.value.submittedAt).toISOString(),
				getBefore: getBefore(entry.value),
				...plan.asked,
			},
		});
	};
	return await runItems(context, session, {
		problems,
		concurrency: concurrencyOf(plans),
		task,
		jobOf: (item) => plans[item]?.entry,
		paid: () => ledger.undelivered().map(paid),
		delivered: (good, withoutErrors) => ledger.settle(entriesOf(plans, good), withoutErrors),
	});
}

export async function start(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, startAll);
}
