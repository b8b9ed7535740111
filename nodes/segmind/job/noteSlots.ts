/** Finds out which videos have notes, and when the notes were written. */
import { NOTES } from '../policy/notes';
import type { NoteAccess } from './noteStore';
import {
	mark,
	possibleTimes,
	range,
	readTime,
	vagueNote,
	valuesOf,
	type Note,
	type Slot,
} from './noteValues';

export const partsOf = <T>(list: T[], size: number): T[][] =>
	range(0, Math.ceil(list.length / size) - 1).map((n) => list.slice(n * size, (n + 1) * size));

/** How many slots of each video it reads: at least one for each wanted copy. */
function slotsFor(distinct: number, copies: number): number {
	const affordable = Math.floor(NOTES.asked / Math.max(distinct, 1));
	return Math.max(copies, Math.min(Math.max(affordable, NOTES.slotsAtLeast), NOTES.slots));
}

/** Slots of the wanted videos that have a mark and that nobody in this process works on. */
export async function slotsThere(
	store: NoteAccess,
	hashes: string[],
	taken: Set<string>,
): Promise<Slot[]> {
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
			for (const of of await store.ask(asked)) there.add(of);
		}
		found.push(...slots.filter((slot) => there.has(mark(slot))));
		const isTaken = (slot: Slot) => there.has(mark(slot)) || taken.has(mark(slot));
		open = open
			.filter(({ hash, to }) => isTaken({ hash, slot: to }))
			.map(({ hash, to }) => ({ hash, from: to + 1, to: to + NOTES.slots }));
	}
	return found;
}

/** Finds out when marked videos were submitted. Removes values that are too old or that a query left. */
export async function date(store: NoteAccess, slots: Slot[], now: number): Promise<Note[]> {
	const { notes, left } = await readDates(store, slots, now);
	await store.remove(left);
	return notes;
}

/** @returns the notes, and the values that are too old or that a query left */
export async function readDates(
	store: NoteAccess,
	slots: Slot[],
	now: number,
): Promise<{ notes: Note[]; left: string[] }> {
	const read = async (copy: 'first' | 'second', some: Slot[]) => {
		const asked = some.flatMap((slot) => possibleTimes(slot, copy, now));
		const there = await store.ask(asked);
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
		// A mark that only a query has left has no second copy.
		const isVague = copies.every((copy) => copy?.reading === 'many');
		const note = clear ?? (isVague ? vagueNote(slot, now) : undefined);
		if (note) notes.push(note);
		// These are left over from a kill. A vague note keeps them, because it has nothing else.
		const kept = note ? new Set(valuesOf(note)) : new Set<string>();
		const all = valuesOf(vagueNote(slot, now));
		if (copies[0]?.reading !== 'one') left.push(...all.filter((value) => !kept.has(value)));
	}
	return { notes, left };
}
