/** Submit, wait, download: an item in, a video out. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { LedgerEntry } from '../../../segmind/job/ledger';
import { success, type Outcome } from '../../../segmind/job/problem';
import type { Session } from '../../../segmind/job/session';
import { runItems, type ItemOutput, type Paid } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { roundUsd, usd } from '../../models/price';
import { deliver } from './deliver';
import { finish, type DoneJob } from './job';
import { concurrencyOf, entriesOf, planAll, type Plan } from './plan';
import { applyLimits } from './spending';

/** A video that was submitted, for the error of a run that ends with one. */
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

/** The true sum, beside the output. */
function tellCost(context: IExecuteFunctions, done: DoneJob[]): void {
	const costs = done.flatMap(({ result }) => result.cost ?? []);
	if (costs.length === 0) return;
	const sum = roundUsd(costs.reduce((total, cost) => total + cost, 0));
	// The lowest balance is the latest: videos finish in any order.
	const left = Math.min(...done.map(({ result }) => result.remainingCredits ?? Infinity));
	const videos = costs.length === 1 ? '1 video' : `${costs.length} videos`;
	const rest = Number.isFinite(left) ? `, $${left.toFixed(2)} of credits left` : '';
	const message = `Segmind charged ${usd(sum)} for ${videos}${rest}`;
	context.addExecutionHints?.({ message, type: 'info', location: 'outputPane' });
}

async function generateAll(session: Session): Promise<INodeExecutionData[]> {
	const { context, ledger } = session;
	const { plans, problems } = await planAll(session);
	await applyLimits(session, plans, problems);
	const done: DoneJob[] = [];

	const task = async (item: number): Promise<Outcome<ItemOutput>> => {
		const plan = plans[item] as Plan;
		const finished = await finish(session, plan);
		if (!finished.ok) return finished;
		const { entry, result, stored } = finished.value;
		done.push(finished.value);
		// The run ends with an error: the file would be thrown away, and the retry fetches it.
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
	tellCost(context, done);
	return items;
}

export async function generate(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, generateAll);
}
