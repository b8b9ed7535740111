/**
 * What this node remembers of the jobs it paid for, and the one owner of a job's states. It lives in the
 * node's execution context: n8n keeps that when the node throws, over Retry On Fail and over Retry in the
 * executions list, and saves it with the failed execution. Plain JSON, no binary data, no secrets, nothing
 * of it in the output. What must outlive the execution is written down in n8n's database (`notes.ts`).
 *
 *             open()           submitted(id)         completed(result)       settle()
 *  (nothing) ───────► submitting ──────────► submitted ──────────────► completed ───────► (forgotten)
 *                         │ doubt()             ▲    │ drop(): an explicit FAILED
 *                         ▼                     │    ▼
 *                      unknown ─────────────────┘  (costs nothing)
 *                               found in the account's history
 *
 * A job leaves by delivery, by an explicit FAILED of the service, by the certainty that none was created,
 * or because the user accepted a second bill. Doubt is a state that is carried on.
 */
import { randomUUID } from 'crypto';
import type { IBinaryData, IDataObject } from 'n8n-workflow';

import type { Problem } from '../outcome';
import { UPLOAD_REUSE } from '../policy/limits';
import { knownRequests } from './known';
import { NOTES, noteTime, type Note, type Notes } from './notes';
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
 * `submitting` is written before the request leaves, so that a lost answer is not forgotten; `unknown`:
 * the answer was lost.
 */
export type JobState = 'submitting' | 'unknown' | 'submitted' | 'completed';

export interface LedgerEntry {
	/** Of this job alone: two copies of a saved ledger recognise it by that. */
	id: string;
	item: number;
	/** Hash of the body, images by their content. */
	hash: string;
	/** Hash of the node's parameters before n8n resolved their expressions. */
	panel: string;
	/** The run in which it was submitted. */
	run: number;
	state: JobState;
	/** ms since 1970, of the latest attempt. */
	submittedAt: number;
	/** ms since 1970, of the first one. */
	sentAt?: number;
	/** The model's name in the API. */
	model: string;
	/** What was sent, images at their URLs. */
	body?: IDataObject;
	requestId?: string;
	/** A status said COMPLETED: whatever is said later, the job did not fail. */
	isFinished?: true;
	result?: VideoResult;
	/** Where n8n stored the file of a synchronous call; never the file itself. */
	binary?: IBinaryData;
	/** What the user asked for, as the output repeats it. */
	asked?: IDataObject;
	/** What n8n's database says of it. */
	note?: Note;
	/** The run that was parked for it: n8n gets its item without asking this node. */
	isParked?: true;
	/** The note is gone: another execution has delivered the video, or told that it may be paid. */
	isSettled?: true;
	/** Hash of the addresses of its uploaded files, where it has any. */
	addresses?: string;
	/** Found in the account's history: perhaps it was not this one that the note speaks of, but an equal one. */
	isTakenOver?: true;
	/** Found in the account's history, where another execution will look for an equal one. */
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
	/** The execution that all retries go back to. */
	root: string;
	jobs: LedgerEntry[];
	/** By hash of the image's content. */
	uploads: Record<string, { url: string; at: number }>;
	/** How often n8n has run the node for this very run: Retry On Fail. */
	tries?: { executionId: string; run: number; count: number };
	/** Videos that were refused because an earlier execution may have paid them. */
	refused?: Refused[];
}

const KEY = 'segmindJobs';

/** What is nearest to a video comes first. */
const READINESS: JobState[] = ['completed', 'submitted', 'submitting', 'unknown'];

export interface RunIdentity {
	/** n8n's ID of the execution. */
	executionId: string;
	/** Which run of the node this is. */
	runIndex: number;
	/** See `rootOf`; the saved ledger's own counts before it. */
	root: string;
	/** As an AI tool the node's run index grows on each try. */
	isTool: boolean;
}

export class Ledger implements Holder {
	readonly executionId: string;

	readonly openedAt = Date.now();

	private readonly claimed = new Set<LedgerEntry>();

	/** Hashes of dropped jobs whose notes are left for the next try. */
	private readonly leftNotes = new Set<string>();

