/**
 * Runs a task for each item, several at once, and hands the results to n8n in input order.
 */
import type { IDataObject, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import type { Session } from '../job/session';
import { failure, sentences, type Outcome, type Problem } from '../outcome';
import { unexpectedProblem, type KnownJob } from '../problems';
import { Gate } from '../schedule/gate';
import { errorItem, nodeError } from './errors';
import { isCalledByAgent, isTool } from './tool';

/** What an item gave, before n8n's pairing. */
export type ItemOutput = Pick<INodeExecutionData, 'json' | 'binary'>;

/** One output, or a list of them. */
type ItemOutputs = ItemOutput | ItemOutput[];

/** `undefined`: not begun, because another item had failed. */
type ItemOutcome = Outcome<ItemOutputs> | undefined;

/** A video that is paid, or may be, although the run ends with an error. */
export interface Paid {
	item: number;
	requestId?: string;
	videoUrl?: string;
	/** USD */
	cost?: number;
	/** In a few words, for the error's text. */
	text: string;
}

export interface Batch {
	/** By item: what is wrong with its parameters, or undefined. */
	problems: Array<Problem | undefined>;
	/** How many items are under way at once. */
	concurrency: number;
	/** What is done for an item whose parameters are right. */
	task: (item: number) => Promise<Outcome<ItemOutputs>>;
	/** The job of an item, should something unexpected go wrong with it. */
	jobOf?: (item: number) => KnownJob | undefined;
	/** What the run has paid for, should it end with an error all the same. */
	paid?: () => Paid[];
	/** n8n's Retry does nothing for the run. */
	isFinal?: boolean;
	/** Told which items n8n gets, and whether all went well. */
	delivered?: (items: number[], withoutErrors: boolean) => void;
}

/** What is worst to overlook comes first. */
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

/** Adds what else the user must know of a run that ends with an error: n8n drops all of its output. */
function summarized(
	{ item, problem }: Failed,
	failed: Failed[],
	paid: Paid[],
	isFinal = false,
): Problem {
	const others = failed.filter((other) => other.item !== item);
	// What failed after its submit speaks for itself.
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
				: 'Use Retry in the executions list, or Retry On Fail: it goes on with what was submitted without paying again',
		),
		details,
	};
}

/** Whether Retry On Fail has tries left. @param tries how often n8n has run the node for this run */
const hasTriesLeft = ({ retryOnFail, maxTries }: INode, tries = 1): boolean =>
	retryOnFail === true && tries < Math.min(5, Math.max(2, maxTries || 3));

/**
 * Whether n8n throws an output away and runs the node again: Retry On Fail does so when the first item is an
 * error, until its tries are used up. As an AI tool the node is not run again for that.
 * Source: n8n-core's WorkflowExecute (2.41.1 and 1.100.1).
 *
 * @param tries how often n8n has run the node for this run
 */
export function isTriedAgain(node: INode, [first]: INodeExecutionData[], tries = 1): boolean {
	const isError = first?.json.error !== undefined && first.json.error !== null;
	return isError && !isTool(node) && hasTriesLeft(node, tries);
}

/**
 * With an item whose parameters are wrong nothing is begun, unless the user chose to continue. When an
 * item fails later on nothing new is begun, and what is under way is seen through.
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
	/** The run ends with an error. */
	const failing = ({ item, problem }: Failed) => {
		// An agent that calls the node itself gets the error's text at once, see `errorForModel`.
		if (notes) {
			notes.isTriedAgain = !isCalledByAgent(context) && hasTriesLeft(node, ledger?.tries);
		}
		return nodeError(node, problem, item);
	};
	const wrong = problems.flatMap((problem, item) => (problem ? [{ item, problem }] : []));
	if (wrong.length > 0 && !continues) {
		throw failing(mostUrgent(wrong));
	}

	/** One task that throws must not take the others' paid videos along. */
	const attempt = async (item: number): Promise<Outcome<ItemOutputs>> => {
		try {
			return await batch.task(item);
		} catch (error) {
			session.log?.('An item failed unexpectedly', { item, error: String(error) });
			return failure(unexpectedProblem(batch.jobOf?.(item)));
		}
	};
	const gate = new Gate(batch.concurrency);
	const runOne = async (item: number): Promise<ItemOutcome> => {
		const problem = problems[item];
		if (problem) return failure(problem);
		if (session.halted) return undefined;
		const outcome = await attempt(item);
		if (!outcome.ok && !continues) session.halted = true;
		return outcome;
	};
	const outcomes = await Promise.all(
		problems.map(async (_, item) => await gate.run(async () => await runOne(item))),
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
	// A stopped execution hands its items to nobody: what is paid is for the next one to find.
	const isThrownAway = isTriedAgain(node, output, ledger?.tries);
	if (notes) notes.isTriedAgain = isThrownAway;
	if (!session.stop?.pressed && !isThrownAway)
		batch.delivered?.(good, good.length === outcomes.length);
	return output;
}

/** Items one after the other, for operations whose requests are cheap. */
export const ONE_BY_ONE = 1;
