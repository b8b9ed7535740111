/**
 * Notes in n8n's database: this node has submitted, or is about to submit, this video. They survive what
 * the execution does not: a crash, SIGKILL, Stop, an error after which the workflow is executed again.
 *
 * n8n's store for duplicates (the Remove Duplicates node's) is all that a node may write there. It holds a set
 * of values for each node of a saved workflow and answers one question, "was this value there?", by adding
 * it. So a note is three values, written in one go: a mark for the video, the hour and the minute of its
 * submit. To ask for marks is to add them and to take the new ones away again; a kill in between leaves
 * marks without an hour, and these are no notes. n8n reads, changes and writes the set, so in this process one
 * access comes after the other.
 *
 * Equal videos have a slot each. Source: n8n's `DeduplicationHelper` (2.41.1 and 1.100.1).
 */
import {
	sleep,
	type DeduplicationHelperFunctions,
	type ICheckProcessedOptions,
} from 'n8n-workflow';

import { inTurn } from './turns';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const NOTES = {
	/** A note older than this (hours) is ignored and removed. */
	hours: 24,
	/** n8n removes the oldest values beyond this: three for each video that was never delivered. */
	values: 20_000,
	/** Marks that are asked for at once, and equal videos that are looked for: much more than a run has. */
	asked: 2000,
	slots: 50,
	/** The store gets so long (ms) before the run goes on without it: n8n is busy right after a restart. */
	patience: 60_000,
	/** A run that was stopped gets so long (ms) for the answers to its submits: more than these get themselves. */
	ending: 45_000,
	/** ms between two looks whether it is over. */
	look: 200,
	/** A submit that leaves so long (ms) after its note gets a new one: by its time the job is looked for. */
	renewed: 3 * MINUTE,
};

/** What the database knows of one video. */
export interface Note {
	hash: string;
	/** From 1. */
	slot: number;
	/** Hours since 1970. */
	hour: number;
	/** 0 to 59 */
	minute: number;
}

/** The beginning of the minute in which the note was written, ms since 1970. */
export const noteTime = ({ hour, minute }: Note): number => hour * HOUR + minute * MINUTE;

/** What n8n's helpers offer, where the workflow is saved. */
export type NoteStore = Pick<
	DeduplicationHelperFunctions,
	'checkProcessedAndRecord' | 'removeProcessed' | 'getProcessedDataCount'
>;

const OPTIONS: ICheckProcessedOptions = { mode: 'entries', maxEntries: NOTES.values };

const mark = ({ hash, slot }: Pick<Note, 'hash' | 'slot'>) => `segmind ${hash} ${slot}`;
const hourValue = (of: string, hour: number) => `${of} hour ${hour}`;
const minuteValue = (of: string, minute: number) => `${of} minute ${minute}`;
const valuesOf = (note: Note) => {
	const of = mark(note);
	return [of, hourValue(of, note.hour), minuteValue(of, note.minute)];
};

const range = (from: number, to: number) =>
	Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);

/** Marks of notes that runs of this process have written and still work on, with the run, by node. */
const live = new Map<string, Map<string, Notes>>();

/** Ends the waiting for a store that hangs. */
async function within<T>(access: Promise<T>): Promise<T> {
	const signal = AbortSignal.timeout(NOTES.patience);
	const late = new Promise<never>((_, reject) => {
		signal.addEventListener('abort', () => reject(new Error('no answer in time')));
	});
	return await Promise.race([access, late]);
}

/** How many slots of each video are asked for: one for each wanted copy at least. */
function slotsFor(distinct: number, copies: number): number {
	const affordable = Math.floor(NOTES.asked / Math.max(distinct, 1));
	return Math.max(copies, Math.min(affordable, NOTES.slots));
}

/** The notes of one run of a node. */
export class Notes {
	private readonly mine = new Set<string>();

	private erasing: Array<Promise<unknown>> = [];

	/** Values to erase that the store, when it did not work, could not be asked to. */
	private unerased: string[] = [];

