/** Submit, wait, download: an item in, a video out. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { sentences, success, type Outcome, type Problem } from '../../../segmind/job/problem';
import { openSession } from '../../../segmind/run/open';
import { runItems, type ItemOutput } from '../../../segmind/run/items';
import { roundUsd } from '../../model';
import { deliver } from './deliver';
import { finish, type DoneJob } from './job';
import { planAll, type Plan } from './plan';
import { readConcurrency } from './runOptions';
import { applyLimits } from './spending';

const usd = (amount: number | undefined) => (amount === undefined ? '' : `, $${amount}`);

/** What a run that ends with an error has paid for all the same. */
function withFinished(problem: Problem, done: DoneJob[]): Problem {
	if (done.length === 0) return problem;
	const list = done.map(
		({ entry, result }) =>
			`request ${entry.requestId ?? '(unknown)'}: ${result.videoUrl ?? 'stored'}${usd(result.cost)}`,
	);
	return {
		...problem,
		description: sentences(
			problem.description,
			`Finished and paid in this run: ${list.join('; ')}`,
			'Use Retry in the executions list, or Retry On Fail: it returns them without paying again',
		),
		details: {
			...problem.details,
			finished: done.map(({ entry, result }) => ({
				item: entry.item,
				requestId: entry.requestId,
				videoUrl: result.videoUrl,
				cost: result.cost,
			})),
		},
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
	const message = `Segmind charged $${sum.toFixed(2)} for ${videos}${rest}`;
	context.addExecutionHints?.({ message, type: 'info', location: 'outputPane' });
}

export async function generate(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const session = await openSession(context);
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
			price: plan.request,
			deadline: entry.submittedAt + plan.options.maxWait,
			options: plan.options,
		});
	};
	const items = await runItems(context, session, {
		problems,
		concurrency: readConcurrency(context),
		task,
		summarize: (problem) => withFinished(problem, done),
		delivered: (items, withoutErrors) =>
			session.ledger.settle(
				items.map((item) => plans[item]?.entry),
				withoutErrors,
			),
	});
	tellCost(context, done);
	return items;
}
