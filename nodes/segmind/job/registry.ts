/**
 * The jobs that this n8n process knows, from any execution. n8n gives each retry from the executions list a copy of
 * the failed execution's ledger, so two retries of one execution meet only here.
 */
import type { LedgerEntry } from './ledger';

/** A run of the node that works on jobs. */
export interface Holder {
	/** n8n's ID of the execution. */
	readonly executionId: string;
	/** When the run began, ms since 1970. */
	readonly openedAt: number;
}

interface Known {
	entry: LedgerEntry;
	/** See {@link rootOf}. */
	root: string;
	holders: Set<Holder>;
	/** When a run last worked on it, ms since 1970. */
	at: number;
}

/** How long, and how many, jobs are remembered. A retry comes soon, and memory is shared. */
const MEMORY = { age: 24 * 3_600_000, jobs: 2000 };

const known = new Map<string, Known>();

/** Forgets the oldest jobs, but never one that a run works on. */
function prune(now: number): void {
	for (const [id, { at, holders }] of known) {
		if (now - at < MEMORY.age && known.size <= MEMORY.jobs) return;
		if (holders.size === 0) known.delete(id);
	}
}

/** How far a job is, the least first. It never goes back. */
const PROGRESS: Record<LedgerEntry['state'], number> = {
	...{ submitting: 0, unknown: 0 },
	...{ submitted: 1, completed: 2 },
};

/** Takes over what another process has found out about a job in the meantime. */
function learn(entry: LedgerEntry, copy: LedgerEntry): void {
	if (PROGRESS[copy.state] > PROGRESS[entry.state]) Object.assign(entry, copy);
	if (copy.isFinished) entry.isFinished = true;
}

/**
 * Registers a job, or finds the registered one. A retry's copy of it may be older. It may be newer if an earlier
 * retry ran in another process.
 *
 * @returns the one object for the job in this process
 */
export function meet(root: string, entry: LedgerEntry, now: number): LedgerEntry {
	const existing = known.get(entry.id);
	if (existing) {
		learn(existing.entry, entry);
		return existing.entry;
	}
	prune(now);
	known.set(entry.id, { entry, root, holders: new Set(), at: now });
	return entry;
}

export function hold(entry: LedgerEntry, holder: Holder): void {
	known.get(entry.id)?.holders.add(holder);
}

export function letGo(entry: LedgerEntry, holder: Holder): void {
	const job = known.get(entry.id);
	if (!job?.holders.delete(holder)) return;
	job.at = Date.now();
}

/** Other runs that work on a job now. */
export function otherHolders(entry: LedgerEntry, holder: Holder): Holder[] {
	return [...(known.get(entry.id)?.holders ?? [])].filter((other) => other !== holder);
}

/** Whether the job still counts in this process: it was not dropped. */
export const isKnown = (entry: LedgerEntry): boolean => known.has(entry.id);

/** The job certainly does not exist, or failed without a bill. */
export function forget(entry: LedgerEntry): void {
	known.delete(entry.id);
}

/**
 * What all retries of one execution share, for one of its nodes. Another node that wants the same video gets its own.
 *
 * @param mode n8n's word for how the execution was started
 * @param node the node's name, unique in this process
 */
export function rootOf(mode: string, executionId: string, node: string): string {
	// A retry of an execution whose context is lost (a crash). Nobody can know which execution it was.
	return `${mode === 'retry' ? LOST : `${executionId} `}${node}`;
}

/** The root of a retry begins with this if its execution is not known for sure. */
const LOST = 'retry of ';

export const isLost = (root: string): boolean => root.startsWith(LOST);

/** Jobs with the same root that another execution has opened or works on. */
export function relatives(root: string, holder: Holder): LedgerEntry[] {
	return [...known.values()]
		.filter((job) => job.root === root)
		.filter(({ holders, at }) => {
			const others = [...holders].filter(({ executionId }) => executionId !== holder.executionId);
			// If the execution's context is lost, only jobs that a run worked on after this run began belong to the same
			// execution.
			if (holders.size === 0) return !isLost(root) || at >= holder.openedAt;
			return others.length > 0;
		})
		.map(({ entry }) => entry);
}
