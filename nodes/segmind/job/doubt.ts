/**
 * A job of which nobody knows whether it exists: it is looked for in the account's history.
 */
import { SEARCH } from '../policy/limits';
import type { LedgerEntry } from './ledger';
import { findLost, type Search } from './recover';
import type { Session } from './session';

/** What was found out, as a sentence for the error. */
export function lookedSentence(search: Search): string | undefined {
	switch (search.kind) {
		case 'absent':
			return "It is not in the account's history, where this node looked for it";
		case 'ambiguous':
			return "The account's history has several requests that it may be";
		case 'unreadable':
			return `The account's history could not be read: ${search.problem.message}`;
		default:
			return undefined;
	}
}

/**
 * Looks for the job behind an entry whose answer was lost. When it is found, the entry is `submitted`.
 *
 * @returns what was found out, as a sentence; undefined where the history is switched off
 */
export async function findJob(session: Session, entry: LedgerEntry): Promise<string | undefined> {
	const { model, body, submittedAt, sentAt = submittedAt, item } = entry;
	if (!body) return undefined;
	const found = await findLost(
		session,
		[
			{
				key: entry.id,
				model,
				body,
				from: sentAt - SEARCH.tolerance,
				to: submittedAt + SEARCH.tolerance,
				near: submittedAt,
			},
		],
		{ patience: SEARCH.patience },
	);
	const search = found.get(entry.id) ?? { kind: 'absent' };
	if (search.kind !== 'found') return lookedSentence(search);
	const { requestId } = search.row;
	session.ledger.submitted(entry, requestId);
	session.log("The video was found in the account's history", { requestId, item });
	return undefined;
}
