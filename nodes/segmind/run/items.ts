/**
 * Runs a task for each item, several at once, and hands the results to n8n in input order.
 */
import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import type { Session } from '../job/session';
import { failure, sentences, type Outcome, type Problem } from '../outcome';
import { unexpectedProblem, type KnownJob } from '../problems';
import { Limiter } from '../schedule/limiter';
import { errorItem, nodeError } from './errors';
import { isCalledByAgent, isTool } from './tool';

/** The output of an item, before n8n's pairing. */
export type ItemOutput = Pick<INodeExecutionData, 'json' | 'binary'>;

type ItemOutputs = ItemOutput | ItemOutput[];

/** `undefined`: skipped, because another item had failed. */
type ItemOutcome = Outcome<ItemOutputs> | undefined;

/** A video that is or may be paid, although the run ends with an error. */
export interface Paid {
	item: number;
	requestId?: string;
	videoUrl?: string;
	/** USD */
	cost?: number;
	/** A short version for the error's text. */
	text: string;
}

export interface Batch {
	/** By item: the problem with its parameters, or undefined. */
	problems: Array<Problem | undefined>;
	/** How many items run at once. */
	concurrency: number;
	/** The work for one item with correct parameters. */
	task: (item: number) => Promise<Outcome<ItemOutputs>>;
	/** The job of an item, for the message if something unexpected goes wrong. */
	jobOf?: (item: number) => KnownJob | undefined;
	/** What the run has paid for, for the message if it ends with an error. */
	paid?: () => Paid[];
	/** n8n's Retry does not help this run. */
	isFinal?: boolean;
	/** Called with the items that n8n gets, and whether all succeeded. */
	delivered?: (items: number[], withoutErrors: boolean) => void;
}

/** The problem that the user must not miss comes first. */
const URGENCY: Array<Problem['billed']> = ['possibly', 'yes', 'no'];

interface Failed {
	item: number;
	problem: Problem;
}

/** The problem that the user sees when several items failed. */
function mostUrgent(failed: Failed[]): Failed {
	const rank = ({ problem }: Failed) => URGENCY.indexOf(problem.billed);
	return failed.reduce((worst, candidate) => (rank(candidate) < rank(worst) ? candidate : worst));
}

/** Adds what else the user must know about a run that ends with an error: n8n drops all its output. */
function summarized(
	{ item, problem }: Failed,
	failed: Failed[],
	paid: Paid[],
	isFinal = false,
): Problem {
	const others = failed.filter((other) => other.item !== item);
	// The message of a video that failed after its submit already names it.
	const finished = paid.filter((entry) =>
		failed.every(({ problem: { requestId } }) => !requestId || requestId !== entry.requestId),
	);
	if (others.length === 0 && finished.length === 0) return problem;
	const details: IDataObject = { ...problem.details };
	if (finished.length > 0)
		details.paid = finished.map(({ item: other, requestId, videoUrl, cost }) => ({
			item: other,
			requestId,
			videoUrl,
			cost,
		}));
	if (others.length > 0) {
		details.others = others.map(({ item: other, problem: { message, billed, requestId } }) => ({
			item: other,
			error: message,
			billed,
			requestId,
		}));
	}
	return {
		...problem,
		description: sentences(
			problem.description,
			finished.length > 0
				? `Paid in this run all the same: ${finished.map(({ text }) => text).join('; ')}`
				: undefined,
			...others.map(
				({ item: other, problem: { message } }) => `Item ${other} failed too: ${message}`,
			),
			isFinal
				? undefined
				: 'Use Retry in the executions list, or Retry On Fail: it continues with what was submitted, without paying again',
		),
		details,
	};
}

/** Whether Retry On Fail has attempts left. @param attempts how often n8n has run the node for this run */
const hasAttemptsLeft = ({ retryOnFail, maxTries }: INode, attempts = 1): boolean =>
	retryOnFail === true && attempts < Math.min(5, Math.max(2, maxTries || 3));

