/**
 * Notes in n8n's database: this node has submitted, or is about to submit, this video. They survive what
 * the execution does not: a crash, SIGKILL, Stop, an error after which the workflow is executed again.
 *
 * n8n's store for duplicates (the Remove Duplicates node's) is all that a node may write there. It holds a set
 * of values for each node of a saved workflow and answers one question, "was this value there?", by adding
 * it. So a note is five values, written in one go: a mark for the video, and twice the hour and the minute of
 * its submit. To ask for marks is to add them and to take the new ones away again; a kill in between leaves
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
	/** n8n removes the oldest values beyond this: five for each video that was never delivered. */
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
/** Under this name the time is there once more. */
const again = (of: string) => `${of} again`;
const valuesOf = (note: Note) => {
	const of = mark(note);
	const time = (name: string) => [hourValue(name, note.hour), minuteValue(name, note.minute)];
	return [of, ...time(of), ...time(again(of))];
};

/** What stands in the store under one name. */
interface Times {
	hours: number[];
	minutes: number[];
	values: string[];
}

const isClear = ({ hours, minutes }: Times) => hours.length === 1 && minutes.length === 1;

const least = (one: Times, other: Times) => (one.hours.length < other.hours.length ? one : other);

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

	/** To be erased when the run ends. */
	private readonly refused: Note[] = [];

	private erasing: Array<Promise<unknown>> = [];

	/** Values to erase that the store, when it did not work, could not be asked to. */
	private unerased: string[] = [];

	private isBroken = false;

	/** It has found notes, and does not know yet which of them it needs. */
	private isChoosing = false;

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
		for (;;) {
			await this.awaitOthers(hashes);
			const notes = await this.access(async (store) => {
				// Another run came first, and may leave some of what it has found.
				if (this.others(hashes).some((run) => run.isChoosing)) return 'later';
				return await this.look(store, hashes, own, now);
			});
			if (notes !== 'later' || this.isEnding()) return Array.isArray(notes) ? notes : [];
		}
	}

	private async look(store: NoteStore, hashes: string[], own: Note[], now: number) {
		// The usual case: nothing is under way and nothing was left behind.
		if ((await store.getProcessedDataCount('node', OPTIONS)) === 0) return [];
		const marks = this.marksToAsk(hashes, own);
		const there = await this.ask(store, [...marks.keys()]);
		const videos = [...there].map((of) => marks.get(of)!);
		const found = await this.date(store, videos, now);
		// Too late: the run went on without its notes, and they are for a later one.
		if (this.isBroken) return found;
		for (const note of found) this.keep(mark(note));
		this.isChoosing = found.length > 0;
		return found;
	}

	/** The run has made its choice of what it has found, and left the rest. */
	chosen(): void {
		this.isChoosing = false;
	}

	/** Other runs of this process that work on such videos. */
	private others(hashes: string[]): Notes[] {
		const wanted = new Set(hashes.map((hash) => mark({ hash, slot: 0 }).slice(0, -1)));
		const isWanted = (of: string) => wanted.has(of.slice(0, of.lastIndexOf(' ') + 1));
		return [...this.live].flatMap(([of, run]) => (run !== this && isWanted(of) ? [run] : []));
	}

	/**
	 * What a stopped run leaves is known when its last submit is answered, what one leaves that has found more than
	 * it wants, when it has looked for all.
	 */
	private async awaitOthers(hashes: string[]): Promise<void> {
		for (let waited = 0; !this.isEnding(); waited += NOTES.look) {
			const isAwaited = ({ isEnding, isChoosing }: Notes) =>
				isChoosing || (waited < NOTES.ending && isEnding());
			if (!this.others(hashes).some(isAwaited)) return;
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

	/**
	 * Finds out when marked videos were submitted; removes what is too old, or was left by a question.
	 *
	 * A kill in the middle of the question leaves every time that it asked for, and the true one is lost among them:
	 * then the second copy is asked.
	 */
	private async date(
		store: NoteStore,
		videos: Array<Pick<Note, 'hash' | 'slot'>>,
		now: number,
	): Promise<Note[]> {
		const first = await this.timesOf(store, videos.map(mark), now);
		const unclear = videos.map(mark).filter((of) => !isClear(first.get(of)!));
		const second = await this.timesOf(store, unclear.map(again), now);
		const notes: Note[] = [];
		const left: string[] = [];
		for (const video of videos) {
			const of = mark(video);
			const [one, other] = [first.get(of)!, second.get(again(of))];
			// A mark that only a question has left has no second copy.
			const { hours, minutes } = !other || isClear(other) ? (other ?? one) : least(one, other);
			const note = hours.length > 0 && minutes.length > 0;
			const kept = note ? valuesOf({ ...video, hour: hours[0], minute: minutes[0] }) : [];
			if (note) notes.push({ ...video, hour: hours[0], minute: minutes[0] });
			const there = [of, ...one.values, ...(other?.values ?? [])];
			left.push(...there.filter((value) => !kept.includes(value)));
		}
		await this.remove(store, left);
		return notes;
	}

	/** Which times stand under these names. */
	private async timesOf(
		store: NoteStore,
		names: string[],
		now: number,
	): Promise<Map<string, Times>> {
		const latest = Math.floor(now / HOUR);
		// A clock that was set back by an hour still finds its notes.
		const allHours = range(latest - NOTES.hours, latest + 1);
		const allMinutes = range(0, 59);
		const there = await this.ask(
			store,
			names.flatMap((name) => [
				...allHours.map((hour) => hourValue(name, hour)),
				...allMinutes.map((minute) => minuteValue(name, minute)),
			]),
		);
		return new Map(
			names.map((name) => {
				const hours = allHours.filter((hour) => there.has(hourValue(name, hour)));
				const minutes = allMinutes.filter((minute) => there.has(minuteValue(name, minute)));
				const values = [
					...hours.map((hour) => hourValue(name, hour)),
					...minutes.map((minute) => minuteValue(name, minute)),
				];
				return [name, { hours, minutes, values }];
			}),
		);
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

	/**
	 * Marks a note of the execution's own ledger as this run's; writes one where the ledger has none any more. The
	 * ledger may be an old one: another execution has delivered the video meanwhile, or told that it is refused, and a
	 * later one may have the slot.
	 *
	 * @returns undefined where the note is gone
	 */
	async renew(note: Note | undefined, hash: string, now: number): Promise<Note | undefined> {
		if (!note) return await this.write(hash, now);
		const values = valuesOf(note);
		const isOld = await this.access(async (store) => {
			const there = await this.ask(store, values);
			return values.some((value) => !there.has(value));
		});
		if (isOld) return undefined;
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
			// Not before: a run that asks in between would find a note that nobody works on.
			for (const note of notes) this.letGo(mark(note));
			return true;
		});
		this.erasing.push(erased.then((done) => done ?? this.unerased.push(...values)));
	}

	/**
	 * The videos are refused in this run. Their notes go with its end: a run that is killed or stopped before has not
	 * told it to anybody.
	 */
	refuse(notes: Note[]): void {
		this.refused.push(...notes);
	}

	/** Resolves when all is erased that should be. A store that did not work before gets one more chance. */
	async flush(): Promise<void> {
		if (!this.isEnding()) this.erase(this.refused.splice(0));
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
		this.isChoosing = false;
		for (const of of [...this.mine]) this.letGo(of);
		if (this.live.size === 0) live.delete(this.node);
	}
}
