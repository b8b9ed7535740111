/**
 * Videos that an earlier execution of this node has paid, or may have paid, and did not deliver: it crashed, was
 * stopped, or ended with an error. Their notes are in n8n's database. The node takes them over from the account's
 * history. If it does not find a video there, it refuses the item once, before anything is sent.
 */
import type { IDataObject } from 'n8n-workflow';

import { lookedSentence } from '../../../segmind/job/doubt';
import { isPaid, stateOf } from '../../../segmind/job/historyRows';
import { earliestOf, noteTime, type Note } from '../../../segmind/job/notes';
import {
	findLost,
	knownRequests,
	windowOf,
	type Candidate,
	type Lost,
} from '../../../segmind/job/recover';
import type { Session } from '../../../segmind/job/session';
import { parameterProblem, sentences, utc, type Problem } from '../../../segmind/outcome';
import { freeEnded, parkedNotes } from '../../../segmind/park/parkedRuns';
import { NOTES } from '../../../segmind/policy/notes';
import { CONSOLE } from '../../../segmind/problems';
import type { Plan } from './plan';
import { addressesIn, sentBody } from './wanted';

const MINUTE = 60_000;

/** The note on a video, and what the history knows about it. */
interface Left {
	note: Note;
	lost: Lost;
}

/** A plan that wants this video. */
interface Pair extends Left {
	plan: Plan;
}

const isFailed = ({ lost }: Left) => lost.state === 'found' && stateOf(lost.row) === 'failed';

/** A failed video is free. If it has a price, the user must check it. */
const isFree = (left: Left) =>
	isFailed(left) && !(left.lost.state === 'found' && isPaid(left.lost.row));

/** Found videos come first, then the highest slot: a later query begins at the lowest slot. */
function byUse(one: Left, other: Left): number {
	const rank = ({ lost }: Left) => (lost.state === 'found' ? 0 : 1);
	return rank(one) - rank(other) || other.note.slot - one.note.slot;
}

/** Gives one to each plan with its hash. The rest is for a later execution. */
function pair(plans: Plan[], all: Left[]): { pairs: Pair[]; rest: Left[] } {
	const rest = [...all].sort(byUse);
	const pairs = plans.flatMap((plan) => {
		const index = rest.findIndex(({ note }) => note.hash === plan.hash);
		return index < 0 ? [] : [{ plan, ...rest.splice(index, 1)[0] }];
	});
	return { pairs, rest };
}

function whatWasFound(lost: Lost): string | undefined {
	if (lost.state !== 'found') return lookedSentence(lost);
	const { requestId, cost } = lost.row;
	return `The account's history says that it failed, and that it cost $${cost}: request ${requestId}`;
}

/** Refuses the video once: the next execution buys it. */
function refusal({ note, lost }: Left, others: number[]): Problem {
	const since = note.isVague ? 'a time within the last day' : utc(noteTime(note));
	return {
		...parameterProblem(
			sentences(
				`An earlier execution of this node submitted this video at ${since} and did not deliver it, so it may be paid already`,
				whatWasFound(lost),
				`Check ${CONSOLE}: if the video is there, open it, or fetch it with Get and its request ID. If it is not, execute the workflow again: the next execution submits it without asking again`,
			),
			sentences(
				'Nothing was submitted now and nothing is billed now',
				others.length > 0 ? `The same is true of the items ${others.join(', ')}` : undefined,
			),
		),
		billed: 'possibly',
		details: { submittedAt: new Date(noteTime(note)).toISOString() },
	};
}

/** @param hasTwin another execution will get an equal video, and must not take this one again */
function takeOver(session: Session, { plan, note, lost }: Pair, hasTwin: boolean): void {
	if (lost.state !== 'found') return;
	const { requestId, createdAt = noteTime(note) } = lost.row;
	const addresses = addressesIn(plan.request, lost.row.body as IDataObject);
	const sent = addresses ? { ...note, addresses } : note;
	plan.entry = session.ledger.found(plan, requestId, createdAt, sent, hasTwin);
	// Whatever the service says about it later, it did not fail.
	if (isPaid(lost.row)) session.ledger.finished(plan.entry);
	plan.waitSince = Date.now();
	session.log('A video of an earlier execution is taken over and not paid again', {
		requestId,
		item: plan.item,
	});
}

