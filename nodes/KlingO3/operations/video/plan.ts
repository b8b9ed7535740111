/**
 * Reads and checks every item's parameters before anything is sent, and finds the jobs that an earlier
 * try of this run has submitted already.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { bodyHash } from '../../../segmind/job/hash';
import type { LedgerEntry, Wanted } from '../../../segmind/job/ledger';
import {
	parameterProblem,
	success,
	utc,
	type Outcome,
	type Problem,
} from '../../../segmind/job/problem';
import type { Session } from '../../../segmind/job/session';
import { inTurn } from '../../../segmind/job/turns';
import { MODEL } from '../../model';
import { bodyIdentity } from '../../parameters/body';
import type { CheckedFiles } from '../../parameters/images';
import {
	DEFAULT_CONCURRENCY,
	readEach,
	readJobOptions,
	readVideoRequest,
} from '../../parameters/read';
import type { JobOptions, VideoRequest } from '../../parameters/types';
import { takeUp } from './takeUp';

/** What one item's video takes to be made. `hash` is what makes it the same job when n8n runs the node again. */
export interface Plan extends Wanted {
	request: VideoRequest;
	options: JobOptions;
	/** The job that an earlier try submitted, and then this one. */
	entry?: LedgerEntry;
	/** ms since 1970 from which Max Wait counts, where it is not the submit. */
	waitSince?: number;
}

/** Options that change nothing about the video itself. */
const HANDLING = [
	'apiVersion',
	'checkBalance',
	'concurrency',
	'downloadVideo',
	'fileName',
	'maxCostPerRun',
	'maxCostPerVideo',
	'maxWait',
	'outputBinaryField',
	'resubmitUnknown',
	'retrySubmitOnServerError',
	'reuseUndelivered',
	'simplify',
];

/** The panel as the user left it, before n8n resolved the expressions in it. */
function panelHash(context: IExecuteFunctions): string {
	const { options, ...parameters } = context.getNode().parameters;
	const video = (values: object) =>
		Object.fromEntries(Object.entries(values).filter(([name]) => !HANDLING.includes(name)));
	return bodyHash({ ...video(parameters), options: video((options ?? {}) as object) });
}

async function planItem(
	context: IExecuteFunctions,
	item: number,
	panel: string,
	checked: CheckedFiles,
): Promise<Outcome<Plan>> {
	const options = readJobOptions(context, item);
	if (!options.ok) return options;
	const request = await readVideoRequest(context, item, checked);
	if (!request.ok) return request;
	const { duration, mode, audio, segments } = request.value;
	return success({
		item,
		model: MODEL,
		hash: bodyHash({ model: MODEL, ...bodyIdentity(request.value) }),
		panel,
		asked: { duration, mode, audio, ...(segments && { segments: segments as never }) },
		request: request.value,
		options: options.value,
	});
}

/** The node was changed between the tries of an execution, and a paid job of the item is left over. */
function changedProblem({ requestId, submittedAt }: LedgerEntry): Problem {
	const job = requestId
		? `request ${requestId}, submitted at ${utc(submittedAt)}`
		: `a video that was submitted at ${utc(submittedAt)} and whose answer was lost`;
	return parameterProblem(
		`An earlier try of this execution has paid, or may have paid, for this item with other values: ${job}`,
		`Nothing new was submitted for it.${requestId ? ' Get with this request ID fetches the video.' : ''} For a video with the new values execute the workflow again, or turn off the option "Reuse Undelivered Videos".`,
	);
}

/** Gives the plans the jobs of earlier tries. */
async function adopt(session: Session, plans: Plan[], problems: Plans['problems']): Promise<void> {
	const { ledger, notes } = session;
	const entries = ledger.adopt(plans);
	for (const [index, plan] of plans.entries()) {
		const entry = entries[index];
		if (!entry) {
			const other = plan.options.reuseUndelivered ? ledger.inTheWay(plan) : undefined;
			if (other) problems[plan.item] = changedProblem(other);
			continue;
		}
		plan.entry = entry;
		if (entry.hash !== plan.hash) {
			// An expression gives another value each time: the first one was submitted.
			plan.hash = entry.hash;
			plan.request = { ...plan.request, ...entry.asked };
		}
		const note = await notes.renew(entry.note, entry.hash, entry.submittedAt);
		if (note) entry.note = note;
	}
}

export interface Plans {
	/** By item; undefined where there is a problem. */
	plans: Array<Plan | undefined>;
	/** By item; undefined where there is a plan. */
	problems: Array<Problem | undefined>;
}

export async function planAll(session: Session): Promise<Plans> {
	const { context } = session;
	const checked: CheckedFiles = new Map();
	const panel = panelHash(context);
	const { values, problems } = await readEach(
		context,
		async (item) => await planItem(context, item, panel, checked),
	);
	const valid = values.filter((plan): plan is Plan => plan !== undefined);
	// Two retries of one execution want the same videos: the second one sees what the first has found.
	await inTurn(`plan ${session.ledger.root}`, async () => {
		await adopt(session, valid, problems);
		await takeUp(session, valid, problems);
	});
	const plans = values.map((plan) => (plan && problems[plan.item] ? undefined : plan));
	return { plans, problems };
}

/** How many videos are under way at once: as the first item that could be read has it. */
export function concurrencyOf(plans: Array<{ options: JobOptions } | undefined>): number {
	return plans.find((plan) => plan !== undefined)?.options.concurrency ?? DEFAULT_CONCURRENCY;
}

/** The ledger's entries behind these items. */
export function entriesOf(
	plans: Array<Plan | undefined>,
	items: number[],
): Array<LedgerEntry | undefined> {
	return items.map((item) => plans[item]?.entry);
}
