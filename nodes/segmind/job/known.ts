/**
 * What this process knows of requests, so that two who look for lost jobs never take the same one, nor one that
 * somebody still works on. Of the process, as the account is: executions come and go.
 */
import { HISTORY } from '../policy/history';
import type { HistoryRow } from './historyRows';
import { isSame } from './match';

/**
 * Request IDs that are nobody's to find: a run of this process works on them, or they were delivered. A run that ends
 * without delivering one takes it out again, or the next execution would not find the video and buy another.
 */
export class KnownRequests {
	/** When each was added, ms since 1970; the oldest first. */
	private readonly since = new Map<string, number>();

	constructor(
		private readonly most: number = HISTORY.knownMost,
		private readonly lifetime: number = HISTORY.known,
	) {}

	get size(): number {
		return this.since.size;
	}

	add(requestId: string, now = Date.now()): void {
		// At its end again, so that the oldest stands first.
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

/** A submit that left and has no answer yet. */
interface Submitting {
	hash: string;
	/** ms since 1970 */
	since: number;
	sent?: Sent;
}

interface Sent {
	model: string;
	body: Readonly<Record<string, unknown>>;
}

const submitting = new Set<Submitting>();

/**
 * Registers a submit before it leaves: until its answer is there, a request that may be its own is nobody's to find.
 *
 * @param hash what makes it the same job
 * @param sent model and body as they are sent; with them only the requests that fit are kept, without them every
 * request of a job with this hash
 * @returns to be called when the answer is there or certainly will not come, with the request ID if it has one
 */
export function inFlight(hash: string, sent?: Sent): (requestId?: string) => void {
	const entry: Submitting = { hash, since: Date.now(), sent };
	submitting.add(entry);
	return (requestId) => {
		if (requestId !== undefined) knownRequests.add(requestId);
		submitting.delete(entry);
	};
}

/** Whether a request may be the one of a submit that has no answer yet. */
export function mayBeInFlight(row: HistoryRow): boolean {
	return [...submitting].some(({ sent, since }) => {
		const isOlder = row.createdAt !== undefined && row.createdAt < since - HISTORY.slack;
		return sent !== undefined && !isOlder && isSame(sent, row);
	});
}

/** Whether any request of such a job may be the one of a submit that has no answer yet. */
export const isInFlight = (hash: string): boolean =>
	[...submitting].some((entry) => !entry.sent && entry.hash === hash);

/** Synchronous calls that failed and did not name their request: in the history each of them is a FAILED one. */
let unnamed: Array<{ hash: string; from: number; to: number }> = [];

/** @param since ms since 1970: when it was submitted */
export function failedUnnamed(hash: string, since: number, now = Date.now()): void {
	unnamed = unnamed.filter(({ to }) => now - to <= HISTORY.known).slice(1 - HISTORY.knownMost);
	unnamed.push({ hash, from: since - HISTORY.slack, to: now + HISTORY.slack });
}

/** Whether a FAILED request may be such a call, so that it says nothing of an equal job that is looked for. */
export const mayBeUnnamed = (hash: string, { createdAt }: HistoryRow): boolean =>
	unnamed.some(
		(one) =>
			one.hash === hash &&
			(createdAt === undefined || (createdAt >= one.from && createdAt <= one.to)),
	);