/** Looks for every video with a note, even if fewer are wanted: any of them will do. */
async function search(session: Session, plans: Plan[], notes: Note[]): Promise<Left[]> {
	const planOf = (note: Note) => plans.find(({ hash }) => hash === note.hash)!;
	/** It was sent with the files in the note, and no other process has delivered it. */
	const confirm = async (candidates: Candidate[]): Promise<boolean[]> => {
		const known = candidates.map(({ key, row }) => {
			const note = notes[Number(key)];
			return { note, addresses: addressesIn(planOf(note).request, row.body as IDataObject), row };
		});
		const delivered = await session.notes.delivered(known.map(({ row }) => row.requestId));
		const withFiles = known.flatMap(({ note, addresses }) =>
			addresses === undefined ? [] : [[note, addresses] as [Note, string]],
		);
		const answers = await session.notes.sentAt(withFiles);
		const isSent = ({ note, addresses }: (typeof known)[number]) =>
			addresses === undefined ||
			withFiles.some(([of, at], index) => of === note && at === addresses && answers[index]);
		return known.map((one) => !delivered.has(one.row.requestId) && isSent(one));
	};
	const lost = await findLost(
		session,
		notes.map((note, index) => ({
			key: String(index),
			hash: note.hash,
			model: planOf(note).model,
			body: sentBody(planOf(note).request),
			...windowOf(earliestOf(note), noteTime(note) + NOTES.renewed + MINUTE),
			near: noteTime(note),
		})),
		{ confirm },
	);
	return notes.map((note, index) => ({ note, lost: lost[index] }));
}

/**
 * Gives the jobs of earlier executions to the plans, or a problem if the node does not know what happened to them. It
 * sends nothing that costs money.
 */
export async function takeUp(
	session: Session,
	plans: Plan[],
	problems: Array<Problem | undefined>,
): Promise<void> {
	const { context, ledger, notes } = session;
	const willRun = context.continueOnFail() || problems.every((problem) => !problem);
	if (!willRun) return;
	const before = ledger.refusalsOf(plans.filter(({ entry }) => !entry));
	for (const [{ item }, { problem }] of before) problems[item] ??= problem;
	await notes.refuseAgain(before.map(([, { note }]) => note));
	const open = plans.filter(({ item, entry }) => !entry && !problems[item]);
	const hashes = open.map(({ hash }) => hash);
	await freeEnded(context, notes, hashes);
	// Another execution may have delivered the video of one of these notes, and a later note may have its slot.
	const own = await notes.present([...ledger.ownNotes(), ...parkedNotes(context)]);
	const found = await notes.find(hashes, own, Date.now());
	if (found.length > 0) await choose(session, open, problems, found);
	notes.chosen();
}

/** Gives each plan one of the found videos, and leaves the rest to others. */
async function choose(
	session: Session,
	open: Plan[],
	problems: Array<Problem | undefined>,
	found: Note[],
): Promise<void> {
	const { ledger, notes } = session;
	const wanting = open.filter(({ options }) => options.reuseUndelivered);
	const isWanted = ({ hash }: Note) => wanting.some((plan) => plan.hash === hash);
	for (const plan of open.filter((one) => !wanting.includes(one))) {
		const note = found.find(({ hash }) => hash === plan.hash);
		if (note) plan.newTake = { note, replaces: false };
	}

	const left = await search(session, wanting, found.filter(isWanted));
	// It costs nothing, and the user wants the video.
	notes.erase(left.filter(isFree).map(({ note }) => note));
	const { pairs, rest } = pair(
		wanting,
		left.filter((one) => !isFree(one)),
	);
	for (const { lost } of rest) {
		if (lost.state === 'found') knownRequests.delete(lost.row.requestId);
	}
	notes.leave(rest.map(({ note }) => note));
	const hasTwin = ({ note }: Pair) => rest.some((other) => other.note.hash === note.hash);
	for (const one of pairs) if (!isFailed(one)) takeOver(session, one, hasTwin(one));
	// After Stop, the search was not complete.
	if (session.stop.pressed) return;
	const missing = pairs.filter((one) => one.lost.state !== 'found' || isFailed(one));
	for (const { plan, note } of missing) {
		if (plan.options.resubmitUnknown) plan.newTake = { note, replaces: true };
	}
	const refused = missing.filter(({ plan }) => !plan.options.resubmitUnknown);
	notes.refuse(refused.map(({ note }) => note));
	for (const one of refused) {
		const others = refused.filter((other) => other !== one).map(({ plan }) => plan.item);
		const problem = refusal(one, others);
		problems[one.plan.item] = problem;
		ledger.refuse(one.plan, problem, one.note);
	}
}
