/**
 * A job of which nobody knows whether it exists: it is looked for in the account's history.
 */
import type { LedgerEntry } from './ledger';
import { findLost, windowOf, type Lost } from './recover';
import type { Session } from './session';

/** What was found out, as a sentence for the error; undefined where the history is switched off. */
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

/** Two retries may be in doubt about the same job: they look once. */
const looking = new Map<string, Promise<string | undefined>>();

async function look(session: Session, entry: LedgerEntry): Promise<string | undefined> {
	const { model, hash, body, submittedAt, sentAt, item } = entry;
	if (!body) return undefined;
	const { from } = windowOf(sentAt ?? submittedAt);
	const wanted = { key: entry.id, hash, model, body, ...windowOf(submittedAt), from };
	const [lost] = await findLost(session, [wanted]);
	if (lost.state !== 'found') return lookedSentence(lost);
	const { requestId } = lost.row;
	session.ledger.submitted(entry, requestId);
	session.log('The video was submitted after all, and goes on', { requestId, item });
	return undefined;
}

/**
 * Looks for the job behind an entry whose answer was lost. When it is found, the entry has its request ID.
 *
 * @returns what was found out, as a sentence; undefined where there is nothing to say
 */
export async function findJob(session: Session, entry: LedgerEntry): Promise<string | undefined> {
	const underWay = looking.get(entry.id);
	if (underWay) return await underWay;
	const started = look(session, entry).finally(() => looking.delete(entry.id));
	looking.set(entry.id, started);
	return await started;
}
