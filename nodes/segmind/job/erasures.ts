/**
 * Another process may read n8n's set of values before an erasure and write the set after it. That brings the erased
 * notes back, and a video would be delivered again, or refused. So erased notes are checked again for half a minute.
 */
import { after } from '../transport/clock';
import { mark, noteTime, type Note } from './noteValues';

export const ERASURES = {
	/** ms between two checks. */
	checkEvery: 250,
	/**
	 * The checks that look at a note, counted from its erasure. An access takes milliseconds, or seconds if the
	 * database or the other process is busy.
	 */
	checkedAt: [1, 4, 12, 40, 120],
	/** A note younger than this (ms) is not checked again: a note on another video may have the same second. */
	grown: 3000,
	/** A note that comes back more often is left alone. */
	returns: 100,
	/** This process remembers so many of the notes that it erased. */
	remembered: 5000,
};

interface Erased {
	note: Note;
	/** Checks since it was erased. */
	age: number;
	/** How often it came back. */
	returns: number;
}

/** Erases the notes that came back, and returns them. */
type EraseAgain = (notes: Note[]) => Promise<Note[]>;

const nameOf = (note: Note) => `${mark(note)} ${noteTime(note)}`;

/** The notes of one node that this process has erased recently. */
class Erasures {
	private readonly notes = new Map<string, Erased>();

	private isLooking = false;

	/** From the latest run: the store of an earlier run may not have worked. */
	private eraseAgain: EraseAgain = async () => await Promise.resolve([]);

	watch(notes: Note[], eraseAgain: EraseAgain): Promise<void> | undefined {
		this.eraseAgain = eraseAgain;
		for (const note of notes) this.notes.set(nameOf(note), { note, age: 0, returns: 0 });
		if (this.isLooking) return undefined;
		this.isLooking = true;
		return this.check();
	}

	/** Queries of two processes can make a note that came back unreadable. */
	hasSlotOf = (note: Note) => [...this.notes.values()].some((one) => mark(one.note) === mark(note));

	private async check(): Promise<void> {
		while (this.notes.size > 0) {
			// This does not keep the process alive.
			await new Promise<void>((resolve) => void after(ERASURES.checkEvery, resolve));
			for (const erased of this.notes.values()) erased.age++;
			const due = [...this.notes.values()].filter(({ age }) => ERASURES.checkedAt.includes(age));
			if (due.length === 0) continue;
			const back = await this.eraseAgain(due.map(({ note }) => note)).catch((): Note[] => []);
			const names = new Set(back.map(nameOf));
			for (const erased of due) {
				const name = nameOf(erased.note);
				if (names.has(name) && erased.returns < ERASURES.returns) {
					erased.returns++;
					erased.age = 0;
				} else if (erased.age >= Math.max(...ERASURES.checkedAt)) this.notes.delete(name);
			}
		}
		this.isLooking = false;
	}
}

const lately = new Map<string, Erasures>();

/** By node: notes that this process erased, the oldest first. */
const remembered = new Map<string, Set<string>>();

function remember(node: string, notes: Note[]): void {
	const names = remembered.get(node) ?? new Set();
	remembered.set(node, names);
	for (const note of notes) names.add(nameOf(note));
	for (const name of names) {
		if (names.size <= ERASURES.remembered) break;
		names.delete(name);
	}
}

/**
 * Checks erased notes again, several times. Nobody waits for it.
 *
 * @param node the node's name, unique in this process
 */
export function watchErased(node: string, notes: Note[], eraseAgain: EraseAgain): void {
	const isGrown = (note: Note) => Date.now() - noteTime(note) >= ERASURES.grown;
	// Nobody can tell a vague note from a later note in its slot.
	const clear = notes.filter((note) => !note.isVague && isGrown(note));
	if (clear.length === 0) return;
	remember(node, clear);
	const erasures = lately.get(node) ?? new Erasures();
	lately.set(node, erasures);
	void erasures.watch(clear, eraseAgain)?.finally(() => lately.delete(node));
}

/** This process writes such a note, so its video is not delivered after all. */
export const forgetErased = (node: string, note: Note): void =>
	void remembered.get(node)?.delete(nameOf(note));

/** Whether this process erased this note. Another process has then brought it back. */
export const wasErased = (node: string, note: Note): boolean =>
	note.isVague
		? lately.get(node)?.hasSlotOf(note) === true
		: remembered.get(node)?.has(nameOf(note)) === true;
