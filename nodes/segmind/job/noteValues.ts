/**
 * The values of a note in n8n's store for duplicates. The store answers only one question: was this value there? So a
 * time is three values. Each has few possible values, so a query can try all of them. Pure.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A note older than this (hours) is ignored and removed. */
export const LIFETIME = 24;

/** What the database knows about one video. */
export interface Note {
	hash: string;
	/** From 1. Each of several equal videos has its own slot. */
	slot: number;
	/** Hours since 1970. */
	hour: number;
	/** 0 to 59 */
	minute: number;
	/** 0 to 59 */
	second: number;
	/** Hash of the addresses of the uploaded files, if there are any. */
	addresses?: string;
	/** Processes died while they read the time. The note was written within a day before this time. */
	isVague?: true;
}

export type Slot = Pick<Note, 'hash' | 'slot'>;

export const range = (from: number, to: number) =>
	Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);

/** @param ms since 1970 */
export const timeOf = (ms: number): Pick<Note, 'hour' | 'minute' | 'second'> => ({
	hour: Math.floor(ms / HOUR),
	minute: Math.floor((ms % HOUR) / MINUTE),
	second: Math.floor((ms % MINUTE) / SECOND),
});

/** The second in which the note was written, ms since 1970. */
export const noteTime = ({ hour, minute, second }: Note): number =>
	hour * HOUR + minute * MINUTE + second * SECOND;

/** The earliest time at which the note may have been written, ms since 1970. */
export const earliestOf = (note: Note): number =>
	noteTime(note) - (note.isVague ? LIFETIME * HOUR : 0);

export const mark = ({ hash, slot }: Slot) => `segmind ${hash} ${slot}`;

/** The second copy of a value. A kill during a query leaves only one of the two. */
export const again = (value: string) => `${value} again`;

/** A time has two copies. A kill during a query makes one of them unreadable. */
type Copy = 'first' | 'second';
const nameOf = (slot: Slot, copy: Copy) => (copy === 'first' ? mark(slot) : again(mark(slot)));

export const hourValue = (of: string, hour: number) => `${of} hour ${hour}`;
const minuteValue = (of: string, minute: number) => `${of} minute ${minute}`;
const secondValue = (of: string, second: number) => `${of} second ${second}`;

/** A request that was taken over and delivered. No other process may take it again. It has two copies. */
export const deliveredValue = (requestId: string) => `segmind delivered ${requestId}`;

/** The video was sent with its uploaded files at these addresses. It has two copies. */
export const addressesValue = (slot: Slot, addresses: string) => `${mark(slot)} at ${addresses}`;

/** A note's time in one of its copies. */
function copyValues(note: Note, copy: Copy): string[] {
	const of = nameOf(note, copy);
	return [hourValue(of, note.hour), minuteValue(of, note.minute), secondValue(of, note.second)];
}

/**
 * Proves that this note is there, and not another one in its slot. It uses the second copy: a kill during this query
 * leaves the first copy unchanged, whichever note it belongs to. A vague note has no proof, because nobody can tell
 * it from another one.
 */
export const proofOf = (note: Note): string[] => (note.isVague ? [] : copyValues(note, 'second'));

/** @param there which values are in the store */
export const isProven = (note: Note, there: Set<string>): boolean =>
	proofOf(note).every((value) => there.has(value));

const timeValues = (note: Note): string[] => [
	...copyValues(note, 'first'),
	...copyValues(note, 'second'),
];

/** If a clock was ahead and was set right since, it still finds its notes. */
const hoursAround = (now: number) =>
	range(timeOf(now).hour - LIFETIME, timeOf(now).hour + LIFETIME);
const SIXTY = range(0, 59);

/** All times that a note may have. */
export function possibleTimes(slot: Slot, copy: Copy, now: number): string[] {
	const of = nameOf(slot, copy);
	return [
		...hoursAround(now).map((hour) => hourValue(of, hour)),
		...SIXTY.map((minute) => minuteValue(of, minute)),
		...SIXTY.map((second) => secondValue(of, second)),
	];
}

/** Whether a copy has exactly one time. */
export type Reading = 'one' | 'none' | 'many';

/**
 * Reads a note's time.
 *
 * @param there which of the possible times are in the store
 */
export function readTime(
	slot: Slot,
	copy: Copy,
	there: Set<string>,
	now: number,
): { reading: Reading; note?: Note } {
	const of = nameOf(slot, copy);
	const hours = hoursAround(now).filter((n) => there.has(hourValue(of, n)));
	const minutes = SIXTY.filter((n) => there.has(minuteValue(of, n)));
	const seconds = SIXTY.filter((n) => there.has(secondValue(of, n)));
	const counts = [hours.length, minutes.length, seconds.length];
	if (counts.includes(0)) return { reading: 'none' };
	if (counts.some((count) => count > 1)) return { reading: 'many' };
	return {
		reading: 'one',
		note: { ...slot, hour: hours[0], minute: minutes[0], second: seconds[0] },
	};
}

/** A note whose time is no longer readable. */
export const vagueNote = (slot: Slot, now: number): Note => ({
	...slot,
	...timeOf(now),
	isVague: true,
});

/** Everything that the store has of a note. */
export function valuesOf(note: Note): string[] {
	const all = (copy: Copy) => possibleTimes(note, copy, noteTime(note));
	const times = note.isVague ? [...all('first'), ...all('second')] : timeValues(note);
	const at = note.addresses ? [addressesValue(note, note.addresses)] : [];
	return [mark(note), ...times, ...at, ...at.map(again)];
}
