/**
 * Reads and checks the parameters of every item before anything is sent. Then finds the jobs that an earlier attempt
 * of this run has submitted.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { bodyHash } from '../../../segmind/job/hash';
import type { LedgerEntry, Wanted } from '../../../segmind/job/ledger';
import type { Note, Notes } from '../../../segmind/job/notes';
import type { Session } from '../../../segmind/job/session';
import { inTurn } from '../../../segmind/job/turns';
import {
	failure,
	parameterProblem,
	success,
	utc,
	type Outcome,
	type Problem,
} from '../../../segmind/outcome';
import { whyNotParked } from '../../../segmind/park/engine';
import { PARK } from '../../../segmind/policy/park';
import { isTool } from '../../../segmind/run/tool';
import type { Source } from '../../fields/field';
import { HANDLING } from '../../fields/options';
import { DEFAULT_CONCURRENCY } from '../../fields/options/concurrency';
import { readModel } from '../../models';
import { cautionsOf, identityOf, readVideoRequest, type VideoRequest } from '../../models/request';
import { readEach } from '../readEach';
import { readJobOptions, type JobOptions } from './options';
import { askedOf } from './output';
import { takeUp } from './takeUp';

/** The node tells or erases nothing before the new video is submitted, because a limit may refuse that. */
export interface NewTake {
	/** The note on the earlier video. */
	note: Note;
	/** The user accepts that this may be a second bill. Otherwise the earlier video is for a later execution. */
	replaces: boolean;
}

/** Everything needed to make one item's video. `hash` makes it the same job when n8n runs the node again. */
export interface Plan extends Wanted {
	request: VideoRequest;
	options: JobOptions;
	/** The job from an earlier attempt, later the job from this one. */
	entry?: LedgerEntry;
	/** Max Wait counts from this time (ms since 1970), if not from the submit. */
	waitSince?: number;
	/** An earlier execution's undelivered video, if the user wants another one. */
	newTake?: NewTake;
}

/** Whether a plan needs a submit: nothing was submitted for it, or nobody knows. */
export const needsSubmit = ({ entry }: Plan): boolean =>
	!entry || (!entry.requestId && entry.state !== 'completed');

/** Hash of the panel as the user left it, before n8n resolved its expressions. */
function panelHash(context: IExecuteFunctions): string {
	const without = (values: object, names: string[]) =>
		Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
	const { parameters } = context.getNode();
	const options = without((parameters.options ?? {}) as IDataObject, HANDLING);
	return bodyHash({ ...without(parameters, ['downloadVideo']), options });
}

/** Why the run cannot be parked. The user learns it before anything is sent. */
function parkProblem(context: IExecuteFunctions, { apiVersion }: JobOptions): Problem | undefined {
	const items = context.getInputData().length;
	const why =
		(isTool(context.getNode()) ? NO_TOOL : undefined) ??
		whyNotParked(context) ??
		(apiVersion === 'v1' ? NOT_V1 : undefined) ??
		(items > PARK.mostItems ? tooMany(items) : undefined);
	return why === undefined ? undefined : parameterProblem(why, NOTHING_SENT);
}

const NO_TOOL =
	'A tool of an AI agent cannot be parked: the agent waits for its answer. Turn Park While Waiting off, or give the agent Start and Get';

const NOT_V1 =
	'API Version V1 cannot be parked: it needs its connection until the video is done. Choose V2, or turn Park While Waiting off';

const tooMany = (items: number) =>
	`A run can park ${PARK.mostItems} items at most, and this one has ${items}. Put a Loop Over Items node (Split in Batches) before this one with a batch size of ${PARK.mostItems}, or turn Park While Waiting off`;

const NOTHING_SENT = 'Nothing was submitted and nothing is billed.';

async function planItem(source: Source, panel: string): Promise<Outcome<Plan>> {
	const options = readJobOptions(source);
	if (!options.ok) return options;
	const model = readModel(source);
	if (!model.ok) return model;
	const unparked = options.value.survivesRestarts && parkProblem(source.context, options.value);
	if (unparked) return failure(unparked);
	const request = await readVideoRequest(model.value, source, options.value.extraBody);
	if (!request.ok) return request;
	return success({
		item: source.item,
		model: model.value.name,
		hash: bodyHash(identityOf(request.value)),
		panel,
		asked: askedOf(request.value),
		request: request.value,
		options: options.value,
	});
}

