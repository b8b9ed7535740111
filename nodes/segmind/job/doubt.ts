/**
 * A job that may or may not exist. The node looks for it in the account's history.
 */
import { isPaid } from './historyRows';
import type { LedgerEntry } from './ledger';
import { findLost, windowOf, type Lost } from './recover';
import type { Session } from './session';

/** What the search found, as a sentence for the error. Undefined if the history is switched off. */
export function lookedSentence(lost: Lost): string | undefined {
	switch (lost.state) {
		case 'absent':
			return lost.ambiguous
				? `The account's history has several requests that it may be: ${lost.ambiguous.map(({ requestId }) => requestId).join(', ')}`
				: "It is not in the account's history, where this node looked for it";
		case 'unreadable':
			return lost.problem.message;
		default:
			return undefined;
	}
}

/** A search for a job, and the run that makes it. */
interface Looking {
	session: Session;
	said: Promise<string | undefined>;
}

/** Two retries may doubt the same job: they share one search. */
const looking = new Map<string, Looking>();

async function search(session: Session, entry: LedgerEntry): Promise<string | undefined> {
	const { model, hash, body, submittedAt, sentAt, item } = entry;
	if (!body) return undefined;
	const { from } = windowOf(sentAt ?? submittedAt);
	const wanted = { key: entry.id, hash, model, body, ...windowOf(submittedAt), from };
	const [lost] = await findLost(session, [wanted], {
		confirm: async (candidates) => {
			const delivered = await session.notes.delivered(candidates.map(({ row }) => row.requestId));
			// A mark means that another process has delivered this request, for an equal job.
			return candidates.map(({ row }) => !delivered.has(row.requestId));
		},
	});
	if (lost.state !== 'found') return lookedSentence(lost);
	const { requestId } = lost.row;
	session.ledger.submitted(entry, requestId);
	if (isPaid(lost.row)) session.ledger.finished(entry);
	session.log('The video was submitted after all, and continues', { requestId, item });
	return undefined;
}

/**
 * Looks for the job of an entry whose answer was lost. If it finds the job, the entry gets its request ID.
 *
 * @returns what it found, as a sentence; undefined if there is nothing to say
 */
export async function findJob(session: Session, entry: LedgerEntry): Promise<string | undefined> {
	for (;;) {
		const underWay = looking.get(entry.id);
		if (!underWay) break;
		const said = await underWay.said;
		// If a run stopped its own search, that search says nothing to others.
		const isOthersStop = underWay.session.stop.pressed && !session.stop.pressed;
		if (entry.requestId || !isOthersStop) return said;
	}
	const said = search(session, entry).finally(() => looking.delete(entry.id));
	looking.set(entry.id, { session, said });
	return await said;
}
