/**
 * Notes in n8n's database: this node has submitted, or is about to submit, this video. They survive what
 * the execution does not: a crash, SIGKILL, Stop, an error after which the workflow is executed again.
 *
 * n8n's store for duplicates (the Remove Duplicates node's) is all that a node may write there. It holds a set
 * of values for each node of a saved workflow and answers one question, "was this value there?", by adding
 * it. So a note is a few values (`noteValues.ts`), written in one go. To ask for values is to add them and to take
 * the new ones away again; a kill in between leaves marks without a time, and these are no notes. n8n reads,
 * changes and writes the set, so in this process one access comes after the other. Another process (queue mode has
 * several) may read before and write after one of ours, and what we did is undone; so a run writes its notes again while
 * it waits for its videos, and what was erased is looked at again (`erasures.ts`).
 *
 * Source: n8n's `DeduplicationHelper` (2.41.1 and 1.100.1).
 */
import {
	sleep,
	type DeduplicationHelperFunctions,
	type ICheckProcessedOptions,
} from 'n8n-workflow';

import { after, monotonic } from '../wire/clock';
import { wasErased, watchErased } from './erasures';
import {
	addressesValue,
	again,
	copyValues,
	deliveredValue,
	mark,
	noteTime,
	possibleTimes,
	range,
	readTime,
	timeOf,
	vagueNote,
	valuesOf,
	type Note,
	type Slot,
} from './noteValues';
import { inTurn } from './turns';

export { earliestOf, noteTime, type Note } from './noteValues';

const MINUTE = 60_000;

export const NOTES = {
	/** The store keeps so many values: up to nine for each video that was never delivered. The oldest go. */
	values: 20_000,
	/** So many are asked for in one go. */
	asked: 2000,
	/** Notes whose times are asked for in one go: 146 values each. */
	dated: 20,
	/** Slots that are looked at of each video, and then so many more while the last one is taken. */
	slots: 50,
	/** With very many videos. */
	slotsAtLeast: 5,
	/** The store gets so long (ms) before the run goes on without it: n8n is busy right after a restart. */
	patience: 60_000,
	/** A store that refuses, as one whose database is locked for a moment, is asked so often, */
	attempts: 3,
	/** with this pause (ms). */
	pause: 500,
	/**
	 * A run that was stopped gets so long (ms) for the answers to its submits: more than these get themselves. And one
	 * that refuses a video gets so long to say so.
	 */
	ending: 45_000,
	/** ms between two looks whether it is over. */
	look: 200,
	/** ms after which a run writes its notes again; the pause doubles each time, */
	assureFirst: 5000,
	/** up to this. */
	assureLongest: 60_000,
	/** Notes that are found count when they are still there so long (ms) after that: another process may be erasing them. */
	settled: 2000,
	/** A submit that leaves so long (ms) after its note gets a new one: by its time the job is looked for. */
	renewed: 3 * MINUTE,
};

/** What n8n's helpers offer, where the workflow is saved. */
export type NoteStore = Pick<
	DeduplicationHelperFunctions,
	'checkProcessedAndRecord' | 'removeProcessed' | 'getProcessedDataCount'
>;

/** A question must not push out what it asks for. */
const UNLIMITED: ICheckProcessedOptions = { mode: 'entries' };
const OPTIONS: ICheckProcessedOptions = { ...UNLIMITED, maxEntries: NOTES.values };

/** By node and mark: runs of this process that work on a note. Two retries of one execution may share it. */
const live = new Map<string, Map<string, Set<Notes>>>();

/** Ends the waiting for a store that hangs. */
async function within<T>(access: Promise<T>): Promise<T> {
	const signal = AbortSignal.timeout(NOTES.patience);
	const late = new Promise<never>((_, reject) => {
		signal.addEventListener('abort', () => reject(new OutOfTime('no answer in time')));
	});
	return await Promise.race([access, late]);
}

class OutOfTime extends Error {}

const partsOf = <T>(list: T[], size: number): T[][] =>
	range(0, Math.ceil(list.length / size) - 1).map((n) => list.slice(n * size, (n + 1) * size));

