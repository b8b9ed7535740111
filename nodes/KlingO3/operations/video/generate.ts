/** Submit, wait, download: one item in, one video out. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { LedgerEntry } from '../../../segmind/job/ledger';
import type { Session } from '../../../segmind/job/session';
import { success, type Outcome } from '../../../segmind/outcome';
import { unexpectedProblem } from '../../../segmind/problems';
import { isRetried, runItems, type ItemOutput, type Paid } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { tellCost } from './cost';
import { deliver } from './deliver';
import { ensureSubmitted, finish, type DoneJob } from './job';
import { park, review } from './parked/park';
import { concurrencyOf, entriesOf, parksOf, planAll, type Plan, type Plans } from './plan';
import { applyLimits } from './spending';

/** A submitted video, for the error of a run that fails. */
function paid({ item, requestId, result, binary }: LedgerEntry): Paid {
	const { videoUrl, cost } = result ?? {};
	const price = cost === undefined ? '' : `, $${cost}`;
	const where = videoUrl ?? (binary ? 'in n8n' : 'to be fetched with Get');
	return {
		item,
		requestId,
		videoUrl,
		cost,
		text: `request ${requestId ?? '(unknown)'}: ${where}${price}`,
	};
}

const NOT_PARKED =
	'This execution is not parked, because one of its videos came by API Version V1 before. It waits for the others in memory';

/**
 * Submits all items and parks the run. An item that could not be submitted then has its problem.
 *
 * @returns undefined if there is nothing to wait for, or if n8n does not park the run
 * @throws NodeOperationError or NodeApiError of an item that could not be submitted, unless the user chose to
 * continue
 */
async function submitAndPark(
	session: Session,
	{ plans, problems }: Plans,
): Promise<INodeExecutionData[] | undefined> {
	const { context, ledger, stop } = session;
	const output = await runItems(context, session, {
		problems: [...problems],
		concurrency: concurrencyOf(plans),
		task: async (item) => {
			const submitted = await ensureSubmitted(session, plans[item] as Plan);
			if (!submitted.ok) problems[item] = submitted.problem;
			return submitted.ok ? success({ json: {} }) : submitted;
		},
		jobOf: (item) => plans[item]?.entry,
		paid: () => ledger.undelivered().map(paid),
	});
	// n8n discards this output and runs the node again at once.
	if (isRetried(context.getNode(), output, ledger.attempts)) return output;
	for (const [item, plan] of plans.entries()) {
		const { requestId, state } = plan?.entry ?? {};
		if (!requestId && state !== 'completed') problems[item] ??= unexpectedProblem(plan?.entry);
	}
	const waiting = plans.filter(
		(plan, item) => plan && !problems[item] && plan.entry?.state !== 'completed',
	);
	if (waiting.length === 0 || stop.pressed) return undefined;
	// An earlier attempt used API Version V1. Only this run can hand over its file.
	const isHere = ({ state, result }: LedgerEntry) => state === 'completed' && !result?.videoUrl;
	if (plans.some((plan) => plan?.entry && isHere(plan.entry))) {
		session.warn(NOT_PARKED);
		return undefined;
	}
	return await park(session, plans, problems);
}

async function generateAll(session: Session): Promise<INodeExecutionData[]> {
	const { context, ledger } = session;
	const { plans, problems } = await planAll(session);
	const parks = parksOf(plans);
	if (parks) await review(session, plans);
	await applyLimits(session, plans, problems);
	const parked = parks ? await submitAndPark(session, { plans, problems }) : undefined;
	if (parked) return parked;
	const done: DoneJob[] = [];

	const task = async (item: number): Promise<Outcome<ItemOutput>> => {
		const plan = plans[item] as Plan;
		const finished = await finish(session, plan);
		if (!finished.ok) return finished;
		const { entry, result, stored } = finished.value;
		done.push(finished.value);
		// The run fails, so n8n would discard the file. The retry fetches it.
		if (session.halted) return success({ json: {} });
		return await deliver(session, {
			requestId: entry.requestId,
			result,
			stored,
			asked: plan.asked,
			deadline: entry.submittedAt + plan.options.maxWait,
			options: plan.options,
		});
	};
	const items = await runItems(context, session, {
		problems,
		concurrency: concurrencyOf(plans),
		task,
		jobOf: (item) => plans[item]?.entry,
		paid: () => ledger.undelivered().map(paid),
		delivered: (good, withoutErrors) => ledger.settle(entriesOf(plans, good), withoutErrors),
	});
	tellCost(
		context,
		done.map(({ result }) => result),
	);
	return items;
}

export async function generate(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, generateAll);
}
