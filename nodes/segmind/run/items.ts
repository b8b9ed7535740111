/**
 * Runs a task for each item, several at once, and hands the results to n8n in input order.
 */
import { type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { Gate } from '../job/gate';
import type { Outcome, Problem } from '../job/problem';
import type { Session } from '../job/session';
import { errorItem, nodeError } from './errors';

/** What an item gave, before n8n's pairing. */
export type ItemOutput = Pick<INodeExecutionData, 'json' | 'binary'>;

/** `undefined`: not begun, because another item had failed. */
export type ItemOutcome = Outcome<ItemOutput> | undefined;

export interface Batch {
	/** By item: what is wrong with its parameters, or undefined. */
	problems: Array<Problem | undefined>;
	/** How many items are under way at once. */
	concurrency: number;
	/** What is done for an item whose parameters are right. */
	task: (item: number) => Promise<Outcome<ItemOutput>>;
	/** Adds to the error of a run what it has finished all the same. */
	summarize?: (problem: Problem) => Problem;
	/** Told which items n8n gets, and whether all went well. */
	delivered?: (items: number[], withoutErrors: boolean) => void;
}

/**
 * With an item whose parameters are wrong nothing is begun, unless the user chose to continue. When an
 * item fails later on nothing new is begun, and what is under way is seen through.
 *
 * @throws NodeOperationError or NodeApiError of the first failed item, unless the user chose to continue
 */
export async function runItems(
	context: IExecuteFunctions,
	session: Pick<Session, 'halted'>,
	batch: Batch,
): Promise<INodeExecutionData[]> {
	const { problems } = batch;
	const continues = context.continueOnFail();
	const wrong = problems.findIndex((problem) => problem !== undefined);
	if (wrong >= 0 && !continues) throw nodeError(context.getNode(), problems[wrong]!, wrong);

	const gate = new Gate(batch.concurrency);
	const runOne = async (item: number): Promise<ItemOutcome> => {
		const problem = problems[item];
		if (problem) return { ok: false, problem };
		if (session.halted) return undefined;
		const outcome = await batch.task(item);
		if (!outcome.ok && !continues) session.halted = true;
		return outcome;
	};
	const outcomes = await Promise.all(
		problems.map(async (_, item) => await gate.run(async () => await runOne(item))),
	);

	const failed = outcomes.findIndex(
		(outcome) => outcome && !outcome.ok && !outcome.problem.skipped,
	);
	const failure = outcomes[failed];
	if (failure && !failure.ok && !continues) {
		const problem = batch.summarize ? batch.summarize(failure.problem) : failure.problem;
		throw nodeError(context.getNode(), problem, failed);
	}
	const good = outcomes.flatMap((outcome, item) => (outcome?.ok ? [item] : []));
	batch.delivered?.(good, good.length === outcomes.length);
	return outcomes.flatMap((outcome, item) => {
		if (!outcome) return [];
		if (!outcome.ok) return [errorItem(context, outcome.problem, item)];
		return [{ ...outcome.value, pairedItem: { item } }];
	});
}

/** Items one after the other, for operations whose requests are cheap. */
export const ONE_BY_ONE = 1;
