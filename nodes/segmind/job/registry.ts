/**
 * The jobs that this n8n process knows, whichever execution opened them. n8n gives each retry from the
 * executions list a copy of the failed execution's ledger, so two retries of one execution meet here only.
 */
import type { LedgerEntry } from './ledger';

/** A run of the node that works on jobs. */
export interface Holder {
	/** n8n's ID of the execution. */
	readonly executionId: string;
}

interface Known {
	entry: LedgerEntry;
	/** See {@link rootOf}. */
	root: string;
	holders: Set<Holder>;
	/** ms since 1970 */
	at: number;
}

/** How long a job is remembered, and how many: a retry comes soon, and memory is shared. */
const MEMORY = { age: 24 * 3_600_000, jobs: 2000 };

const known = new Map<string, Known>();

/** Forgets the oldest, but never one that a run works on. */
function prune(now: number): void {
	for (const [id, { at, holders }] of known) {
		if (now - at < MEMORY.age && known.size <= MEMORY.jobs) return;
		if (holders.size === 0) known.delete(id);
	}
}

/**
 * Makes a job known, or finds the one that is: a retry's copy of it may be older.
 *
 * @returns the one object that stands for the job in this process
 */
export function meet(root: string, entry: LedgerEntry, now: number): LedgerEntry {
	const existing = known.get(entry.id);
	if (existing) return existing.entry;
	prune(now);
	known.set(entry.id, { entry, root, holders: new Set(), at: now });
	return entry;
}

export function hold(entry: LedgerEntry, holder: Holder): void {
	known.get(entry.id)?.holders.add(holder);
}

export function letGo(entry: LedgerEntry, holder: Holder): void {
	known.get(entry.id)?.holders.delete(holder);
}

/** Runs other than this one that work on a job right now. */
export function otherHolders(entry: LedgerEntry, holder: Holder): Holder[] {
	return [...(known.get(entry.id)?.holders ?? [])].filter((other) => other !== holder);
}

/** Whether the process still counts with the job: it was not dropped. */
export const isKnown = (entry: LedgerEntry): boolean => known.has(entry.id);

/** The job certainly does not exist, or failed without a bill. */
export function forget(entry: LedgerEntry): void {
	known.delete(entry.id);
}

/**
 * What all retries of one execution share.
 *
 * @param mode n8n's word for how the execution was started
 */
export function rootOf(mode: string, executionId: string, node: string): string {
	// Retry of an execution whose context is lost (a crash): which execution it was cannot be known.
	return mode === 'retry' ? `${LOST}${node}` : executionId;
}

/** Begins the root of a retry whose execution is not known for sure. */
const LOST = 'retry of ';

export const isLost = (root: string): boolean => root.startsWith(LOST);

/** Jobs with the same root that another execution has opened or is working on. */
export function relatives(root: string, holder: Holder): LedgerEntry[] {
	return [...known.values()]
		.filter((job) => job.root === root)
		.filter(({ holders }) => {
			const others = [...holders].filter(({ executionId }) => executionId !== holder.executionId);
			// Without the execution's context only what is under way certainly belongs to it.
			return holders.size === 0 ? !isLost(root) : others.length > 0;
		})
		.map(({ entry }) => entry);
}
