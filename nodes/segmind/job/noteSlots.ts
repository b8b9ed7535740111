/** Finds out which videos have notes, and when the notes were written. */
import { NOTES } from '../policy/notes';
import type { NoteAccess } from './noteStore';
import {
	again,
	hourValue,
	mark,
	possibleTimes,
	range,
	readTime,
	timeOf,
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

/**
 * Which slots of the wanted videos have a mark and which have none, without those that a run of this process works on.
 */
export async function slotsThere(
	store: NoteAccess,
	hashes: string[],
	taken: Set<string>,
): Promise<{ marked: Slot[]; unmarked: Slot[] }> {
	const copies = new Map<string, number>();
	for (const hash of hashes) copies.set(hash, (copies.get(hash) ?? 0) + 1);
	const [marked, unmarked]: [Slot[], Slot[]] = [[], []];
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
		for (const slot of slots) {
			if (there.has(mark(slot))) marked.push(slot);
			else if (!taken.has(mark(slot))) unmarked.push(slot);
		}
		const isTaken = (slot: Slot) => there.has(mark(slot)) || taken.has(mark(slot));
		open = open
			.filter(({ hash, to }) => isTaken({ hash, slot: to }))
			.map(({ hash, to }) => ({ hash, from: to + 1, to: to + NOTES.slots }));
	}
	return { marked, unmarked };
}

/**
 * Another process can bring back the marks that a question added. Nobody would erase them, and the set would grow with
 * every question. Removes those that are no note's.
 *
 * @param slots had no mark a moment ago, so a note in one of them is new
 * @param now ms since 1970
 */
export async function removeBroughtBack(
	store: NoteAccess,
	slots: Slot[],
	now: number,
): Promise<void> {
	const { hour } = timeOf(now);
	const hoursOf = (slot: Slot) =>
		range(hour - 1, hour + 1).map((one) => hourValue(again(mark(slot)), one));
	for (const part of partsOf(slots, NOTES.tidied)) {
		const there = await store.ask(part.flatMap(hoursOf));
		const isNote = (slot: Slot) => hoursOf(slot).some((value) => there.has(value));
		await store.remove(part.filter((slot) => !isNote(slot)).map(mark));
	}
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
