/**
 * Notes in n8n's database: this node has submitted, or is about to submit, this video. They survive what the
 * execution does not: a crash, SIGKILL, Stop, or an error after which the workflow is executed again.
 *
 * A node can write only in n8n's store for duplicates (of the Remove Duplicates node, `noteStore.ts`). So a note is a
 * few values (`noteValues.ts`), written together. A kill during a query leaves marks without a time; these do not
 * count (`noteSlots.ts`). Another process (queue mode has several) may read before one of our writes and write after
 * it. That undoes our write. So a run writes its notes again while it waits for its videos, and erased notes are
 * checked again (`erasures.ts`).
 */
import { sleep } from 'n8n-workflow';

import { NOTES } from '../policy/notes';
import { after, monotonic } from '../transport/clock';
import { forgetErased, wasErased, watchErased } from './erasures';
import { date, partsOf, readDates, removeBroughtBack, slotsThere } from './noteSlots';
import { NoteAccess, type NoteStore } from './noteStore';
import {
	addressesValue,
	again,
	deliveredValue,
	isProven,
	mark,
	noteTime,
	proofOf,
	timeOf,
	valuesOf,
	type Note,
	type Slot,
} from './noteValues';

export { earliestOf, noteTime, type Note } from './noteValues';

/** By node and mark: runs of this process that work on a note. Two retries of one execution may share a note. */
const live = new Map<string, Map<string, Set<Notes>>>();

/** A note that waits to be written. */
interface Unwritten {
	note: Note;
	done: (note?: Note) => void;
}

/** The notes of one run of a node. */
export class Notes {
	private readonly store: NoteAccess;

	private readonly mine = new Map<string, Note>();

	/** Those that this run wrote itself. An older note cannot get lost, only erased by another process. */
	private readonly written = new Set<Note>();

	/** Those that were written only once. Another process may have read before that, and may write after it. */
	private readonly fresh = new Set<Note>();

	/** By hash: slots that had no mark when this run asked (ms of a monotonic clock). */
	private readonly unmarked = new Map<string, { slots: Slot[]; askedAt: number }>();

	/** When the notes are written again (ms of a monotonic clock), and the pause after that. */
	private assureAt = 0;

	private assurePause = NOTES.assureFirst;

	private unwritten: Unwritten[] = [];

	private isAssuring = false;

	private erasing: Array<Promise<unknown>> = [];

	/** Notes that must be erased, but the store did not work. */
	private unerased: Note[] = [];

	/** What to do when the run ends. */
	private ended: { notes: Note[]; requests: string[] } = { notes: [], requests: [] };

	/** By mark: notes on videos that the run refuses. The user reads the refusals when it ends. */
	private readonly refusing = new Map<string, Note>();

	/** n8n discards this run's output and runs the node again: nobody reads its refusals. */
	isRetried = false;

	/** It has found notes, and does not know yet which of them it takes. */
	private isChoosing = false;

	/**
	 * @param node the node's name, unique in this process
	 * @param warn called once, when the store does not work
	 */
	constructor(
		store: NoteStore,
		private readonly node: string,
		warn: (why: string) => void,
		/** Whether the run was stopped. It submits nothing more, but a submit that it sent may still be answered. */
		private readonly isEnding: () => boolean = () => false,
	) {
		this.store = new NoteAccess(store, node, warn);
	}

	private get live(): Map<string, Set<Notes>> {
		const known = live.get(this.node) ?? new Map<string, Set<Notes>>();
		live.set(this.node, known);
		return known;
	}

	private keep(note: Note): void {
		const of = mark(note);
		this.live.set(of, (this.live.get(of) ?? new Set()).add(this));
		this.mine.set(of, note);
		if (!this.isAssuring) this.keepAssuring();
	}

