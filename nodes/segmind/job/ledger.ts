/**
 * What this node remembers about the jobs that it paid. Only the ledger changes a job's state. It is in the node's
 * execution context. n8n keeps that when the node throws, for Retry On Fail and for Retry in the executions list, and
 * saves it with the failed execution. It is plain JSON, without binary data or secrets, and is not in the output.
 * Notes in n8n's database hold what must outlive the execution (`notes.ts`).
 *
 *             open()           submitted(id)         completed(result)       settle()
 *  (nothing) ───────► submitting ──────────► submitted ──────────────► completed ───────► (forgotten)
 *                         │ doubt()             ▲    │ drop(): an explicit FAILED
 *                         ▼                     │    ▼
 *                      unknown ─────────────────┘  (costs nothing)
 *                               found in the account's history
 *
 * A job leaves the ledger when it is delivered, when the service says FAILED, when it certainly was not created, or
 * when the user accepts a second bill. Doubt is a state and stays.
 */
import { randomUUID } from 'crypto';
import type { IBinaryData, IDataObject } from 'n8n-workflow';

import type { Problem } from '../outcome';
import { UPLOAD_REUSE } from '../policy/limits';
import { NOTES } from '../policy/notes';
import { fetchedRequests, knownRequests } from './known';
import { noteTime, type Note, type Notes } from './notes';
import {
	forget,
	hold,
	isKnown,
	isLost,
	letGo,
	meet,
	otherHolders,
	relatives,
	type Holder,
} from './registry';
import type { VideoResult } from './result';

/**
 * `submitting` is saved before the request is sent, so a lost answer is not forgotten. `unknown`: the answer was
 * lost.
 */
export type JobState = 'submitting' | 'unknown' | 'submitted' | 'completed';

export interface LedgerEntry {
	/** For this job only: it identifies the job in two copies of a saved ledger. */
	id: string;
	item: number;
	/** Hash of the body. Images count by their content. */
	hash: string;
	/** Hash of the node's parameters before n8n resolved their expressions. */
	panel: string;
	/** The run that submitted it. */
	run: number;
	state: JobState;
	/** ms since 1970, of the latest attempt. */
	submittedAt: number;
	/** ms since 1970, of the first attempt. */
	sentAt?: number;
	/** The model's name in the API. */
	model: string;
	/** What was sent, with images as URLs. */
	body?: IDataObject;
	requestId?: string;
	/** The service called it COMPLETED, or named a charge. Whatever it says later, the job did not fail for free. */
	isFinished?: true;
	result?: VideoResult;
	/** Where n8n stored the file of a synchronous call; never the file itself. */
	binary?: IBinaryData;
	/** What the user requested, for the output. */
	asked?: IDataObject;
	/** Its note in n8n's database. */
	note?: Note;
	/** Its run was parked: n8n gets its item without this node. */
	isParked?: true;
	/** The note is gone: another execution has delivered the video, or has said that it may be paid. */
	isSettled?: true;
	/** Hash of the addresses of its uploaded files, if it has any. */
	addresses?: string;
	/** It was found in the account's history. The note may be about an equal job, not about this one. */
	isTakenOver?: true;
	/** It was found in the account's history, and another execution will look there for an equal job. */
	hasTwin?: true;
	/** The run in which n8n got this entry's item. */
	deliveredIn?: number;
}

/** A video that an item wants. */
export interface Wanted {
	item: number;
	model: string;
	hash: string;
	panel: string;
	asked?: IDataObject;
}

/** A video that an execution has refused. */
interface Refused {
	executionId: string;
	item: number;
	hash: string;
	problem: Problem;
	note: Note;
}

interface Store {
	/** The execution that all retries come from. */
	root: string;
	jobs: LedgerEntry[];
	/** By hash of the image's content. */
	uploads: Record<string, { url: string; at: number }>;
	/** How often n8n has run the node for this run (Retry On Fail). */
	attempts?: { executionId: string; run: number; count: number; isItem?: true };
	/** Videos that were refused because an earlier execution may have paid them. */
	refused?: Refused[];
}

const KEY = 'segmindJobs';

/** The state nearest to a video comes first. */
const READINESS: JobState[] = ['completed', 'submitted', 'submitting', 'unknown'];
const byReadiness = (one: LedgerEntry, other: LedgerEntry) =>
	READINESS.indexOf(one.state) - READINESS.indexOf(other.state);

export interface RunIdentity {
	/** n8n's ID of the execution. */
	executionId: string;
	/** Which run of the node this is. */
	runIndex: number;
	/** See `rootOf`. A saved ledger's own root has priority. */
	root: string;
	/** The node's run index grows with each attempt of an AI tool. */
	isTool: boolean;
}

