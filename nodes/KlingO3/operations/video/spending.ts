/**
 * The user's spending limits, checked before any request. Jobs that an earlier try of this run has
 * submitted are paid already and do not count again.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { readBalance } from '../../../segmind/job/balance';
import { parameterProblem, sentences, type Problem } from '../../../segmind/job/problem';
import type { Session } from '../../../segmind/job/session';
import { estimateCost, roundUsd } from '../../model';
import type { Plan } from './plan';

const usd = (amount: number) => `$${amount.toFixed(2)}`;

const NOTHING_SENT = 'Nothing was submitted and nothing is billed.';

interface Limits {
	/** USD; 0 for none */
	maxCostPerVideo: number;
	/** USD; 0 for none */
	maxCostPerRun: number;
	checkBalance: boolean;
}

function readLimits(context: IExecuteFunctions, item: number): Limits {
	const options = context.getNodeParameter('options', item, {}) as IDataObject;
	return {
		maxCostPerVideo: Number(options.maxCostPerVideo ?? 0) || 0,
		maxCostPerRun: Number(options.maxCostPerRun ?? 0) || 0,
		checkBalance: options.checkBalance === true,
	};
}

/** What a plan is estimated to add to the bill (USD). */
export function costOf(plan: Plan): number {
	const isPaid = plan.entry !== undefined && plan.entry.state !== 'submitting';
	const { duration, mode, audio } = plan.request;
	return isPaid ? 0 : estimateCost(duration, mode, audio);
}

/** @param total estimated cost of the run's videos that are not submitted yet (USD) */
export function runLimitProblem(total: number, limit: number, videos: number): Problem | undefined {
	if (!(limit > 0) || total <= limit) return undefined;
	return parameterProblem(
		`This run would cost about ${usd(total)} for ${videos} video${videos === 1 ? '' : 's'}, more than Max Cost Per Run (${usd(limit)})`,
		`${NOTHING_SENT} Pass fewer items, make the videos shorter, or raise the limit in the options.`,
	);
}

/** @param cost estimated cost of one video (USD) */
export function videoLimitProblem(cost: number, limit: number): Problem | undefined {
	if (!(limit > 0) || cost <= limit) return undefined;
	return parameterProblem(
		`This video would cost about ${usd(cost)}, more than Max Cost Per Video (${usd(limit)})`,
		`${NOTHING_SENT} Make the video shorter, or raise the limit in the options.`,
	);
}

/**
 * Asks for the balance; not being able to read it is a warning, no failure.
 *
 * @param total estimated cost of the run's videos that are not submitted yet (USD)
 */
async function balanceProblem(session: Session, total: number): Promise<Problem | undefined> {
	const balance = await readBalance(session);
	if (!balance.ok) {
		session.warn(
			sentences(
				`The Segmind balance could not be checked: ${balance.problem.message}`,
				'The videos were submitted all the same',
			),
		);
		return undefined;
	}
	if (balance.value.total >= total) return undefined;
	return parameterProblem(
		`The Segmind balance of ${usd(balance.value.total)} does not cover this run, which would cost about ${usd(total)}`,
		`${NOTHING_SENT} Add credits in the Segmind console, or pass fewer items.`,
	);
}

/**
 * Adds to `problems` what the limits refuse: a video over its limit, or all videos that are not
 * submitted yet when the run is over its limit or over the balance.
 */
export async function applyLimits(
	session: Session,
	plans: Array<Plan | undefined>,
	problems: Array<Problem | undefined>,
): Promise<void> {
	const { context } = session;
	for (const plan of plans) {
		if (!plan) continue;
		const { maxCostPerVideo } = readLimits(context, plan.item);
		problems[plan.item] ??= videoLimitProblem(costOf(plan), maxCostPerVideo);
	}
	const unpaid = plans.filter(
		(plan): plan is Plan => plan !== undefined && !problems[plan.item] && costOf(plan) > 0,
	);
	const total = roundUsd(unpaid.reduce((sum, plan) => sum + costOf(plan), 0));
	if (total === 0) return;
	const { maxCostPerRun, checkBalance } = readLimits(context, 0);
	// Otherwise nothing would be submitted anyway, and the invalid item is what the user must know of.
	const runs = context.continueOnFail() || problems.every((problem) => problem === undefined);
	if (!runs) return;
	const refusal =
		runLimitProblem(total, maxCostPerRun, unpaid.length) ??
		(checkBalance ? await balanceProblem(session, total) : undefined);
	if (refusal) for (const { item } of unpaid) problems[item] = refusal;
}