/** Somebody changed the node between the attempts of an execution, and a paid job of the item is left. */
function changedProblem({ requestId, submittedAt }: LedgerEntry): Problem {
	const job = requestId
		? `request ${requestId}, submitted at ${utc(submittedAt)}`
		: `a video that was submitted at ${utc(submittedAt)} and whose answer was lost`;
	const problem = parameterProblem(
		`An earlier attempt of this execution has paid, or may have paid, for this item with other values: ${job}`,
		`Nothing new was submitted for it.${requestId ? ' Get with this request ID fetches the video.' : ''} For a video with the new values execute the workflow again, or turn off the option "Reuse Undelivered Videos".`,
	);
	return { ...problem, requestId };
}

/** Gives the jobs of earlier attempts to the plans. */
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
			// An expression gives another value each time. The first value was submitted.
			plan.hash = entry.hash;
			plan.asked = entry.asked;
		}
	}
	// If a delivered video got a new note, a later execution would think that it is undelivered.
	const adopted = entries.filter(
		(entry): entry is LedgerEntry =>
			entry !== undefined &&
			!entry.isSettled &&
			// Another retry will submit it and write its note.
			!ledger.isSubmittedElsewhere(entry) &&
			(entry.note !== undefined || entry.deliveredIn === undefined),
	);
	await renewNotes(notes, adopted);
}

async function renewNotes(notes: Notes, entries: LedgerEntry[]): Promise<void> {
	const renewed = await notes.renew(entries);
	for (const [index, entry] of entries.entries()) {
		const note = renewed[index];
		if (!note && entry.note) entry.isSettled = true;
		if (note) entry.note = note;
		else delete entry.note;
	}
}

/**
 * Gives the plans what earlier rounds of a loop have submitted and not delivered, as if this round were an attempt of
 * the earlier one: an error output may lead back to the node, and must not repeat a submit whose answer was lost.
 */
async function adoptLeft(
	{ ledger, notes }: Session,
	plans: Plan[],
	problems: Plans['problems'],
): Promise<void> {
	for (;;) {
		const open = plans.filter(
			({ item, entry, options }) => !entry && !problems[item] && options.reuseUndelivered,
		);
		const left = ledger.leftBefore(open);
		if (left.length === 0) return;
		await renewNotes(
			notes,
			left.map(([, entry]) => entry),
		);
		for (const [plan, entry] of left) {
			if (entry.isSettled) continue;
			ledger.takeOn(plan, entry);
			plan.entry = entry;
			plan.waitSince = Date.now();
		}
	}
}

/** Warns once for all items about values that do not fit together in some of them. */
function warn(session: Session, plans: Plan[]): void {
	const items = new Map<string, number[]>();
	for (const { item, request } of plans) {
		for (const text of cautionsOf(request)) items.set(text, [...(items.get(text) ?? []), item]);
	}
	for (const [text, some] of items) {
		session.warn(some.length < plans.length ? `${text} (items ${some.join(', ')})` : text);
	}
}

export interface Plans {
	/** By item; undefined if there is a problem. */
	plans: Array<Plan | undefined>;
	/** By item; undefined if there is a plan. */
	problems: Array<Problem | undefined>;
}

export async function planAll(session: Session): Promise<Plans> {
	const { context } = session;
	const panel = panelHash(context);
	const { values, problems } = await readEach(
		context,
		async (source) => await planItem(source, panel),
	);
	const valid = values.filter((plan): plan is Plan => plan !== undefined);
	// Two retries of one execution want the same videos. The second one sees what the first one has found.
	await inTurn(`plan ${session.ledger.root}`, async () => {
		await adopt(session, valid, problems);
		await adoptLeft(session, valid, problems);
		await takeUp(session, valid, problems);
		// Jobs that another retry works on, if the execution's own memory was lost.
		for (const plan of valid) if (!problems[plan.item]) plan.entry ??= session.ledger.join(plan);
		session.ledger.freeOthers(valid);
	});
	const plans = values.map((plan) => (plan && problems[plan.item] ? undefined : plan));
	warn(
		session,
		plans.filter((plan): plan is Plan => plan !== undefined),
	);
	return { plans, problems };
}

/** How many videos may run at once, from the first item without a problem. */
export function concurrencyOf(plans: Array<{ options: JobOptions } | undefined>): number {
	return plans.find((plan) => plan !== undefined)?.options.concurrency ?? DEFAULT_CONCURRENCY;
}

/** Whether the run is parked, from the first item without a problem. */
export const parksOf = (plans: Array<{ options: JobOptions } | undefined>): boolean =>
	plans.find((plan) => plan !== undefined)?.options.survivesRestarts ?? false;

/** The ledger's entries of these items. */
export function entriesOf(
	plans: Array<Plan | undefined>,
	items: number[],
): Array<LedgerEntry | undefined> {
	return items.map((item) => plans[item]?.entry);
}