export class Ledger implements Holder {
	readonly executionId: string;

	readonly openedAt = Date.now();

	private readonly claimed = new Set<LedgerEntry>();

	/** Requests that nobody in this process knew before. */
	private readonly named = new Set<string>();

	/** What n8n gets when this run ends. */
	private handedOver: LedgerEntry[] = [];

	/** Hashes of dropped jobs whose notes stay for the next attempt. */
	private readonly leftNotes = new Set<string>();

	/** n8n runs the node again because its first item was an error, and not because it threw. */
	private readonly isForItem: boolean;

	/** @param context the node's execution context (`getContext('node')`) */
	constructor(
		private readonly context: IDataObject,
		private readonly run: RunIdentity,
		private readonly notes?: Notes,
	) {
		this.executionId = run.executionId;
		const { store } = this;
		const { executionId, runIndex } = run;
		const before = store.attempts;
		const isSame = before?.executionId === executionId && before.run === runIndex;
		store.attempts = { executionId, run: runIndex, count: (isSame ? before.count : 0) + 1 };
		this.isForItem = isSame && before.isItem === true;
		store.jobs = store.jobs
			// n8n went on to another run of the node, so the parked run has given its items. A paid video that was not
			// delivered has its note, and any execution may find it.
			.filter((entry) => !(entry.isParked && entry.run < runIndex))
			.map((entry) => meet(store.root, entry, Date.now()));
		for (const entry of store.jobs) {
			const { requestId } = entry;
			if (requestId && !knownRequests.has(requestId)) {
				knownRequests.add(requestId);
				this.named.add(requestId);
			}
			// Nobody submits it now. Otherwise two retries would each wait for the other one's answer.
			if (otherHolders(entry, this).length === 0) this.doubt(entry);
		}
	}

	private get store(): Store {
		const existing = this.context[KEY] as unknown as Store | undefined;
		if (existing) return existing;
		const created: Store = { root: this.run.root, jobs: [], uploads: {} };
		this.context[KEY] = created as unknown as IDataObject;
		return created;
	}

	/**
	 * Whether an entry may be a job of this run. Another run of the same execution wants its own video (a loop), but an
	 * attempt of an AI tool does not. If another run of this execution works on the job, the job belongs to that run
	 * (an agent calls a tool several times at once).
	 */
	private isAdoptable = (entry: LedgerEntry): boolean => {
		const { runIndex, isTool } = this.run;
		if (this.claimed.has(entry)) return false;
		if (entry.run !== runIndex && !isTool) return false;
		if (entry.deliveredIn !== undefined && entry.deliveredIn !== runIndex) return false;
		// After a crash, two retries may each have found it in the history, and each has its own entry for it.
		if (entry.requestId !== undefined && this.hasClaimed(entry.requestId)) return false;
		return !otherHolders(entry, this).some(({ executionId }) => executionId === this.executionId);
	};

	private hasClaimed = (requestId: string): boolean =>
		[...this.claimed].some((entry) => entry.requestId === requestId);

	/** Jobs of this run, and of other retries of the same execution in this process. */
	private candidates(withOthers = true): LedgerEntry[] {
		const { jobs, root } = this.store;
		const all = withOthers ? relatives(root, this) : [];
		const others = all.filter((entry) => !jobs.includes(entry));
		return [...jobs, ...others].filter(this.isAdoptable).sort(byReadiness);
	}

	private take(fits: (entry: LedgerEntry) => boolean, withOthers = true): LedgerEntry | undefined {
		const entry = this.candidates(withOthers).find(fits);
		if (entry) this.claim(entry);
		return entry;
	}

	/**
	 * Finds the jobs that earlier attempts of this run submitted, one for each wanted video. First, it takes the job of
	 * the same item and body. Second, a job of another item with the same body: a retry with a changed workflow may
	 * change the order of the items. Third, the item's job with another body, if the panel is the same: then an
	 * expression like `$now` gave a new value, and the first value counts.
	 *
	 * @returns in the order of `wanted`; undefined if there is none
	 */
	adopt(wanted: Wanted[]): Array<LedgerEntry | undefined> {
		// After a crash, two retried executions may each have their own notes. These come before shared jobs.
		const take = (fits: (job: LedgerEntry) => boolean) => this.take(fits, !isLost(this.store.root));
		const found = wanted.map(({ item, hash }) =>
			take((job) => job.item === item && job.hash === hash),
		);
		for (const [index, { hash }] of wanted.entries()) {
			found[index] ??= take((job) => job.hash === hash);
		}
		for (const [index, { item, panel }] of wanted.entries()) {
			if (!this.run.isTool) {
				found[index] ??= take((job) => job.item === item && job.panel === panel);
			}
		}
		return found;
	}

