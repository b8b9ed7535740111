/**
 * Looks one request up in the account's history, if the service's own record of it is gone or says nothing.
 */
import { findRequest, hasHistory, mayRecover } from './history';
import { stateOf, type HistoryRow } from './historyRows';
import type { VideoResult } from './result';
import type { Session } from './session';

export type LookUp =
	| { state: 'running' | 'completed' | 'failed'; row: HistoryRow }
	/** `why`: a sentence for the user. */
	| { state: 'unknown'; why: string }
	/** Nothing was learned, and a retry may help. */
	| { state: 'unread'; why: string };

/** A finished request of the history, as a result. The history does not know the size and type of its file. */
export function resultOf({ videoUrl, cost, createdAt, duration, raw }: HistoryRow): VideoResult {
	return {
		videoUrl,
		cost,
		totalTime: duration,
		completedAt: createdAt === undefined ? undefined : createdAt + (duration ?? 0) * 1000,
		response: raw,
	};
}

/** Makes one call, in the account's turn, or none if the history is switched off. */
export async function lookUp(session: Session, requestId: string): Promise<LookUp> {
	if (!hasHistory(session)) {
		return {
			state: 'unknown',
			why: "The account's history is switched off in the credential",
		};
	}
	const found = await findRequest(session, requestId);
	if (!found.ok) {
		const why = found.problem.message;
		return { state: mayRecover(found) ? 'unread' : 'unknown', why };
	}
	const row = found.value;
	if (!row) return { state: 'unknown', why: "The account's history does not have it either" };
	return { state: stateOf(row), row };
}