/** How many slots of each video are asked for: one for each wanted copy at least. */
function slotsFor(distinct: number, copies: number): number {
	const affordable = Math.floor(NOTES.asked / Math.max(distinct, 1));
	return Math.max(copies, Math.min(Math.max(affordable, NOTES.slotsAtLeast), NOTES.slots));
}

/** A note that waits for its turn. */
interface Unwritten {
	note: Note;
	done: (note?: Note) => void;
}

/** The notes of one run of a node. */
export class Notes {
	private readonly mine = new Map<string, Note>();

	/** Of these, what it has written itself: an older note cannot get lost, it was only erased by another process. */
	private readonly written = new Set<Note>();

	/** When the notes are written again, ms of a monotonic clock, and the pause after that. */
	private assureAt = 0;

	private assurePause = NOTES.assureFirst;

	private unwritten: Unwritten[] = [];

	private isAssuring = false;

	private erasing: Array<Promise<unknown>> = [];

	/** Notes to erase that the store, when it did not work, could not be asked to. */
	private unerased: Note[] = [];

	/** Values that a question added and has not taken away yet. */
	private readonly borrowed = new Set<string>();

	private isBroken = false;

	/** What is done when the run ends. */
	private ended: { notes: Note[]; requests: string[] } = { notes: [], requests: [] };

	/** By mark: notes on videos that it refuses; the user reads that when it ends. */
	private readonly refusing = new Map<string, Note>();

	/** n8n throws away what this run gives, and runs the node again: nobody reads its refusals. */
	isTriedAgain = false;

	/** It has found notes, and does not know yet which of them it takes. */
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

	private get live(): Map<string, Set<Notes>> {
		const known = live.get(this.node) ?? new Map<string, Set<Notes>>();
		live.set(this.node, known);
		return known;
	}

	/** Tries it again where the store refuses; not where it hangs. */
	private async attempts<T>(work: (store: NoteStore) => Promise<T>, attempt = 1): Promise<T> {
		return await within(work(this.store)).catch(async (error: Error) => {
			if (error instanceof OutOfTime || attempt >= NOTES.attempts) throw error;
			await sleep(NOTES.pause);
			return await this.attempts(work, attempt + 1);
		});
	}

	/** Does something with the store; a store that fails is left alone from then on. */
	private async access<T>(work: (store: NoteStore) => Promise<T>): Promise<T | undefined> {
		if (this.isBroken) return undefined;
		try {
			return await inTurn(`notes ${this.node}`, async () => await this.attempts(work));
		} catch (error) {
			if (!this.isBroken) this.warn((error as Error).message);
			this.isBroken = true;
			return undefined;
		}
	}

	private keep(note: Note): void {
		const of = mark(note);
		this.live.set(of, (this.live.get(of) ?? new Set()).add(this));
		this.mine.set(of, note);
		if (!this.isAssuring) this.keepAssuring();
	}

	/** Where a rate limit is low or a run submits for long, nothing is asked about its videos for minutes. */
	private keepAssuring(): void {
		this.isAssuring = this.mine.size > 0 && !this.isEnding();
		if (!this.isAssuring) return;
		after(NOTES.assureFirst, () => {
			this.assure();
			this.keepAssuring();
		});
	}

	private letGo(of: string): void {
		const runs = this.live.get(of);
		runs?.delete(this);
		if (runs?.size === 0) this.live.delete(of);
		const note = this.mine.get(of);
		if (note) this.written.delete(note);
		this.mine.delete(of);
	}

