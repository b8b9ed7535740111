/**
 * Videos that an earlier execution of this node has paid, or may have paid, and did not deliver: it crashed,
 * was stopped, or ended with an error. Their notes are in n8n's database. They are taken over from the
 * account's history; one that is not found there is refused once, before anything is sent.
 */
import type { IDataObject } from 'n8n-workflow';

import { lookedSentence } from '../../../segmind/job/doubt';
import { noteTime, type Note } from '../../../segmind/job/notes';
import { parameterProblem, sentences, utc, type Problem } from '../../../segmind/job/problem';
import { ANY, findLost, type Search } from '../../../segmind/job/recover';
import type { Session } from '../../../segmind/job/session';
import { CONSOLE } from '../../../segmind/job/submit';
import { SEARCH } from '../../../segmind/policy/limits';
import { buildBody } from '../../parameters/body';
import type { ImageInput } from '../../parameters/types';
import type { Plan } from './plan';

/** A plan, and the note on its video. */
interface Left {
	plan: Plan;
	note: Note;
}

/** One note for each plan with its hash, the oldest first. */
function pair(plans: Plan[], notes: Note[]): Left[] {
	const left = [...notes].sort((a, b) => noteTime(a) - noteTime(b));
	return plans.flatMap((plan) => {
		const index = left.findIndex(({ hash }) => hash === plan.hash);
		return index < 0 ? [] : [{ plan, note: left.splice(index, 1)[0] }];
	});
}

/** The body that an earlier execution sent: where it uploaded an image, the address is not known. */
function sentBody(session: Session, { request }: Plan): IDataObject {
	const address = (image: ImageInput) =>
		image.kind === 'url'
			? image.url
			: (session.ledger.uploadedUrl(image.image.hash, Date.now()) ?? ANY);
	return buildBody(request, address(request.image), request.endImage && address(request.endImage));
}

/** Refused once: the next execution buys the video. */
function refusal({ note }: Left, search: Search, others: number[]): Problem {
	const since = utc(noteTime(note));
	return {
		...parameterProblem(
			sentences(
				`An earlier execution of this node submitted this video at ${since} and did not deliver it, so it may be paid already`,
				lookedSentence(search),
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
function tellNewTake(session: Session, { plan, note }: Left): void {
	session.warn(
		`Item ${plan.item}: a new video is paid, although an earlier execution submitted the same one at ${utc(noteTime(note))} and did not deliver it`,
	);
}

function takeOver(session: Session, { plan, note }: Left, search: Search): boolean {
	if (search.kind !== 'found') return false;
	const { requestId, status, createdAt = noteTime(note) } = search.row;
	// It costs nothing, and the user wants the video.
	if (status === 'FAILED') {
		session.notes.erase([note]);
		return true;
	}
	plan.entry = session.ledger.found(plan, requestId, createdAt, note);
	plan.waitSince = Date.now();
	session.log('A video of an earlier execution is taken over and not paid again', {
		requestId,
		item: plan.item,
	});
	return true;
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
	const open = plans.filter(({ item, entry }) => !entry && !problems[item]);
	const found = await notes.find(
		open.map(({ hash }) => hash),
		ledger.ownNotes(),
		Date.now(),
	);
	const left = pair(open, found);
	for (const one of left) if (!one.plan.options.reuseUndelivered) tellNewTake(session, one);
	const wanted = left.filter(({ plan }) => plan.options.reuseUndelivered);
	if (wanted.length === 0) return;

	const searches = await findLost(
		session,
		wanted.map(({ plan, note }) => ({
			key: String(plan.item),
			model: plan.model,
			body: sentBody(session, plan),
			from: noteTime(note) - SEARCH.tolerance,
			to: noteTime(note) + SEARCH.attempts + SEARCH.tolerance,
			near: noteTime(note),
		})),
		{ patience: SEARCH.patience },
	);
	const searchOf = ({ plan }: Left): Search => searches.get(String(plan.item)) ?? { kind: 'off' };
	const missing = wanted.filter((one) => !takeOver(session, one, searchOf(one)));
	if (session.stop.pressed) return;
	const refused = missing.filter(({ plan }) => !plan.options.resubmitUnknown);
	for (const one of missing) {
		notes.erase([one.note]);
		if (one.plan.options.resubmitUnknown) tellNewTake(session, one);
	}
	for (const one of refused) {
		const others = refused.filter((other) => other !== one).map(({ plan }) => plan.item);
		problems[one.plan.item] = refusal(one, searchOf(one), others);
	}
}