	/**
	 * An item's undelivered job that does not fit its new values: somebody changed the node between the attempts. The
	 * node must not forget it silently.
	 */
	inTheWay({ item }: Wanted): LedgerEntry | undefined {
		if (this.run.isTool) return undefined;
		return this.store.jobs.find(
			(job) => job.item === item && job.deliveredIn === undefined && this.isAdoptable(job),
		);
	}

	/**
	 * Jobs that earlier rounds of a loop have submitted and not delivered, one for each wanted video: an error output
	 * may lead back to the node. Nobody else in this process works on them.
	 */
	leftBefore<T extends Wanted>(wanted: T[]): Array<[T, LedgerEntry]> {
		const { runIndex, isTool } = this.run;
		const isLeft = (job: LedgerEntry) =>
			job.run < runIndex && job.deliveredIn === undefined && !job.isSettled;
		// A request that was known before belongs to another execution now.
		const isOurs = (id: string) => this.named.has(id) && !fetchedRequests.has(id);
		const isFree = (job: LedgerEntry) =>
			otherHolders(job, this).length === 0 &&
			(job.requestId === undefined || isOurs(job.requestId));
		const left = isTool ? [] : this.store.jobs.filter((job) => isLeft(job) && isFree(job));
		left.sort(byReadiness);
		return wanted.flatMap((one): Array<[T, LedgerEntry]> => {
			const index = left.findIndex(({ hash }) => hash === one.hash);
			return index < 0 ? [] : [[one, left.splice(index, 1)[0]]];
		});
	}

	/** A job of an earlier round becomes this item's job. */
	takeOn({ item }: Wanted, job: LedgerEntry): void {
		Object.assign(job, { item, run: this.run.runIndex });
		this.claim(job);
	}

	private claim(entry: LedgerEntry): void {
		const { store } = this;
		if (!store.jobs.includes(entry)) store.jobs.push(entry);
		this.claimed.add(entry);
		// The entry may be another retry's, and that retry may have removed the ID.
		if (entry.requestId) knownRequests.add(entry.requestId);
		hold(meet(store.root, entry, Date.now()), this);
	}

	/**
	 * The run is over. The next attempt may take over its jobs, or a later execution may find them.
	 *
	 * @param isDelivered whether n8n gets the run's output: Stop may have come before
	 */
	release(isDelivered = true): void {
		if (!isDelivered) this.takeBack();
		for (const entry of this.claimed) letGo(entry, this);
		for (const entry of this.left()) {
			const { requestId } = entry;
			// Another execution may work on jobs that this run did not take up.
			const isOwn = requestId && (this.claimed.has(entry) || this.named.has(requestId));
			if (isOwn) knownRequests.delete(requestId);
		}
	}

	/** Jobs that n8n does not have, and that nobody else works on. */
	private left(): LedgerEntry[] {
		const jobs = (this.context[KEY] as unknown as Store | undefined)?.jobs ?? [];
		return jobs.filter(
			(entry) =>
				entry.deliveredIn === undefined &&
				// Another execution has delivered it, so nobody may take it for an equal job.
				!entry.isSettled &&
				!entry.isParked &&
				otherHolders(entry, this).length === 0,
		);
	}

	/**
	 * The run has taken up its jobs. What earlier rounds or attempts have paid for other videos is for whoever wants it
	 * now: this run may last for an hour.
	 *
	 * @param wanted equal jobs stay, because this run's own search must not take their requests
	 */
	freeOthers(wanted: Wanted[]): void {
		const hashes = new Set(wanted.map(({ hash }) => hash));
		for (const { hash, requestId } of this.left()) {
			if (requestId === undefined || hashes.has(hash) || this.hasClaimed(requestId)) continue;
			if (this.named.delete(requestId)) knownRequests.delete(requestId);
		}
	}

	/** Stop came before n8n had the videos. */
	private takeBack(): void {
		const entries = this.handedOver.splice(0);
		if (entries.length === 0) return;
		const { jobs } = this.store;
		for (const entry of entries) {
			delete entry.deliveredIn;
			if (!jobs.includes(entry)) jobs.push(entry);
		}
	}

	/** The refusal is valid for this whole execution: Retry On Fail comes at once, before anybody has read it. */
	refuse({ item, hash }: Wanted, problem: Problem, note: Note): void {
		const { store } = this;
		store.refused = [
			...(store.refused ?? []),
			{ executionId: this.executionId, item, hash, problem, note },
		];
	}