	/** @param context the node's execution context (`getContext('node')`) */
	constructor(
		private readonly context: IDataObject,
		private readonly run: RunIdentity,
		private readonly notes?: Notes,
	) {
		this.executionId = run.executionId;
		const { store } = this;
		const { executionId, runIndex } = run;
		const before = store.tries;
		const isSame = before?.executionId === executionId && before.run === runIndex;
		store.tries = { executionId, run: runIndex, count: (isSame ? before.count : 0) + 1 };
		store.jobs = store.jobs.map((entry) => meet(store.root, entry, Date.now()));
		for (const entry of store.jobs) {
			if (entry.requestId) knownRequests.add(entry.requestId);
			// Nobody submits it any more: two retries must not each wait for the other one's answer.
			if (otherHolders(entry, this).length === 0) this.doubt(entry);
			// n8n went on to another run of the node, so that one has given its items.
			if (entry.isParked && entry.run < runIndex) entry.deliveredIn ??= entry.run;
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
	 * Whether an entry may stand for a job of this run. Another run of the same execution wants a video of its
	 * own (a loop), but for the tries of an AI tool; and a job that another run of this execution works on is
	 * that run's (an agent calls a tool several times at once).
	 */
	private isAdoptable = (entry: LedgerEntry): boolean => {
		const { runIndex, isTool } = this.run;
		if (this.claimed.has(entry)) return false;
		if (entry.run !== runIndex && !isTool) return false;
		if (entry.deliveredIn !== undefined && entry.deliveredIn !== runIndex) return false;
		return !otherHolders(entry, this).some(({ executionId }) => executionId === this.executionId);
	};

	/** Own jobs, and those of other retries of the same execution in this process. */
	private candidates(withOthers = true): LedgerEntry[] {
		const { jobs, root } = this.store;
		const all = withOthers ? relatives(root, this) : [];
		const others = all.filter((entry) => !jobs.includes(entry));
		const rank = ({ state }: LedgerEntry) => READINESS.indexOf(state);
		return [...jobs, ...others].filter(this.isAdoptable).sort((a, b) => rank(a) - rank(b));
	}

	private take(fits: (entry: LedgerEntry) => boolean, withOthers = true): LedgerEntry | undefined {
		const entry = this.candidates(withOthers).find(fits);
		if (entry) this.claim(entry);
		return entry;
	}

	/**
	 * Finds the jobs that earlier tries of this run submitted, one for each wanted video: the job of the same
	 * item and body first; then one of another item with the same body, for a retry with a changed workflow may
	 * bring the items in another order; then the item's own job with another body, where the panel is the same:
	 * there an expression such as `$now` gave another value than before, and the first one counts.
	 *
	 * @returns in the order of `wanted`, undefined where there is none
	 */
	adopt(wanted: Wanted[]): Array<LedgerEntry | undefined> {
		// After a crash each of two retried executions may have notes of its own: they come before what is shared.
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
	 * An item's undelivered job that its new values do not fit: somebody changed the node between the tries.
	 * It must not be forgotten silently.
	 */
	inTheWay({ item }: Wanted): LedgerEntry | undefined {
		if (this.run.isTool) return undefined;
		return this.store.jobs.find(
			(job) => job.item === item && job.deliveredIn === undefined && this.isAdoptable(job),
		);
	}

	private claim(entry: LedgerEntry): void {
		const { store } = this;
		if (!store.jobs.includes(entry)) store.jobs.push(entry);
		this.claimed.add(entry);
		hold(meet(store.root, entry, Date.now()), this);
	}

	/** The run is over: what it worked on may be taken over by the next try, or found by a later execution. */
	release(): void {
		for (const entry of this.claimed) letGo(entry, this);
		const jobs = (this.context[KEY] as unknown as Store | undefined)?.jobs ?? [];
		for (const entry of jobs) {
			const isLeft =
				entry.deliveredIn === undefined &&
				!entry.isParked &&
				otherHolders(entry, this).length === 0;
			if (isLeft && entry.requestId) knownRequests.delete(entry.requestId);
		}
	}

	/** The refusal holds for this whole execution: Retry On Fail comes at once, and nobody has read it yet. */
	refuse({ item, hash }: Wanted, problem: Problem, note: Note): void {
		const { store } = this;
		store.refused = [
			...(store.refused ?? []),
			{ executionId: this.executionId, item, hash, problem, note },
		];
	}

	/** That this execution has refused a video already. */
	refusalOf({ item, hash }: Wanted): Refused | undefined {
		return this.store.refused?.find(
			(one) => one.executionId === this.executionId && one.item === item && one.hash === hash,
		);
	}

	/** How often n8n has run the node for this very run, this time included. */
	get tries(): number {
		return this.store.tries?.count ?? 1;
	}

	/** What all retries of one execution share, see `rootOf`. */
	get root(): string {
		return this.store.root;
	}

	/** Notes of this execution: what they speak of is here already. Where one is gone, another run may have its slot. */
	ownNotes(): Note[] {
		return this.store.jobs.flatMap(({ note, isSettled, deliveredIn }) =>
			note && !isSettled && deliveredIn === undefined ? note : [],
		);
	}

	/** Jobs that Segmind has accepted and n8n has not got yet, whichever try submitted them. */
	undelivered(): LedgerEntry[] {
		return this.store.jobs.filter(
			({ requestId, state, deliveredIn }) =>
				deliveredIn === undefined && (requestId !== undefined || state === 'completed'),
		);
	}

	/** The job that another retry of the same execution has submitted since this one looked. */
	join({ hash }: Wanted): LedgerEntry | undefined {
		return this.take((job) => job.hash === hash && job.state !== 'unknown');
	}

	/**
	 * Remembers a job before its submit leaves.
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
	 * Remembers a job of an earlier execution that was found in the account's history.
	 *
	 * @param hasTwin an equal one is left for another execution, which must not take this one once more
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

	/** Whether another run of this process is submitting the job at this moment. */
	isSubmittedElsewhere(entry: LedgerEntry): boolean {
		return entry.state === 'submitting' && otherHolders(entry, this).length > 0 && isKnown(entry);
	}

	/** Whether the job may still exist; another run may have found that it does not. */
	counts(entry: LedgerEntry): boolean {
		return isKnown(entry) && this.store.jobs.includes(entry);
	}

	/**
	 * The submit leaves now; n8n's database knows of it before.
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

	/** The service called it COMPLETED; its result is not there yet. */
	finished(entry: LedgerEntry): void {
		entry.isFinished = true;
	}

	/** @param binary where n8n keeps the file of a synchronous call */
	completed(entry: LedgerEntry, result: VideoResult, binary?: IBinaryData): void {
		entry.state = 'completed';
		entry.result = result;
		if (binary) entry.binary = binary;
	}

	/**
	 * Forgets a job that certainly does not exist, that failed without a bill, or that the user accepted to pay
	 * again.
	 */
	drop(entry: LedgerEntry): void {
		const { jobs } = this.store;
		const index = jobs.indexOf(entry);
		if (index >= 0) jobs.splice(index, 1);
		forget(entry);
		const { note, requestId, isTakenOver } = entry;
		if (!note) return;
		if (!isTakenOver) this.notes?.erase([note]);
		else {
			// An equal video may be the paid one: the next try looks once more.
			this.leftNotes.add(entry.hash);
			this.notes?.leave([note]);
			if (requestId) knownRequests.delete(requestId);
		}
	}

	/**
	 * Remembers that n8n gets the entries' items in this run. After a run without errors nothing of it will be
	 * repeated, so what it delivered need not be remembered. All else stays: a paid job that could not be
	 * delivered, and what another run works on.
	 */
	settle(delivered: Array<LedgerEntry | undefined>, withoutErrors: boolean): void {
		const got = delivered.filter((entry): entry is LedgerEntry => entry !== undefined);
		for (const entry of got) entry.deliveredIn = this.run.runIndex;
		const { store } = this;
		const left = store.jobs.filter(({ deliveredIn }) => deliveredIn === undefined);
		// What speaks of an equal one that is left fits this one, too.
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

	/** The run is parked: another execution fetches what it has submitted, and n8n hands it on. */
	park(): void {
		for (const entry of this.claimed) entry.isParked = true;
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
