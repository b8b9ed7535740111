/**
 * Another process that has read n8n's set of values before an erasure and writes it after that brings the erased notes
 * back: its video would be delivered once more, or refused. So what was erased is looked at again for some seconds.
 */
import { sleep } from 'n8n-workflow';

import { mark, noteTime, type Note } from './noteValues';

export const ERASURES = {
	/** ms between two looks. */
	look: 250,
	/** A note is looked at after so many of these pauses: an access takes milliseconds, seconds in a busy database. */
	looksAt: [1, 4, 12],
	/** A note that goes sooner (ms) is not looked at again: one on another video may be of the same second. */
	grown: 3000,
	/** A note that comes back more often stays: the next run takes its video over, or refuses it once. */
	returns: 5,
};

interface Erased {
	note: Note;
	/** Pauses since it was erased. */
	age: number;
	/** How often it was there again. */
	returns: number;
}

/** Erases those of the notes that are there again, and returns them. */
type EraseAgain = (notes: Note[]) => Promise<Note[]>;

const nameOf = (note: Note) => `${mark(note)} ${noteTime(note)}`;

/** The notes of one node that this process has erased lately. */
class Erasures {
	private readonly notes = new Map<string, Erased>();

	private isLooking = false;

	/** The latest run's: the store of an earlier one may not have worked. */
	private eraseAgain: EraseAgain = async () => await Promise.resolve([]);

	watch(notes: Note[], eraseAgain: EraseAgain): Promise<void> | undefined {
		this.eraseAgain = eraseAgain;
		for (const note of notes) this.notes.set(nameOf(note), { note, age: 0, returns: 0 });
		if (this.isLooking) return undefined;
		this.isLooking = true;
		return this.look();
	}

	has = (note: Note) => !note.isVague && this.notes.has(nameOf(note));

	private async look(): Promise<void> {
		while (this.notes.size > 0) {
			await sleep(ERASURES.look);
			for (const erased of this.notes.values()) erased.age++;
			const due = [...this.notes.values()].filter(({ age }) => ERASURES.looksAt.includes(age));
			if (due.length === 0) continue;
			const back = await this.eraseAgain(due.map(({ note }) => note)).catch((): Note[] => []);
			const names = new Set(back.map(nameOf));
			for (const erased of due) {
				const name = nameOf(erased.note);
				if (names.has(name) && erased.returns < ERASURES.returns) {
					erased.returns++;
					erased.age = 0;
				} else if (erased.age >= Math.max(...ERASURES.looksAt)) this.notes.delete(name);
			}
		}
		this.isLooking = false;
	}
}

const lately = new Map<string, Erasures>();

/**
 * Looks at erased notes again, several times; nobody waits for it.
 *
 * @param node names the node among all of this process
 */
export function watchErased(node: string, notes: Note[], eraseAgain: EraseAgain): void {
	const isGrown = (note: Note) => Date.now() - noteTime(note) >= ERASURES.grown;
	// Nobody can tell a vague note from a later one in its slot.
	const clear = notes.filter((note) => !note.isVague && isGrown(note));
	if (clear.length === 0) return;
	const erasures = lately.get(node) ?? new Erasures();
	lately.set(node, erasures);
	void erasures.watch(clear, eraseAgain)?.finally(() => lately.delete(node));
}

/** Whether this process has erased the very note, seconds ago: another one has brought it back. */
export const wasErased = (node: string, note: Note): boolean =>
	lately.get(node)?.has(note) === true;