	/**
	 * What this execution has already refused, one for each wanted video. In a later round of a loop, the video may be
	 * another item.
	 */
	refusalsOf<T extends Wanted>(wanted: T[]): Array<[T, Refused]> {
		const { store, executionId } = this;
		const open = (store.refused ?? []).filter((one) => one.executionId === executionId);
		const pairs: Array<[T, Refused]> = [];
		const take = (one: T, isSameItem: boolean) => {
			const fits = ({ item, hash }: Refused) =>
				hash === one.hash && (!isSameItem || item === one.item);
			const index = open.findIndex(fits);
			if (index >= 0) pairs.push([one, open.splice(index, 1)[0]]);
		};
		for (const one of wanted) take(one, true);
		const isTaken = (one: T) => pairs.some(([taken]) => taken === one);
		for (const one of wanted) if (!isTaken(one)) take(one, false);
		return pairs;
	}

	/**
	 * Other submits of the same video whose answers were lost too, because the user allowed a second one. They belong to
	 * this run now: any of them may be the paid one.
	 */
	doubtsBeside({ item, hash }: LedgerEntry): LedgerEntry[] {
		const others = this.candidates(false).filter(
			(job) => job.item === item && job.hash === hash && job.state === 'unknown',
		);
		for (const other of others) this.claim(other);
		return others;
	}

	/** How often n8n has run the node for this run, this time included. */
	get attempts(): number {
		return this.store.attempts?.count ?? 1;
	}

	/** n8n discards the output, because its first item is an error, and runs the node again. */
	retriedForItem(): void {
		const { attempts } = this.store;
		if (attempts) attempts.isItem = true;
	}

	/**
	 * The run cannot begin. n8n counts that as an attempt, but not if it ran the node again for an error item.
	 * Source: n8n-core's WorkflowExecute (2.41.1).
	 */
	notBegun(): void {
		const { attempts } = this.store;
		if (attempts && this.isForItem) attempts.count--;
		this.release();
	}

	/** What all retries of one execution share. See `rootOf`. */
	get root(): string {
		return this.store.root;
	}

	/** Notes of this execution on jobs that it has already. If a note is gone, another run may have its slot. */
	ownNotes(): Note[] {
		return this.store.jobs.flatMap(({ note, isSettled, deliveredIn }) =>
			note && !isSettled && deliveredIn === undefined ? note : [],
		);
	}

	/** Jobs that Segmind has accepted and n8n does not have yet, from any attempt. */
	undelivered(): LedgerEntry[] {
		return this.store.jobs.filter(
			({ requestId, state, deliveredIn }) =>
				deliveredIn === undefined && (requestId !== undefined || state === 'completed'),
		);
	}

	/** The job that another retry of the same execution has submitted in the meantime. */
	join({ hash }: Wanted): LedgerEntry | undefined {
		return this.take((job) => job.hash === hash && job.state !== 'unknown');
	}

	/**
	 * Saves a job before its submit is sent.
	 *
	 * @param body what is sent
	 * @param now ms since 1970
	 * @param addresses hash of the addresses of its uploaded files
	 */
	open(
		wanted: Wanted,
		body: IDataObject | undefined,
		now: number,
		addresses?: string,
	): LedgerEntry {
		const { item, model, hash, panel, asked } = wanted;
		const entry: LedgerEntry = {
			id: randomUUID(),
			...{ item, model, hash, panel },
			// Plain JSON has no undefined.
			...(asked && { asked }),
			...(body && { body }),
			...(addresses && { addresses }),
			run: this.run.runIndex,
			state: 'submitting',
			submittedAt: now,
		};
		this.claim(entry);
		return entry;
	}

	/**
	 * Saves a job of an earlier execution that was found in the account's history.
	 *
	 * @param hasTwin another execution will get an equal job, and must not take this one again
	 */
	found(
		wanted: Wanted,
		requestId: string,
		submittedAt: number,
		note: Note,
		hasTwin = false,
	): LedgerEntry {
		const entry = this.open(wanted, undefined, submittedAt);
		Object.assign(entry, { note, requestId, state: 'submitted', submittedAt, isTakenOver: true });
		if (hasTwin) entry.hasTwin = true;
		return entry;
	}

	/** Whether another run of this process is submitting the job now. */
	isSubmittedElsewhere(entry: LedgerEntry): boolean {
		return entry.state === 'submitting' && otherHolders(entry, this).length > 0 && isKnown(entry);
	}

	/** Whether the job may still exist. Another run may have found that it does not. */
	counts(entry: LedgerEntry): boolean {
		return isKnown(entry) && this.store.jobs.includes(entry);
	}

