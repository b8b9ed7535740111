/**
 * Videos that an earlier execution of this node has paid, or may have paid, and did not deliver: it crashed,
 * was stopped, or ended with an error. Their notes are in n8n's database. They are taken over from the
 * account's history; one that is not found there is refused once, before anything is sent.
 */
import { lookedSentence } from '../../../segmind/job/doubt';
import { stateOf } from '../../../segmind/job/historyRows';
import { noteTime, type Note } from '../../../segmind/job/notes';
import {
	ANY,
	findLost,
	knownRequests,
	NONE,
	windowOf,
	type Lost,
} from '../../../segmind/job/recover';
import type { Session } from '../../../segmind/job/session';
import { parameterProblem, sentences, utc, type Problem } from '../../../segmind/outcome';
import { freeEnded, parkedNotes } from '../../../segmind/park/parkedRuns';
import { SUBMIT_TOTAL_WAIT } from '../../../segmind/policy/repeats';
import { CONSOLE } from '../../../segmind/problems';
import { fieldsOf } from '../../models/model';
import { bodyOf } from '../../models/request';
import type { Plan } from './plan';

const MINUTE = 60_000;

/** The note on a video, and what the history knows of it. */
interface Left {
	note: Note;
	lost: Lost;
}

/** A plan that wants such a video. */
interface Pair extends Left {
	plan: Plan;
}

const isFailed = ({ lost }: Left) => lost.state === 'found' && stateOf(lost.row) === 'failed';

/** What can be had comes first, then what is oldest. */
function byUse(one: Left, other: Left): number {
	const rank = ({ lost }: Left) => (lost.state === 'found' ? 0 : 1);
	return rank(one) - rank(other) || noteTime(one.note) - noteTime(other.note);
}

/** One of them for each plan with its hash; the rest is left for a later execution. */
function pair(plans: Plan[], all: Left[]): { pairs: Pair[]; rest: Left[] } {
	const rest = [...all].sort(byUse);
	const pairs = plans.flatMap((plan) => {
		const index = rest.findIndex(({ note }) => note.hash === plan.hash);
		return index < 0 ? [] : [{ plan, ...rest.splice(index, 1)[0] }];
	});
	return { pairs, rest };
}

/** The body that an earlier execution sent: where it uploaded a file, the address is not known. */
function sentBody(session: Session, { request }: Plan): Record<string, unknown> {
	const notSent = Object.fromEntries(
		fieldsOf(request.model).map(({ api }) => [api.name, NONE as unknown]),
	);
	const sent = bodyOf(request, (media) =>
		media.kind === 'url'
			? media.url
			: (session.ledger.uploadedUrl(media.file.hash, Date.now()) ?? ANY),
	);
	return { ...notSent, ...sent };
}

/** Refused once: the next execution buys the video. */
function refusal({ note, lost }: Left, others: number[]): Problem {
	const since = utc(noteTime(note));
	return {
		...parameterProblem(
			sentences(
				`An earlier execution of this node submitted this video at ${since} and did not deliver it, so it may be paid already`,
				lookedSentence(lost),
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

/** The user wants another take, or accepts that it may be the second bill. */
function tellNewTake(session: Session, item: number, note: Note): void {
	session.warn(
		`Item ${item}: a new video is paid, although an earlier execution submitted the same one at ${utc(noteTime(note))} and did not deliver it`,
	);
}

function takeOver(session: Session, { plan, note, lost }: Pair): void {
	if (lost.state !== 'found') return;
	const { requestId, createdAt = noteTime(note) } = lost.row;
	plan.entry = session.ledger.found(plan, requestId, createdAt, note);
	plan.waitSince = Date.now();
	session.log('A video of an earlier execution is taken over and not paid again', {
		requestId,
		item: plan.item,
	});
}

/** Looks for all that the notes speak of, also where fewer are wanted: any of them will do. */
async function search(session: Session, plans: Plan[], notes: Note[]): Promise<Left[]> {
	const planOf = (note: Note) => plans.find(({ hash }) => hash === note.hash)!;
	const lost = await findLost(
		session,
		notes.map((note, index) => ({
			key: String(index),
			hash: note.hash,
			model: planOf(note).model,
			body: sentBody(session, planOf(note)),
			// The note is older than its submit, which a rate limit may have held up.
			...windowOf(noteTime(note), noteTime(note) + MINUTE + SUBMIT_TOTAL_WAIT),
		})),
	);
	return notes.map((note, index) => ({ note, lost: lost[index] }));
}

/**
 * Gives plans the jobs of earlier executions, or a problem where it is not known what became of them.
 * Sends nothing that costs money.
 */
export async function takeUp(
	session: Session,
	plans: Plan[],
	problems: Array<Problem | undefined>,
): Promise<void> {
	const { context, ledger, notes } = session;
	const willRun = context.continueOnFail() || problems.every((problem) => !problem);
	if (!willRun) return;
	for (const plan of plans) if (!plan.entry) problems[plan.item] ??= ledger.refusalOf(plan);
	const open = plans.filter(({ item, entry }) => !entry && !problems[item]);
	const hashes = open.map(({ hash }) => hash);
	await freeEnded(context, hashes);
	const found = await notes.find(
		hashes,
		[...ledger.ownNotes(), ...parkedNotes(context.getWorkflow().id)],
		Date.now(),
	);
	if (found.length === 0) return;
	const wanting = open.filter(({ options }) => options.reuseUndelivered);
	const isWanted = ({ hash }: Note) => wanting.some((plan) => plan.hash === hash);
	for (const { item, hash } of open.filter((plan) => !wanting.includes(plan))) {
		const note = found.find((one) => one.hash === hash);
		if (note) tellNewTake(session, item, note);
	}

	const left = await search(session, wanting, found.filter(isWanted));
	// It costs nothing, and the user wants the video.
	notes.erase(left.filter(isFailed).map(({ note }) => note));
	const { pairs, rest } = pair(
		wanting,
		left.filter((one) => !isFailed(one)),
	);
	for (const { lost } of rest) {
		if (lost.state === 'found') knownRequests.delete(lost.row.requestId);
	}
	notes.leave(rest.map(({ note }) => note));
	for (const one of pairs) takeOver(session, one);
	// Who was stopped has not looked to the end.
	if (session.stop.pressed) return;
	const missing = pairs.filter(({ lost }) => lost.state !== 'found');
	notes.erase(missing.map(({ note }) => note));
	for (const { plan, note } of missing) {
		if (plan.options.resubmitUnknown) tellNewTake(session, plan.item, note);
	}
	const refused = missing.filter(({ plan }) => !plan.options.resubmitUnknown);
	for (const one of refused) {
		const others = refused.filter((other) => other !== one).map(({ plan }) => plan.item);
		const problem = refusal(one, others);
		problems[one.plan.item] = problem;
		ledger.refuse(one.plan, problem);
	}
}
