/**
 * The user's spending limits, checked before any upload or submit. Jobs that an earlier attempt of this run has
 * submitted are already paid and do not count again.
 */
import { readBalance } from '../../../segmind/job/balance';
import type { Session } from '../../../segmind/job/session';
import { parameterProblem, sentences, type Problem } from '../../../segmind/outcome';
import { CONSOLE_URL } from '../../../segmind/policy/meanings';
import { roundUsd, usd } from '../../models/price';
import { estimateOf } from '../../models/request';
import { needsSubmit, type Plan } from './plan';

const NOTHING_SENT = 'Nothing was submitted for it and nothing is billed.';

/** The estimated cost that a plan adds (USD). */
export function costOf(plan: Plan): number {
	// A submitted job adds nothing. Neither does a job that will not be submitted again.
	const adds = !plan.entry || (needsSubmit(plan) && plan.options.resubmitUnknown);
	return adds ? estimateOf(plan.request).usd : 0;
}

/** An estimate, or the most that it can be: the price of an edit depends on the length of its input video. */
type Word = 'about' | 'up to';

const wordOf = (plans: Plan[]): Word =>
	plans.some(({ request }) => estimateOf(request).isMost) ? 'up to' : 'about';

/** @param total estimated cost of the run's videos that are not submitted yet (USD) */
export function runLimitProblem(
	total: number,
	limit: number,
	videos: number,
	word: Word = 'about',
): Problem | undefined {
	if (limit === 0 || total <= limit) return undefined;
	return parameterProblem(
		`This run would cost ${word} ${usd(total)} for ${videos} video${videos === 1 ? '' : 's'}, more than Max Cost Per Run (${usd(limit)})`,
		`${NOTHING_SENT} Pass fewer items, make the videos shorter, or raise the limit in the options.`,
	);
}

/** @param cost estimated cost of one video (USD) */
export function videoLimitProblem(
	cost: number,
	limit: number,
	word: Word = 'about',
): Problem | undefined {
	if (cost === 0 || limit === 0 || cost <= limit) return undefined;
	return parameterProblem(
		`This video would cost ${word} ${usd(cost)}, more than Max Cost Per Video (${usd(limit)})`,
		`${NOTHING_SENT} Make the video shorter, or raise the limit in the options.`,
	);
}

/**
 * Reads the balance. If it cannot be read, that is only a warning.
 *
 * @param total estimated cost of the run's videos that are not submitted yet (USD)
 */
async function balanceProblem(
	session: Session,
	total: number,
	word: Word,
): Promise<Problem | undefined> {
	const balance = await readBalance(session);
	if (!balance.ok && session.stop.pressed) return undefined;
	if (!balance.ok) {
		session.warn(
			sentences(
				`The Segmind balance could not be checked: ${balance.problem.message}`,
				'The run continues without this check',
			),
		);
		return undefined;
	}
	if (balance.value.total >= total) return undefined;
	return parameterProblem(
		`The Segmind balance of ${usd(balance.value.total)} does not cover this run, which would cost ${word} ${usd(total)}`,
		`${NOTHING_SENT} Add credits in the Segmind console (${CONSOLE_URL}), or pass fewer items.`,
	);
}

/**
 * Adds to `problems` what the limits refuse. That is a video over its limit, or all videos that are not submitted yet
 * if the run is over its limit or over the balance.
 */
export async function applyLimits(
	session: Session,
	plans: Array<Plan | undefined>,
	problems: Array<Problem | undefined>,
): Promise<void> {
	for (const plan of plans) {
		if (!plan) continue;
		const { maxCostPerVideo } = plan.options;
		problems[plan.item] ??= videoLimitProblem(costOf(plan), maxCostPerVideo, wordOf([plan]));
	}
	const unpaid = plans.filter(
		(plan): plan is Plan => plan !== undefined && !problems[plan.item] && costOf(plan) > 0,
	);
	if (unpaid.length === 0) return;
	// Otherwise nothing would be submitted anyway, and the user must hear about the invalid item.
	const willRun = session.context.continueOnFail() || problems.every((problem) => !problem);
	if (!willRun) return;
	const total = roundUsd(unpaid.reduce((sum, plan) => sum + costOf(plan), 0));
	const word = wordOf(unpaid);
	const { maxCostPerRun, checkBalance } = (plans.find((plan) => plan) as Plan).options;
	const refusal =
		runLimitProblem(total, maxCostPerRun, unpaid.length, word) ??
		(checkBalance ? await balanceProblem(session, total, word) : undefined);
	if (refusal) for (const { item } of unpaid) problems[item] = refusal;
}