	/**
	 * Call this right before the submit is sent. It writes the note in n8n's database first.
	 *
	 * @param now ms since 1970
	 */
	async leaves(entry: LedgerEntry, now: number): Promise<void> {
		const { note } = entry;
		if (!note || now - noteTime(note) > NOTES.renewed) {
			const written = await this.notes?.write(entry.hash, now, entry.addresses);
			if (written) {
				entry.note = written;
				if (note) this.notes?.erase([note]);
			}
		}
		entry.submittedAt = now;
		entry.sentAt ??= now;
	}

	/** The answer was lost: a job may exist. */
	doubt(entry: LedgerEntry): void {
		if (entry.state === 'submitting') entry.state = 'unknown';
	}

	/** The service named the request. */
	submitted(entry: LedgerEntry, requestId: string): void {
		entry.requestId = requestId;
		knownRequests.add(requestId);
		if (entry.state !== 'completed') entry.state = 'submitted';
	}

	/** The service called it COMPLETED, or named a charge. Its result is not there yet. */
	finished(entry: LedgerEntry): void {
		entry.isFinished = true;
	}

	/** @param binary where n8n keeps the file of a synchronous call */
	completed(entry: LedgerEntry, result: VideoResult, binary?: IBinaryData): void {
		entry.state = 'completed';
		entry.result = result;
		if (binary) entry.binary = binary;
	}

	/** Forgets a job that certainly does not exist, that failed without a bill, or that the user agreed to pay again. */
	drop(entry: LedgerEntry): void {
		const { jobs } = this.store;
		const index = jobs.indexOf(entry);
		if (index >= 0) jobs.splice(index, 1);
		forget(entry);
		const { note, requestId, isTakenOver } = entry;
		if (!note) return;
		if (!isTakenOver) this.notes?.erase([note]);
		else {
			// The paid video may be an equal one: the next attempt searches again.
			this.leftNotes.add(entry.hash);
			this.notes?.leave([note]);
			if (requestId) knownRequests.delete(requestId);
		}
	}

	/**
	 * Saves that n8n gets the entries' items in this run. After a run without errors n8n retries nothing, so the
	 * delivered jobs are forgotten. Everything else stays: paid jobs that could not be delivered, and jobs that another
	 * run works on.
	 */
	settle(delivered: Array<LedgerEntry | undefined>, withoutErrors: boolean): void {
		const got = delivered.filter((entry): entry is LedgerEntry => entry !== undefined);
		this.handedOver = got.filter(({ deliveredIn }) => deliveredIn === undefined);
		for (const entry of got) entry.deliveredIn = this.run.runIndex;
		const { store } = this;
		const left = store.jobs.filter(({ deliveredIn }) => deliveredIn === undefined);
		// A note on an equal job that is left also fits this job.
		const hasTwin = (entry: LedgerEntry) =>
			entry.hasTwin ??
			(this.leftNotes.has(entry.hash) || left.some(({ hash }) => hash === entry.hash));
		this.notes?.eraseAtEnd(
			got.flatMap(({ note }) => note ?? []),
			got.flatMap((entry) => (hasTwin(entry) && entry.requestId) || []),
		);
		if (!withoutErrors) return;
		store.jobs = store.jobs.filter(
			(entry) => entry.deliveredIn === undefined || otherHolders(entry, this).length > 0,
		);
		if (store.jobs.length === 0 && !store.refused) delete this.context[KEY];
	}

	/** Jobs that n8n does not get with these. A later execution may find them. */
	leftBeside(entries: LedgerEntry[]): LedgerEntry[] {
		return this.store.jobs.filter(
			(entry) => entry.deliveredIn === undefined && !entries.includes(entry),
		);
	}

	/** The run is parked. Another execution fetches these jobs, and n8n hands them on. */
	park(entries: LedgerEntry[]): void {
		for (const entry of this.claimed) {
			entry.isParked = true;
			if (entry.requestId && !entries.includes(entry)) knownRequests.delete(entry.requestId);
		}
	}

	/** @param now ms since 1970 */
	uploadedUrl(imageHash: string, now: number): string | undefined {
		const upload = this.store.uploads[imageHash];
		return upload && now - upload.at < UPLOAD_REUSE ? upload.url : undefined;
	}

	/** For a failed job: its uploaded image may be gone, and that may be the cause. */
	forgetUpload(imageHash: string): void {
		delete this.store.uploads[imageHash];
	}

	rememberUpload(imageHash: string, url: string, now: number): void {
		this.store.uploads[imageHash] = { url, at: now };
	}
}
