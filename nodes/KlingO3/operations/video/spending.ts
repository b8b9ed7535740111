/**
 * The user's spending limits, checked before any request. Jobs that an earlier try of this run has
 * submitted are paid already and do not count again.
 */
import { readBalance } from '../../../segmind/job/balance';
import type { Session } from '../../../segmind/job/session';
import { parameterProblem, sentences, type Problem } from '../../../segmind/outcome';
import { CONSOLE_URL } from '../../../segmind/policy/meanings';
import { roundUsd, usd } from '../../models/price';
import { estimateOf } from '../../models/request';
import { needsSubmit, type Plan } from './plan';

const NOTHING_SENT = 'Nothing was submitted for it and nothing is billed.';

/** What a plan is estimated to add to the bill (USD). */
export function costOf(plan: Plan): number {
	// Neither one that is submitted nor one that will not be submitted again adds anything.
	const adds = !plan.entry || (needsSubmit(plan) && plan.options.resubmitUnknown);
	return adds ? estimateOf(plan.request).usd : 0;
}

/** An estimate, or the most that it can be: an edit's price depends on the length of its input video. */
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
 * Asks for the balance; not being able to read it is a warning, no failure.
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
				'The run goes on without this check',
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
 * Adds to `problems` what the limits refuse: a video over its limit, or all videos that are not
 * submitted yet when the run is over its limit or over the balance.
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
	// Otherwise nothing would be submitted anyway, and the invalid item is what the user must know of.
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