	/** Adds values; returns those that were there. */
	private async add(store: NoteStore, values: string[], options = OPTIONS): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		const { processed } = await store.checkProcessedAndRecord(values, 'node', options);
		return new Set(processed.map(String));
	}

	private async remove(store: NoteStore, values: string[]): Promise<void> {
		if (values.length > 0) await store.removeProcessed(values, 'node', OPTIONS);
	}

	/** Which of the values are there. Where it failed midway, it may be asked again. */
	private async ask(store: NoteStore, values: string[]): Promise<Set<string>> {
		const there = await this.add(store, values, UNLIMITED);
		for (const value of values) if (!there.has(value)) this.borrowed.add(value);
		const added = values.filter((value) => this.borrowed.has(value));
		for (const value of added) there.delete(value);
		await this.remove(store, added);
		for (const value of added) this.borrowed.delete(value);
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
				if (this.others(hashes).some(({ run }) => run.isChoosing)) return 'later';
				return await this.look(store, hashes, own, now);
			});
			if (notes !== 'later') return await this.stillThere(notes ?? []);
			if (this.isEnding()) return [];
		}
	}

	private async look(
		store: NoteStore,
		hashes: string[],
		own: Note[],
		now: number,
	): Promise<Note[]> {
		// The usual case: nothing is under way and nothing was left behind.
		if ((await store.getProcessedDataCount('node', OPTIONS)) === 0) return [];
		const all: Note[] = [];
		for (const part of partsOf(await this.slotsThere(store, hashes, own), NOTES.dated)) {
			all.push(...(await this.date(store, part, now)));
		}
		// Were it this run's from now on, nobody would erase it again.
		const back = all.filter((note) => wasErased(this.node, note));
		await this.remove(store, back.flatMap(valuesOf));
		const found = all.filter((note) => !back.includes(note));
		found.push(...this.refusedElsewhere(hashes));
		// Too late: the run went on without its notes, and they are for a later one.
		if (this.isBroken) return found;
		for (const note of found) this.keep(note);
		this.isChoosing = found.length > 0;
		return found;
	}

	/** What other runs have refused and not told yet: this one refuses it too, and does not wait for hours. */
	private refusedElsewhere(hashes: string[]): Note[] {
		const notes = this.others(hashes).flatMap(({ of, run }) => {
			const note = run.refusing.get(of);
			return note ? [[of, note] as const] : [];
		});
		return [...new Map(notes).values()];
	}

	/** Without those that another process has erased meanwhile, once or once more: their videos were delivered. */
	private async stillThere(found: Note[]): Promise<Note[]> {
		if (found.length === 0) return [];
		await sleep(NOTES.settled);
		// The second copy: should a kill leave it behind, it says nothing without a mark or beside a first one.
		const copyOf = (note: Note) => (note.isVague ? [] : copyValues(note, 'second'));
		const there = await this.askFor(found.flatMap(copyOf));
		if (this.isBroken) return found;
		const gone = found.filter((note) => copyOf(note).some((value) => !there.has(value)));
		this.leave(gone);
		return found.filter((note) => !gone.includes(note));
	}

	/** The run knows which of the notes it takes, and has left the others. */
	chosen(): void {
		this.isChoosing = false;
	}

	/** Such videos, and the other runs of this process that work on them. */
	private others(hashes: string[]): Array<{ of: string; run: Notes }> {
		const wanted = new Set(hashes.map((hash) => mark({ hash, slot: 0 }).slice(0, -1)));
		const isWanted = (of: string) => wanted.has(of.slice(0, of.lastIndexOf(' ') + 1));
		return [...this.live].flatMap(([of, runs]) =>
			isWanted(of) ? [...runs].flatMap((run) => (run === this ? [] : { of, run })) : [],
		);
	}

	/**
	 * What a stopped run leaves is known when its last submit is answered, and what a run leaves that has found more
	 * than it wants, when it has looked for all. And a video that a run refuses is bought when it has said so, which is
	 * soon, as a rule: were it killed before, nobody would know that the first one may be paid.
	 */
	private async awaitOthers(hashes: string[]): Promise<void> {
		for (let waited = 0; !this.isEnding(); waited += NOTES.look) {
			const isAwaited = ({ of, run }: { of: string; run: Notes }) =>
				run.isChoosing || (waited < NOTES.ending && (run.isEnding() || run.refusing.has(of)));
			if (!this.others(hashes).some(isAwaited)) return;
			await sleep(NOTES.look);
		}
	}

	/** Slots of the wanted videos that have a mark, and that nobody of this process works on. */
	private async slotsThere(store: NoteStore, hashes: string[], own: Note[]): Promise<Slot[]> {
		const taken = new Set([...this.live.keys(), ...own.map(mark)]);
		const copies = new Map<string, number>();
		for (const hash of hashes) copies.set(hash, (copies.get(hash) ?? 0) + 1);
		const found: Slot[] = [];
		let open = [...copies].map(([hash, wanted]) => ({
			...{ hash, from: 1 },
			to: slotsFor(copies.size, wanted),
		}));
		while (open.length > 0) {
			const slots = open.flatMap(({ hash, from, to }) =>
				range(from, to).map((slot): Slot => ({ hash, slot })),
			);
			const there = new Set<string>();
			for (const part of partsOf(slots, NOTES.asked)) {
				const asked = part.map(mark).filter((of) => !taken.has(of));
				for (const of of await this.ask(store, asked)) there.add(of);
			}
			found.push(...slots.filter((slot) => there.has(mark(slot))));
			const isTaken = (slot: Slot) => there.has(mark(slot)) || taken.has(mark(slot));
			open = open
				.filter(({ hash, to }) => isTaken({ hash, slot: to }))
				.map(({ hash, to }) => ({ hash, from: to + 1, to: to + NOTES.slots }));
		}
		return found;
	}

	/** Finds out when marked videos were submitted; removes what is too old, or was left by a question. */
	private async date(store: NoteStore, slots: Slot[], now: number): Promise<Note[]> {
		const { notes, left } = await this.readDates(store, slots, now);
		await this.remove(store, left);
		return notes;
	}

	/** @returns the notes, and values that are too old or were left by a question */
	private async readDates(
		store: NoteStore,
		slots: Slot[],
		now: number,
	): Promise<{ notes: Note[]; left: string[] }> {
		const read = async (copy: 'first' | 'second', some: Slot[]) => {
			const asked = some.flatMap((slot) => possibleTimes(slot, copy, now));
			const there = await this.ask(store, asked);
			return new Map(some.map((slot) => [slot, readTime(slot, copy, there, now)] as const));
		};
		const first = await read('first', slots);
		const unclear = slots.filter((slot) => first.get(slot)?.reading !== 'one');
		const second = await read('second', unclear);
		const notes: Note[] = [];
		const left: string[] = [];
		for (const slot of slots) {
			const copies = [first.get(slot), second.get(slot)];
			const clear = copies.find((copy) => copy?.note)?.note;
			// A mark that only a question has left has no second copy.
			const isVague = copies.every((copy) => copy?.reading === 'many');
			const note = clear ?? (isVague ? vagueNote(slot, now) : undefined);
			if (note) notes.push(note);
			// What a kill has left; a vague note keeps it, for it is all that there is.
			const kept = note ? new Set(valuesOf(note)) : new Set<string>();
			const all = valuesOf(vagueNote(slot, now));
			if (copies[0]?.reading !== 'one') left.push(...all.filter((value) => !kept.has(value)));
		}
		return { notes, left };
	}

	/** Asks for values; none is there where the store does not work. */
	private async askFor(values: string[]): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		return (await this.access(async (store) => await this.ask(store, values))) ?? new Set();
	}

	/** Which values stand there twice: a question that was interrupted has answered nothing. */
	private async askTwice(values: string[]): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		const asked = await this.access(async (store) => {
			const once = [...(await this.ask(store, [...new Set(values)]))];
			const second = await this.ask(store, once.map(again));
			const isTwice = (value: string) => second.has(again(value));
			await this.remove(
				store,
				once.filter((value) => !isTwice(value)),
			);
			return new Set(once.filter(isTwice));
		});
		return asked ?? new Set();
	}

	/**
	 * Which of these addresses of uploaded files a note's video was sent with.
	 *
	 * @param questions each a note, and the hash of addresses
	 */
	async sentAt(questions: Array<[note: Note, addresses: string]>): Promise<boolean[]> {
		const values = questions.map(([note, addresses]) => addressesValue(note, addresses));
		const there = await this.askTwice(values);
		return values.map((value) => there.has(value));
	}

	/** Those of these notes that are still in the database: a later one may have the slot of one that is gone. */
	async present(notes: Note[]): Promise<Note[]> {
		// Of a vague note nobody can tell.
		const copyOf = (note: Note) => (note.isVague ? [] : copyValues(note, 'second'));
		const there = await this.askFor(notes.flatMap(copyOf));
		return notes.filter((note) => this.isBroken || copyOf(note).every((value) => there.has(value)));
	}

	/** Which of these requests another process has taken over and delivered. */
	async delivered(requestIds: string[]): Promise<Set<string>> {
		const there = await this.askTwice(requestIds.map(deliveredValue));
		return new Set(requestIds.filter((id) => there.has(deliveredValue(id))));
	}

	/**
	 * Writes down that a video is about to be submitted. Those that come while another access is under way are written
	 * in one go.
	 *
	 * @param now ms since 1970
	 * @param addresses hash of the addresses of uploaded files
	 * @returns the note; undefined where the store does not work
	 */
	async write(hash: string, now: number, addresses?: string): Promise<Note | undefined> {
		const note: Note = { hash, slot: 1, ...timeOf(now), ...(addresses && { addresses }) };
		return await new Promise((done) => {
			this.unwritten.push({ note, done });
			if (this.unwritten.length === 1) void this.writeAll();
		});
	}

	private async writeAll(): Promise<void> {
		const all: Unwritten[] = [];
		await this.access(async (store) => {
			// Also in a second attempt.
			all.push(...this.unwritten.splice(0));
			await this.place(
				store,
				all.map(({ note }) => note),
			);
		});
		if (this.isBroken) all.push(...this.unwritten.splice(0));
		for (const { note, done } of all) done(this.written.has(note) ? note : undefined);
	}

	/** Writes notes into the first slots that are free; not those that an attempt before has written. */
	private async place(store: NoteStore, notes: Note[]): Promise<void> {
		const leave = async (some: Note[], there = new Set<string>()) => {
			for (const note of some) this.letGo(mark(note));
			await this.remove(
				store,
				some.flatMap(valuesOf).filter((value) => !there.has(value)),
			);
		};
		let open = notes.filter((note) => !this.written.has(note));
		for (const note of open) note.slot = 1;
		while (open.length > 0) {
			for (const note of open) this.keepInFreeSlot(note);
			const there = await this.add(store, open.flatMap(valuesOf)).catch((error: Error) => {
				for (const note of open) this.letGo(mark(note));
				throw error;
			});
			// Too late: the run went on without them, and a stray note would speak of a delivered video.
			if (this.isBroken) {
				await leave(open, there);
				return await leave(notes.filter((note) => this.written.has(note)));
			}
			// Another process has them, or an earlier run left them.
			const taken = open.filter((note) => there.has(mark(note)));
			for (const note of open) if (!taken.includes(note)) this.written.add(note);
			await leave(taken, there);
			for (const note of taken) note.slot++;
			open = taken;
		}
	}

	/** In the first slot from its own on that no run of this process has. */
	private keepInFreeSlot(note: Note): void {
		while (this.live.has(mark(note))) note.slot++;
		this.keep(note);
	}

	/**
	 * Marks notes of the execution's own ledger as this run's; writes one where the ledger has none. The ledger may be
	 * an old one: another execution has delivered the video meanwhile, or told that it is refused, and a later one may
	 * have the slot.
	 *
	 * @returns in the order of the entries; undefined where the note is gone
	 */
	async renew(
		entries: Array<{ note?: Note; hash: string; submittedAt: number; addresses?: string }>,
	): Promise<Array<Note | undefined>> {
		const notes = entries.flatMap(({ note }) => (note && !note.isVague ? note : []));
		// A kill in the middle leaves the first copy, of whichever note, as it is.
		const copyOf = (note: Note) => copyValues(note, 'second');
		const there = await this.askFor(notes.flatMap(copyOf));
		const isGone = (note: Note) =>
			!note.isVague && !this.isBroken && copyOf(note).some((value) => !there.has(value));
		const renewed: Array<Note | undefined> = [];
		for (const { note, hash, submittedAt, addresses } of entries) {
			if (!note) renewed.push(await this.write(hash, submittedAt, addresses));
			else if (isGone(note)) renewed.push(undefined);
			else {
				this.keep(note);
				renewed.push(note);
			}
		}
		return renewed;
	}

	/** Another run has written it, and both work on its video. */
	share(note: Note): void {
		this.keep(note);
	}

	/** Nobody wants these now: a later run may find them. */
	leave(notes: Note[]): void {
		for (const note of notes) this.letGo(mark(note));
	}

	/** The videos were delivered, or certainly do not exist. */
	erase(notes: Note[]): void {
		void this.eraseUnless(notes, () => false);
	}

	/** @param isOff asked in the last moment @returns whether they were erased */
	private async eraseUnless(notes: Note[], isOff: () => boolean): Promise<boolean> {
		if (notes.length === 0) return true;
		const erased = this.access(async (store) => {
			if (!(await this.takeAway(store, notes, isOff))) return false;
			// Not before: a run that asks in between would find a note that nobody works on.
			for (const of of notes.map(mark)) {
				for (const run of [this, ...(this.live.get(of) ?? [])]) run.letGo(of);
			}
			watchErased(this.node, notes, async (erased) => await this.eraseAgain(erased));
			return true;
		});
		const done = erased.then((isDone) => {
			if (isDone === undefined) this.unerased.push(...notes);
			return isDone === true;
		});
		this.erasing.push(done);
		return await done;
	}

	/** Another process may have erased them before, and their slots may have other notes by now: these stay. */
	private async takeAway(store: NoteStore, notes: Note[], isOff = () => false): Promise<boolean> {
		const copyOf = (note: Note) => (note.isVague ? [] : copyValues(note, 'second'));
		const there = await this.ask(store, notes.flatMap(copyOf));
		const left = notes.filter((note) => copyOf(note).every((value) => there.has(value)));
		if (isOff()) return false;
		await this.remove(store, left.flatMap(valuesOf));
		return true;
	}

	/** @returns those of the erased notes that were there again */
	private async eraseAgain(notes: Note[]): Promise<Note[]> {
		if (this.isBroken) return [];
		// Its run is over: where the store does not answer, nobody is told.
		return await inTurn(`notes ${this.node}`, async () => {
			const { store } = this;
			if ((await store.getProcessedDataCount('node', OPTIONS)) === 0) return [];
			// A run of this process may have given the slot to another video.
			const free = notes.filter((note) => !this.live.has(mark(note)));
			const marks = await this.ask(store, [...new Set(free.map(mark))]);
			const marked = free.filter((note) => marks.has(mark(note)));
			// And so may another process: only the very same note goes.
			const back: Note[] = [];
			for (const part of partsOf(marked, NOTES.dated)) {
				const { notes: dated } = await this.readDates(store, part, Date.now());
				const times = new Map(dated.map((note) => [mark(note), note.isVague ? 0 : noteTime(note)]));
				back.push(...part.filter((note) => times.get(mark(note)) === noteTime(note)));
			}
			await this.remove(store, back.flatMap(valuesOf));
			return back;
		});
	}

	/**
	 * The videos are handed over with the end of this run, and so their notes go with it: a run that is killed or
	 * stopped before has given them to nobody.
	 *
	 * @param delivered requests that must not be taken over once more: to other processes they look undelivered
	 */
	eraseAtEnd(notes: Note[], delivered: string[] = []): void {
		this.ended.notes.push(...notes);
		this.ended.requests.push(...delivered);
	}

	/** The run is parked, so nobody reads its refusals yet: their notes are for whoever hands them over to erase. */
	handOn(): Note[] {
		const notes = [...this.refusing.values()];
		this.refusing.clear();
		return notes;
	}

	/** The videos are refused in this run: their notes go when the user reads that. */
	refuse(notes: Note[]): void {
		for (const note of notes) this.refusing.set(mark(note), note);
	}

	/**
	 * The same for an earlier try's refusals: nobody has read them.
	 *
	 * @param notes a run that came in between may have taken some of them
	 */
	async refuseAgain(notes: Note[]): Promise<void> {
		const left = (await this.present(notes)).filter((note) => !this.live.has(mark(note)));
		for (const note of left) this.keep(note);
		this.refuse(left);
	}

	/** Its refusals, without what another run has found after all and waits for. */
	private told(): Note[] {
		const isWaitedFor = (of: string) =>
			[...(this.live.get(of) ?? [])].some((run) => run !== this && !run.refusing.has(of));
		return [...this.refusing].flatMap(([of, note]) => (isWaitedFor(of) ? [] : note));
	}

	private async end(): Promise<void> {
		if (!this.isTriedAgain) this.eraseAtEnd(this.told());
		const { notes, requests } = this.ended;
		if (this.isEnding() || notes.length + requests.length === 0) return;
		this.ended = { notes: [], requests: [] };
		if (!(await this.eraseUnless(notes, this.isEnding)) || requests.length === 0) return;
		// After that, and nobody waits for it: a kill before n8n has the videos must not leave them marked.
		const marks = requests.map(deliveredValue).flatMap((value) => [value, again(value)]);
		void this.access(async (store) => await this.add(store, marks));
	}

	/**
	 * Writes this run's notes again, now and then: another process may have lost them. Called whenever a video is
	 * still being made, and besides; nobody waits for it.
	 */
	assure(): void {
		const now = monotonic();
		if (this.mine.size === 0 || now < this.assureAt) return;
		this.assureAt = now + this.assurePause;
		this.assurePause = Math.min(this.assurePause * 2, NOTES.assureLongest);
		const assured = this.access(async (store) => {
			const notes = [...this.written];
			const there = await this.add(store, notes.flatMap(valuesOf));
			for (const note of notes) await this.assureSlot(store, note, there);
		});
		this.erasing.push(assured);
	}

	/** Another process may have written its own note into the slot at the same moment: then this one takes the next. */
	private async assureSlot(store: NoteStore, note: Note, there: Set<string>): Promise<void> {
		const isThere = (value: string) => there.has(value);
		if (!isThere(mark(note)) || copyValues(note, 'second').every(isThere)) return;
		const added = valuesOf(note).filter((value) => !isThere(value));
		this.letGo(mark(note));
		await this.remove(store, added);
		await this.place(store, [note]);
	}

	/**
	 * Takes away what a question has left that the store did not let end. Where a part of it is gone, another run has
	 * tidied up, and the rest may be the note on a video that was submitted since.
	 */
	private async giveBack(store: NoteStore, values: string[]): Promise<void> {
		const there = await this.add(store, values, UNLIMITED);
		const isUntouched = there.size === values.length;
		await this.remove(
			store,
			values.filter((value) => isUntouched || !there.has(value)),
		);
	}

	/** Resolves when all is erased that should be. A store that did not work before gets one more chance. */
	async flush(): Promise<void> {
		await this.end();
		await Promise.all(this.erasing);
		this.erasing = [];
		const unerased = this.unerased.splice(0);
		const borrowed = [...this.borrowed];
		if (unerased.length + borrowed.length === 0) return;
		const tidy = async () => {
			await this.giveBack(this.store, borrowed);
			await this.takeAway(this.store, unerased);
		};
		const again = inTurn(`notes ${this.node}`, async () => await within(tidy()));
		await again.catch(() => undefined);
	}

	/** The run is over: what it left undelivered is for the next one to find. */
	release(): void {
		this.isChoosing = false;
		for (const of of [...this.mine.keys()]) this.letGo(of);
		if (this.live.size === 0) live.delete(this.node);
	}
}