	private isBroken = false;

	/**
	 * @param node names the node among all of this process
	 * @param warn told once, when the store does not work
	 */
	constructor(
		private readonly store: NoteStore,
		private readonly node: string,
		private readonly warn: (why: string) => void,
		/** Whether the run was stopped: it submits nothing more, but a submit of it may still be answered. */
		private readonly isEnding: () => boolean = () => false,
	) {}

	private get live(): Map<string, Notes> {
		const known = live.get(this.node) ?? new Map<string, Notes>();
		live.set(this.node, known);
		return known;
	}

	/** Does something with the store; a store that fails is left alone from then on. */
	private async access<T>(work: (store: NoteStore) => Promise<T>): Promise<T | undefined> {
		if (this.isBroken) return undefined;
		try {
			return await inTurn(`notes ${this.node}`, async () => await within(work(this.store)));
		} catch (error) {
			if (!this.isBroken) this.warn((error as Error).message);
			this.isBroken = true;
			return undefined;
		}
	}

	private keep(of: string): void {
		this.live.set(of, this);
		this.mine.add(of);
	}

	private letGo(of: string): void {
		if (this.live.get(of) === this) this.live.delete(of);
		this.mine.delete(of);
	}

	/** Adds values; returns those that were there. */
	private async add(store: NoteStore, values: string[]): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		const { processed } = await store.checkProcessedAndRecord(values, 'node', OPTIONS);
		return new Set(processed.map(String));
	}

	private async remove(store: NoteStore, values: string[]): Promise<void> {
		if (values.length > 0) await store.removeProcessed(values, 'node', OPTIONS);
	}

	/** Which of the values are there. */
	private async ask(store: NoteStore, values: string[]): Promise<Set<string>> {
		const there = await this.add(store, values);
		await this.remove(
			store,
			values.filter((value) => !there.has(value)),
		);
		return there;
	}

	/**
	 * Notes of earlier runs on these videos, which no run of this process is working on. From now on they are
	 * this run's.
	 *
	 * @param hashes of the wanted videos, equal ones as often as they are wanted
	 * @param own notes that the execution itself knows
	 * @param now ms since 1970
	 */
	async find(hashes: string[], own: Note[], now: number): Promise<Note[]> {
		if (hashes.length === 0) return [];
		await this.awaitEnding(hashes);
		const notes = await this.access(async (store) => {
			// The usual case: nothing is under way and nothing was left behind.
			if ((await store.getProcessedDataCount('node', OPTIONS)) === 0) return [];
			const marks = this.marksToAsk(hashes, own);
			const there = await this.ask(store, [...marks.keys()]);
			const videos = [...there].map((of) => marks.get(of)!);
			const found = await this.date(store, videos, now);
			// Too late: the run went on without its notes, and they are for a later one.
			if (!this.isBroken) for (const note of found) this.keep(mark(note));
			return found;
		});
		return notes ?? [];
	}

	/** What a stopped run leaves is known when its last submit is answered. */
	private async awaitEnding(hashes: string[]): Promise<void> {
		const wanted = new Set(hashes.map((hash) => mark({ hash, slot: 0 }).slice(0, -1)));
		const isWanted = (of: string) => wanted.has(of.slice(0, of.lastIndexOf(' ') + 1));
		const isLeaving = () =>
			[...this.live].some(([of, run]) => run !== this && run.isEnding() && isWanted(of));
		for (let waited = 0; waited < NOTES.ending && isLeaving(); waited += NOTES.look) {
			if (this.isEnding()) return;
			await sleep(NOTES.look);
		}
	}

	private marksToAsk(hashes: string[], own: Note[]): Map<string, Pick<Note, 'hash' | 'slot'>> {
		const copies = new Map<string, number>();
		for (const hash of hashes) copies.set(hash, (copies.get(hash) ?? 0) + 1);
		const taken = new Set([...this.live.keys(), ...own.map(mark)]);
		const marks = [...copies].flatMap(([hash, wanted]) =>
			range(1, slotsFor(copies.size, wanted)).map((slot) => ({ hash, slot })),
		);
		return new Map(
			marks.map((video) => [mark(video), video] as const).filter(([of]) => !taken.has(of)),
		);
	}

	/** Finds out when marked videos were submitted; removes what is too old, or was left by a question. */
	private async date(
		store: NoteStore,
		videos: Array<Pick<Note, 'hash' | 'slot'>>,
		now: number,
	): Promise<Note[]> {
		const latest = Math.floor(now / HOUR);
		// A clock that was set back by an hour still finds its notes.
		const hours = range(latest - NOTES.hours, latest + 1);
		const minutes = range(0, 59);
		const timesOf = (of: string) => [
			...hours.map((hour) => hourValue(of, hour)),
			...minutes.map((minute) => minuteValue(of, minute)),
		];
		const there = await this.ask(
			store,
			videos.flatMap((video) => timesOf(mark(video))),
		);
		const notes: Note[] = [];
		const left: string[] = [];
		for (const video of videos) {
			const of = mark(video);
			const hour = hours.find((candidate) => there.has(hourValue(of, candidate)));
			const minute = minutes.find((candidate) => there.has(minuteValue(of, candidate)));
			if (hour !== undefined && minute !== undefined) notes.push({ ...video, hour, minute });
			else left.push(of, ...timesOf(of).filter((value) => there.has(value)));
		}
		await this.remove(store, left);
		return notes;
	}

	/**
	 * Writes down that a video is about to be submitted.
	 *
	 * @param now ms since 1970
	 * @returns the note; undefined where the store does not work
	 */
	async write(hash: string, now: number): Promise<Note | undefined> {
		const time = { hour: Math.floor(now / HOUR), minute: Math.floor((now % HOUR) / MINUTE) };
		return await this.access(async (store) => {
			for (let slot = 1; ; slot++) {
				const note = { hash, slot, ...time };
				const [of, ...when] = valuesOf(note);
				if (this.live.has(of)) continue;
				this.keep(of);
				const there = await this.add(store, [of, ...when]);
				const added = [of, ...when].filter((value) => !there.has(value));
				if (this.isBroken) {
					// Too late: the run went on without it, and a stray note would speak of a delivered video.
					this.letGo(of);
					await this.remove(store, added);
					return undefined;
				}
				if (!there.has(of)) return note;
				// Another process has it, or an earlier run left it.
				this.letGo(of);
				await this.remove(store, added);
			}
		});
	}

	/** Marks a note of the execution's own ledger as this run's; writes it again where it was erased. */
	async renew(note: Note | undefined, hash: string, now: number): Promise<Note | undefined> {
		if (!note) return await this.write(hash, now);
		this.keep(mark(note));
		return note;
	}

	/** Nobody wants these now: a later run may find them. */
	leave(notes: Note[]): void {
		for (const note of notes) this.letGo(mark(note));
	}

	/** The videos were delivered, or certainly do not exist. */
	erase(notes: Note[]): void {
		if (notes.length === 0) return;
		const values = notes.flatMap(valuesOf);
		const erased = this.access(async (store) => {
			await this.remove(store, values);
			return true;
		});
		this.erasing.push(erased.then((done) => done ?? this.unerased.push(...values)));
		for (const note of notes) this.letGo(mark(note));
	}

	/** Resolves when all is erased that should be. A store that did not work before gets one more chance. */
	async flush(): Promise<void> {
		await Promise.all(this.erasing);
		this.erasing = [];
		const values = this.unerased.splice(0);
		if (values.length === 0) return;
		const again = inTurn(
			`notes ${this.node}`,
			async () => await within(this.remove(this.store, values)),
		);
		await again.catch(() => undefined);
	}

	/** The run is over: what it left undelivered is for the next one to find. */
	release(): void {
		for (const of of [...this.mine]) this.letGo(of);
		if (this.live.size === 0) live.delete(this.node);
	}
}
