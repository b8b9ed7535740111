/**
 * What this node remembers of the jobs it paid for, in the node's execution context: n8n keeps that
 * when the node throws, over Retry On Fail and over Retry in the executions list, and saves it with
 * the failed execution. Plain JSON, no binary data, no secrets, nothing of it in the output.
 *
 * A job is keyed by its item and a hash of its body. The run index is no part of the key: it grows on
 * each try when the node is an AI tool. Instead an entry remembers in which run it was delivered.
 */
import type { IBinaryData, IDataObject } from 'n8n-workflow';

import { UPLOAD_REUSE } from '../policy/limits';
import type { VideoResult } from './result';

/** `submitting` is written before the request leaves, so that a lost answer is not forgotten. */
export type EntryState = 'submitting' | 'submitted' | 'completed';

export interface LedgerEntry {
	item: number;
	/** Hash of the body, images by their content. */
	hash: string;
	/** The run in which it was submitted. */
	run: number;
	state: EntryState;
	/** ms since 1970 */
	submittedAt: number;
	requestId?: string;
	result?: VideoResult;
	/** Where n8n stored the file of a synchronous call; never the file itself. */
	binary?: IBinaryData;
	/** The run in which n8n got this entry's item. */
	deliveredIn?: number;
}

interface Store {
	jobs: LedgerEntry[];
	/** By hash of the image's content. */
	uploads: Record<string, { url: string; at: number }>;
}

const KEY = 'segmindJobs';

/**
 * Entries that a run of this process is working on right now. As an AI tool the node can run twice at
 * the same time with the same arguments: the second call must not take over the first one's job.
 */
const held = new WeakSet<LedgerEntry>();

export class Ledger {
	private readonly claimed = new Set<LedgerEntry>();

	/**
	 * @param context the node's execution context (`getContext('node')`)
	 * @param runIndex which run of the node this is
	 */
	constructor(
		private readonly context: IDataObject,
		private readonly runIndex: number,
	) {}

	private get store(): Store {
		const existing = this.context[KEY] as unknown as Store | undefined;
		if (existing) return existing;
		const created: Store = { jobs: [], uploads: {} };
		this.context[KEY] = created as unknown as IDataObject;
		return created;
	}

	/** Whether an entry may stand for a job of this run: nobody got it yet, or this very run did before n8n repeated it. */
	private adoptable(entry: LedgerEntry): boolean {
		if (this.claimed.has(entry) || held.has(entry)) return false;
		return entry.deliveredIn === undefined || entry.deliveredIn === this.runIndex;
	}

	/**
	 * Finds the jobs that earlier tries of this run submitted, one for each wanted job. The job of the
	 * same item comes first; then one of another item with the same body, for a retry with a changed
	 * workflow may bring the items in another order.
	 *
	 * @returns in the order of `wanted`, undefined where there is none
	 */
	adopt(wanted: Array<{ item: number; hash: string }>): Array<LedgerEntry | undefined> {
		const take = (fits: (entry: LedgerEntry) => boolean) => {
			const entry = this.store.jobs.find((job) => this.adoptable(job) && fits(job));
			if (entry) this.claim(entry);
			return entry;
		};
		const own = wanted.map(({ item, hash }) =>
			take((job) => job.item === item && job.hash === hash),
		);
		return wanted.map(({ hash }, index) => own[index] ?? take((job) => job.hash === hash));
	}

	private claim(entry: LedgerEntry): void {
		this.claimed.add(entry);
		held.add(entry);
	}

	/** The run is over: what it worked on may be taken over by the next try. */
	release(): void {
		for (const entry of this.claimed) held.delete(entry);
	}

	/** Jobs that Segmind has accepted and n8n has not got yet, whichever try submitted them. */
	undelivered(): LedgerEntry[] {
		return this.store.jobs.filter(
			({ requestId, state, deliveredIn }) =>
				deliveredIn === undefined && (requestId !== undefined || state === 'completed'),
		);
	}

	/** Remembers a job before its submit leaves. */
	open(item: number, hash: string, now: number): LedgerEntry {
		const entry: LedgerEntry = {
			item,
			hash,
			run: this.runIndex,
			state: 'submitting',
			submittedAt: now,
		};
		this.claim(entry);
		this.store.jobs.push(entry);
		return entry;
	}

	/** Forgets a job that certainly does not exist or failed without a bill. */
	drop(entry: LedgerEntry): void {
		const { jobs } = this.store;
		const index = jobs.indexOf(entry);
		if (index >= 0) jobs.splice(index, 1);
	}

	/**
	 * Notes that n8n gets the entries' items in this run. After a run without errors nothing of it will
	 * be repeated, so nothing of it needs to be remembered. What stays is a paid job that an earlier run
	 * of a loop or of an AI tool could not deliver.
	 */
	settle(delivered: Array<LedgerEntry | undefined>, withoutErrors: boolean): void {
		for (const entry of delivered) if (entry) entry.deliveredIn = this.runIndex;
		if (!withoutErrors) return;
		const { store } = this;
		store.jobs = store.jobs.filter(
			(entry) => entry.deliveredIn === undefined && entry.run !== this.runIndex,
		);
		if (store.jobs.length === 0) delete this.context[KEY];
	}

	/** @param now ms since 1970 */
	uploadedUrl(imageHash: string, now: number): string | undefined {
		const upload = this.store.uploads[imageHash];
		return upload && now - upload.at < UPLOAD_REUSE ? upload.url : undefined;
	}

	/** After a failed job: what is wrong may be that its uploaded image is gone. */
	forgetUpload(imageHash: string): void {
		delete this.store.uploads[imageHash];
	}

	rememberUpload(imageHash: string, url: string, now: number): void {
		this.store.uploads[imageHash] = { url, at: now };
	}
}