	/** A timer, because with a low rate limit or many submits the run does not poll its videos for minutes. */
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
		if (note) {
			this.written.delete(note);
			this.fresh.delete(note);
		}
		this.mine.delete(of);
	}

	/**
	 * Finds notes of earlier runs on these videos that no run of this process works on. From now on they belong to this
	 * run.
	 *
	 * @param hashes of the wanted videos, once for each wanted copy
	 * @param own notes that the execution itself knows
	 * @param now ms since 1970
	 */
	async find(hashes: string[], own: Note[], now: number): Promise<Note[]> {
		if (hashes.length === 0) return [];
		for (;;) {
			await this.awaitOthers(hashes);
			const begun = monotonic();
			const notes = await this.store.access(async () => {
				// Another run came first, and may leave some of the notes that it found.
				if (this.others(hashes).some(({ run }) => run.isChoosing)) return 'later';
				return await this.read(hashes, own, now);
			});
			if (notes !== 'later') return await this.stillThere(notes ?? [], monotonic() - begun);
			if (this.isEnding()) return [];
		}
	}

	private async read(hashes: string[], own: Note[], now: number): Promise<Note[]> {
		// The usual case: no video is running and none was left behind.
		if ((await this.store.count()) === 0) return [];
		const taken = new Set([...this.live.keys(), ...own.map(mark)]);
		const all: Note[] = [];
		const { marked, unmarked } = await slotsThere(this.store, hashes, taken);
		for (const hash of new Set(hashes)) {
			const slots = unmarked.filter((slot) => slot.hash === hash);
			this.unmarked.set(hash, { slots, askedAt: monotonic() });
		}
		for (const part of partsOf(marked, NOTES.dated)) {
			all.push(...(await date(this.store, part, now)));
		}
		// If this run took them, nobody would erase them again.
		const back = all.filter((note) => wasErased(this.node, note));
		await this.store.remove(back.flatMap(valuesOf));
		const found = all.filter((note) => !back.includes(note));
		found.push(...this.refusedElsewhere(hashes));
		// Too late: the run went on without its notes, and a later run may find them.
		if (this.store.isBroken) return found;
		for (const note of found) this.keep(note);
		this.isChoosing = found.length > 0;
		return found;
	}

	/** What other runs have refused and not said yet. This run also refuses it, and does not wait for hours. */
	private refusedElsewhere(hashes: string[]): Note[] {
		const notes = this.others(hashes).flatMap(({ of, run }) => {
			const note = run.refusing.get(of);
			return note ? [[of, note] as const] : [];
		});
		return [...new Map(notes).values()];
	}

	/**
	 * Without notes that another process has erased in the meantime, once or again: their videos were delivered.
	 *
	 * @param took how long the search for them took (ms)
	 */
	private async stillThere(found: Note[], took: number): Promise<Note[]> {
		if (found.length === 0) return [];
		const slowness = Math.min(NOTES.settledPerSearch * took, NOTES.settledLongest);
		let left = found;
		// This process may bring them back itself, so a note that was gone once counts as gone.
		for (let checks = 0; checks < NOTES.settledChecks && left.length > 0; checks++) {
			await sleep((NOTES.settled + slowness) / NOTES.settledChecks);
			left = await this.present(left);
		}
		this.leave(found.filter((note) => !left.includes(note)));
		return left;
	}

	/** The run knows which of the notes it takes, and has left the others. */
	chosen(): void {
		this.isChoosing = false;
	}

	/** These videos, and the other runs of this process that work on them. */
	private others(hashes: string[]): Array<{ of: string; run: Notes }> {
		const wanted = new Set(hashes.map((hash) => mark({ hash, slot: 0 }).slice(0, -1)));
		const isWanted = (of: string) => wanted.has(of.slice(0, of.lastIndexOf(' ') + 1));
		return [...this.live].flatMap(([of, runs]) =>
			isWanted(of) ? [...runs].flatMap((run) => (run === this ? [] : { of, run })) : [],
		);
	}

	/**
	 * Waits for other runs. What a stopped run leaves is known when its last submit is answered. If a run found more
	 * notes than it wants, what it leaves is known after its search. A run that refuses a video usually says so soon,
	 * and this run buys the video only after that: if the other run were killed first, nobody would know that the first
	 * video may be paid.
	 */
	private async awaitOthers(hashes: string[]): Promise<void> {
		for (let waited = 0; !this.isEnding(); waited += NOTES.checkEvery) {
			const isAwaited = ({ of, run }: { of: string; run: Notes }) =>
				run.isChoosing || (waited < NOTES.ending && (run.isEnding() || run.refusing.has(of)));
			if (!this.others(hashes).some(isAwaited)) return;
			await sleep(NOTES.checkEvery);
		}
	}

	/**
	 * Whether each note's video was sent with these addresses of uploaded files.
	 *
	 * @param questions each a note, and the hash of addresses
	 */
	async sentAt(questions: Array<[note: Note, addresses: string]>): Promise<boolean[]> {
		const values = questions.map(([note, addresses]) => addressesValue(note, addresses));
		const there = await this.store.askTwice(values);
		return values.map((value) => there.has(value));
	}

	/**
	 * Those of these notes that are still in the database: a later note may have the slot of a missing one. All of
	 * them, if the store does not work.
	 */
	async present(notes: Note[]): Promise<Note[]> {
		const there = await this.store.askFor(notes.flatMap(proofOf));
		return notes.filter((note) => this.store.isBroken || isProven(note, there));
	}

	/** Those of these requests that another process has taken over and delivered. */
	async delivered(requestIds: string[]): Promise<Set<string>> {
		const there = await this.store.askTwice(requestIds.map(deliveredValue));
		return new Set(requestIds.filter((id) => there.has(deliveredValue(id))));
	}

	/**
	 * Writes a note before its video is submitted. Notes that arrive during another access are written together.
	 *
	 * @param now ms since 1970
	 * @param addresses hash of the addresses of uploaded files
	 * @returns the note; undefined if the store does not work
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
		await this.store.access(async () => {
			// In a retry, too.
			all.push(...this.unwritten.splice(0));
			await this.place(all.map(({ note }) => note));
		});
		if (this.store.isBroken) all.push(...this.unwritten.splice(0));
		for (const { note, done } of all) done(this.written.has(note) ? note : undefined);
	}

	/**
	 * Writes notes into the first free slots, except those that an earlier attempt has written. The marks come first: if
	 * this tried the times in slots that are taken, another process could bring them back as notes that nobody erases.
	 */
	private async place(notes: Note[]): Promise<void> {
		const letGoOf = (some: Note[]) => {
			for (const note of some) this.letGo(mark(note));
		};
		let open = notes.filter((note) => !this.written.has(note));
		for (const note of open) note.slot = 1;
		while (open.length > 0) {
			const wanted = open;
			const begun = monotonic();
			open = await this.placeOnce(wanted).catch((error: Error) => {
				letGoOf(wanted);
				throw error;
			});
			letGoOf(open);
			await this.nextSlots(open, monotonic() - begun);
			// Too late: the run went on without them, and a leftover note would be about a delivered video.
			if (this.store.isBroken) {
				const late = notes.filter((note) => this.written.has(note));
				letGoOf(late);
				return await this.store.remove(late.flatMap(valuesOf));
			}
		}
	}

	/** @returns those whose slots have notes of another process, or of an earlier run */
	private async placeOnce(notes: Note[]): Promise<Note[]> {
		for (const note of notes) this.keepInFreeSlot(note);
		const there = await this.store.add(notes.map(mark));
		const placed = notes.filter((note) => !there.has(mark(note)));
		if (!this.store.isBroken) await this.store.add(placed.flatMap(valuesOf));
		for (const note of placed) {
			this.written.add(note);
			this.fresh.add(note);
			this.assureSoon();
			forgetErased(this.node, note);
		}
		return notes.filter((note) => !placed.includes(note));
	}

	/**
	 * Where this run has just asked about a slot and it is taken, another process has probably brought back the question.
	 * Then the slot is tried once more without it, and otherwise the next one.
	 *
	 * @param took how long the attempt took (ms)
	 */
	private async nextSlots(notes: Note[], took: number): Promise<void> {
		const asked = notes.filter(({ hash }) => this.askedFor(hash).length > 0);
		for (const note of notes) if (!asked.includes(note)) note.slot++;
		if (asked.length === 0) return;
		await sleep(NOTES.begun + Math.min(NOTES.settledPerSearch * took, NOTES.settledLongest));
		await this.takeBack(asked);
	}

	/** Slots of the video that had no mark a moment ago, without those that this process has used since. */
	private askedFor(hash: string): Slot[] {
		const { slots, askedAt } = this.unmarked.get(hash) ?? { slots: [], askedAt: 0 };
		const isRecent = monotonic() - askedAt <= NOTES.comesBack;
		return isRecent ? slots.filter((slot) => !this.live.has(mark(slot))) : [];
	}

	/** Takes back this run's question about the notes' videos, if another process has brought it back. */
	private async takeBack(notes: Note[]): Promise<void> {
		const hashes = [...new Set(notes.map(({ hash }) => hash))];
		const slots = hashes.flatMap((hash) => this.askedFor(hash));
		for (const hash of hashes) this.unmarked.delete(hash);
		await removeBroughtBack(this.store, slots, Date.now());
	}

	/** Takes the note's slot, or the first one after it that no run of this process has. */
	private keepInFreeSlot(note: Note): void {
		while (this.live.has(mark(note))) note.slot++;
		this.keep(note);
	}

	/**
	 * Gives the notes of the execution's own ledger to this run, and writes one for each entry without a note. The
	 * ledger may be old: another execution may have delivered the video, or said that it is refused, and a later note
	 * may have the slot.
	 *
	 * @returns in the order of the entries; undefined if the note is gone
	 */
	async renew(
		entries: Array<{ note?: Note; hash: string; submittedAt: number; addresses?: string }>,
	): Promise<Array<Note | undefined>> {
		const left = await this.present(entries.flatMap(({ note }) => note ?? []));
		const isGone = (note: Note) => !this.store.isBroken && !left.includes(note);
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

	/** Another run wrote the note, and both work on its video. */
	share(note: Note): void {
		this.keep(note);
	}

	/** Nobody wants these notes now: a later run may find them. */
	leave(notes: Note[]): void {
		for (const note of notes) this.letGo(mark(note));
	}

	/** The videos were delivered, or certainly do not exist. */
	erase(notes: Note[]): void {
		void this.eraseUnless(notes, () => false);
	}

	/** @param isOff called at the last moment @returns whether they were erased */
	private async eraseUnless(notes: Note[], isOff: () => boolean): Promise<boolean> {
		if (notes.length === 0) return true;
		const erased = this.store.access(async () => {
			if (!(await this.takeAway(notes, isOff))) return false;
			// Not earlier: a run that reads in between would find a note that nobody works on.
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

	/** Another process may have erased some already, and other notes may have their slots now: these stay. */
	private async takeAway(notes: Note[], isOff = () => false): Promise<boolean> {
		const there = await this.store.ask(notes.flatMap(proofOf));
		const left = notes.filter((note) => isProven(note, there));
		if (isOff()) return false;
		const values = left.flatMap(valuesOf);
		await this.store.remove(values);
		if (!isOff()) return true;
		await this.store.add(values);
		return false;
	}

	/** @returns the erased notes that were there again */
	private async eraseAgain(notes: Note[]): Promise<Note[]> {
		if (this.store.isBroken) return [];
		// Its run is over: if the store does not answer, nobody is told.
		return await this.store.inTurn(async () => {
			if ((await this.store.count()) === 0) return [];
			// A run of this process may have given the slot to another video.
			const free = notes.filter((note) => !this.live.has(mark(note)));
			const marks = await this.store.ask([...new Set(free.map(mark))]);
			const marked = free.filter((note) => marks.has(mark(note)));
			const there = await this.store.ask(marked.flatMap(proofOf));
			const proven = marked.filter((note) => isProven(note, there));
			// Another process may have done so, too: only exactly the same note goes.
			const back: Note[] = [];
			for (const part of partsOf(proven, NOTES.dated)) {
				const { notes: dated } = await readDates(this.store, part, Date.now());
				const times = new Map(dated.map((note) => [mark(note), note.isVague ? 0 : noteTime(note)]));
				back.push(...part.filter((note) => times.get(mark(note)) === noteTime(note)));
			}
			await this.store.remove(back.flatMap(valuesOf));
			return back;
		});
	}

	/**
	 * The videos are handed over when this run ends, so their notes go then. If the run is killed or stopped before,
	 * nobody has the videos.
	 *
	 * @param delivered requests that must not be taken over again: other processes think that they are undelivered
	 */
	eraseAtEnd(notes: Note[], delivered: string[] = []): void {
		this.ended.notes.push(...notes);
		this.ended.requests.push(...delivered);
	}

	/** The run is parked, so nobody reads its refusals yet. The step that hands them over erases their notes. */
	handOn(): Note[] {
		const notes = [...this.refusing.values()];
		this.refusing.clear();
		return notes;
	}

	/** The run refuses the videos. Their notes go when the user reads that. */
	refuse(notes: Note[]): void {
		for (const note of notes) this.refusing.set(mark(note), note);
	}

	/**
	 * The same for the refusals of an earlier attempt, which nobody has read.
	 *
	 * @param notes a run in between may have taken some of them
	 */
	async refuseAgain(notes: Note[]): Promise<void> {
		const left = (await this.present(notes)).filter((note) => !this.live.has(mark(note)));
		for (const note of left) this.keep(note);
		this.refuse(left);
	}

	/** Its refusals, without notes that another run has found after all and waits for. */
	private told(): Note[] {
		const isWaitedFor = (of: string) =>
			[...(this.live.get(of) ?? [])].some((run) => run !== this && !run.refusing.has(of));
		return [...this.refusing].flatMap(([of, note]) => (isWaitedFor(of) ? [] : note));
	}

	/** @returns false if Stop, or the end of the execution's time, came before n8n had the run's output */
	private async end(): Promise<boolean> {
		if (!this.isRetried) this.eraseAtEnd(this.told());
		const { notes, requests } = this.ended;
		if (this.isEnding()) return false;
		if (notes.length + requests.length === 0) return true;
		this.ended = { notes: [], requests: [] };
		let isStopped = false;
		const isErased = await this.eraseUnless(notes, () => (isStopped = this.isEnding()));
		if (!isErased || requests.length === 0) return !isStopped;
		// After the erasure, and nobody waits for it: if a kill comes before n8n has the videos, they must not be marked.
		const marks = requests.map(deliveredValue).flatMap((value) => [value, again(value)]);
		void this.store.access(async () => await this.store.add(marks));
		return true;
	}

	/**
	 * Writes this run's notes again from time to time, because another process may have lost them. Every poll of a
	 * running video calls it, and so does a timer. Nobody waits for it.
	 */
	assure(): void {
		const now = monotonic();
		if (this.mine.size === 0 || now < this.assureAt) return;
		this.assureAt = now + this.assurePause;
		this.assurePause = Math.min(this.assurePause * 2, NOTES.assureLongest);
		this.erasing.push(this.writeAgain());
	}

	/** A new note gets lost most easily. */
	private assureSoon(): void {
		this.assureAt = Math.min(this.assureAt, monotonic() + NOTES.assureFirst);
		this.assurePause = NOTES.assureFirst;
	}

	/** The same at once. For a parked run, nobody writes them again later. */
	async writeAgain(): Promise<void> {
		await this.store.access(async () => {
			const notes = [...this.written];
			this.fresh.clear();
			const there = await this.store.add(notes.flatMap(valuesOf));
			// Another process has undone an access since, and may have brought back the question.
			await this.takeBack(notes.filter((note) => !there.has(mark(note))));
			for (const note of notes) await this.assureSlot(note, there);
		});
	}

	/**
	 * Another process may have written its own note into the slot at the same moment. Then this note takes the next
	 * slot.
	 */
	private async assureSlot(note: Note, there: Set<string>): Promise<void> {
		if (!there.has(mark(note)) || isProven(note, there)) return;
		const added = valuesOf(note).filter((value) => !there.has(value));
		this.letGo(mark(note));
		await this.store.remove(added);
		await this.place([note]);
	}

	/**
	 * Resolves when everything that should be erased is erased. A store that failed before gets one more chance.
	 *
	 * @returns whether n8n gets the run's output: false if Stop, or the end of the execution's time, came before
	 */
	async flush(): Promise<boolean> {
		const isDelivered = await this.end();
		await Promise.all(this.erasing);
		this.erasing = [];
		// The notes that are left are for a later run, and nobody writes them again until then.
		if (this.fresh.size > 0) await this.writeAgain();
		const unerased = this.unerased.splice(0);
		if (unerased.length > 0 || this.store.isUntidy) {
			await this.store.lastChance(async () => void (await this.takeAway(unerased)));
		}
		return isDelivered;
	}

	/** The run is over: the next run may find what it did not deliver. */
	release(): void {
		this.isChoosing = false;
		this.unmarked.clear();
		for (const of of [...this.mine.keys()]) this.letGo(of);
		if (this.live.size === 0) live.delete(this.node);
	}
}
