/**
 * What this process knows about requests. So two searches for lost jobs never take the same request, or one that a
 * run still works on. It belongs to the process, as the account does: executions come and go.
 */
import { HISTORY } from '../policy/history';
import type { HistoryRow } from './historyRows';
import { isSame } from './match';

/**
 * Request IDs that no search may take: a run of this process works on them, or they were delivered. A run that ends
 * without a delivery removes its ID. Otherwise the next execution would not find the video and would buy another one.
 */
export class KnownRequests {
	/** When each ID was added, ms since 1970; oldest first. */
	private readonly since = new Map<string, number>();

	constructor(
		private readonly most: number = HISTORY.knownMost,
		private readonly lifetime: number = HISTORY.known,
	) {}

	get size(): number {
		return this.since.size;
	}

	add(requestId: string, now = Date.now()): void {
		// It moves to the end, so the oldest stays first.
		this.since.delete(requestId);
		this.since.set(requestId, now);
		for (const [known, at] of this.since) {
			if (this.since.size <= this.most && now - at <= this.lifetime) break;
			this.since.delete(known);
		}
	}

	has(requestId: string, now = Date.now()): boolean {
		const at = this.since.get(requestId);
		return at !== undefined && now - at <= this.lifetime;
	}

	delete(requestId: string): void {
		this.since.delete(requestId);
	}
}

export const knownRequests = new KnownRequests();

/** What Get has delivered: a later round of a loop wants another video. */
export const fetchedRequests = new KnownRequests();

/** A submit that was sent and has no answer yet. */
interface Submitting {
	hash: string;
	/** ms since 1970 */
	since: number;
	sent?: Sent;
}

interface Sent {
	model: string;
	body: Readonly<Record<string, unknown>>;
	/** No other account's history shows its request. */
	account?: object;
}

const submitting = new Set<Submitting>();

/**
 * Registers a submit before it is sent. Until the answer is there, no search may take a request that may belong to
 * it.
 *
 * @param hash what makes it the same job
 * @param sent model and body as sent. With them, only the requests that fit are kept. Without them, all requests of a
 * job with this hash are kept.
 * @returns what to call when the answer is there or certainly will not come, with the request ID if there is one
 */
export function inFlight(hash: string, sent?: Sent): (requestId?: string) => void {
	const entry: Submitting = { hash, since: Date.now(), sent };
	submitting.add(entry);
	return (requestId) => {
		if (requestId !== undefined) knownRequests.add(requestId);
		submitting.delete(entry);
	};
}

/** Whether a request in this account's history may belong to a submit that has no answer yet. */
export function mayBeInFlight(row: HistoryRow, account: object): boolean {
	return [...submitting].some(({ sent, since }) => {
		if (sent === undefined || (sent.account && sent.account !== account)) return false;
		const isOlder = row.createdAt !== undefined && row.createdAt < since - HISTORY.slack;
		return !isOlder && isSame(sent, row);
	});
}

/** Whether any request of such a job may belong to a submit that has no answer yet. */
export const isInFlight = (hash: string): boolean =>
	[...submitting].some((entry) => !entry.sent && entry.hash === hash);

/** Synchronous calls that failed and did not name their request. In the history, each of them is FAILED. */
let unnamed: Array<{ hash: string; from: number; to: number }> = [];

/** @param since ms since 1970, the time of its submit */
export function failedUnnamed(hash: string, since: number, now = Date.now()): void {
	unnamed = unnamed.filter(({ to }) => now - to <= HISTORY.known).slice(1 - HISTORY.knownMost);
	unnamed.push({ hash, from: since - HISTORY.slack, to: now + HISTORY.slack });
}

/** Whether a FAILED request may be such a call. Then it says nothing about an equal job in a search. */
export const mayBeUnnamed = (hash: string, { createdAt }: HistoryRow): boolean =>
	unnamed.some(
		(one) =>
			one.hash === hash &&
			(createdAt === undefined || (createdAt >= one.from && createdAt <= one.to)),
	);