/**
 * Whether n8n throws an output away and runs the node again. Retry On Fail does so if the first item is an error,
 * until its attempts are used up. n8n does not do this for an AI tool.
 * Source: n8n-core's WorkflowExecute (2.41.1 and 1.100.1).
 *
 * @param attempts how often n8n has run the node for this run
 */
export function isRetried(node: INode, [first]: INodeExecutionData[], attempts = 1): boolean {
	const isError = first?.json.error !== undefined && first.json.error !== null;
	return isError && !isTool(node) && hasAttemptsLeft(node, attempts);
}

/**
 * If the parameters of one item are wrong, no item starts, unless the user chose to continue. If an item fails later,
 * no further item starts, and the running ones are finished.
 *
 * @throws NodeOperationError or NodeApiError of the most urgent problem, unless the user chose to continue
 */
export async function runItems(
	context: IExecuteFunctions,
	session: Pick<Session, 'halted'> & Partial<Pick<Session, 'ledger' | 'log' | 'notes' | 'stop'>>,
	batch: Batch,
): Promise<INodeExecutionData[]> {
	const { problems } = batch;
	const continues = context.continueOnFail();
	const node = context.getNode();
	const { ledger, notes } = session;
	const failing = ({ item, problem }: Failed) => {
		// An agent that calls the node itself gets the error's text at once: see `errorForModel`.
		if (notes) {
			notes.isRetried = !isCalledByAgent(context) && hasAttemptsLeft(node, ledger?.attempts);
		}
		return nodeError(node, problem, item);
	};
	const wrong = problems.flatMap((problem, item) => (problem ? [{ item, problem }] : []));
	if (wrong.length > 0 && !continues) {
		const { item, problem } = mostUrgent(wrong);
		// An earlier attempt may have paid for videos, and its error is not shown.
		const paid = batch.paid?.() ?? [];
		throw failing({
			item,
			problem: summarized({ item, problem }, [{ item, problem }], paid, batch.isFinal),
		});
	}

	/** A task that throws must not lose the paid videos of the others. */
	const attempt = async (item: number): Promise<Outcome<ItemOutputs>> => {
		try {
			return await batch.task(item);
		} catch (error) {
			session.log?.('An item failed unexpectedly', { item, error: String(error) });
			return failure(unexpectedProblem(batch.jobOf?.(item)));
		}
	};
	const limiter = new Limiter(batch.concurrency);
	const runOne = async (item: number): Promise<ItemOutcome> => {
		const problem = problems[item];
		if (problem) return failure(problem);
		if (session.halted) return undefined;
		const outcome = await attempt(item);
		if (!outcome.ok && !continues) session.halted = true;
		return outcome;
	};
	const outcomes = await Promise.all(
		problems.map(async (_, item) => await limiter.run(async () => await runOne(item))),
	);

	const failed = outcomes.flatMap((outcome, item) =>
		outcome && !outcome.ok && !outcome.problem.skipped ? [{ item, problem: outcome.problem }] : [],
	);
	if (failed.length > 0 && !continues) {
		const worst = mostUrgent(failed);
		const problem = summarized(worst, failed, batch.paid?.() ?? [], batch.isFinal);
		throw failing({ item: worst.item, problem });
	}
	const good = outcomes.flatMap((outcome, item) => (outcome?.ok ? [item] : []));
	const output = outcomes.flatMap((outcome, item) => {
		if (!outcome) return [];
		if (!outcome.ok) return [errorItem(context, outcome.problem, item)];
		return [outcome.value].flat().map((one) => ({ ...one, pairedItem: { item } }));
	});
	// If the execution was stopped or its time is over, nobody gets the items. The next one finds the paid videos.
	const isThrownAway = isRetried(node, output, ledger?.attempts);
	if (notes) notes.isRetried = isThrownAway;
	if (isThrownAway) ledger?.retriedForItem();
	if (!session.stop?.pressed && !isThrownAway)
		batch.delivered?.(good, good.length === outcomes.length);
	return output;
}

/** The concurrency of operations with cheap requests. */
export const ONE_BY_ONE = 1;
