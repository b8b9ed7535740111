/**
 * The values that stand for a note in n8n's store for duplicates, which answers one question only: was this value
 * there? So a time is three values, of which each is one of few, and can be asked for. Pure.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A note older than this (hours) is ignored and removed. */
export const LIFETIME = 24;

/** What the database knows of one video. */
export interface Note {
	hash: string;
	/** From 1: equal videos have a slot each. */
	slot: number;
	/** Hours since 1970. */
	hour: number;
	/** 0 to 59 */
	minute: number;
	/** 0 to 59 */
	second: number;
	/** Hash of the addresses at which uploaded files were sent, where there are any. */
	addresses?: string;
	/** Processes died while they asked for the time: it was within a day before this one. */
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

/** When at the earliest the note was written, ms since 1970. */
export const earliestOf = (note: Note): number =>
	noteTime(note) - (note.isVague ? LIFETIME * HOUR : 0);

export const mark = ({ hash, slot }: Slot) => `segmind ${hash} ${slot}`;

/** What stands there twice: a kill in the middle of a question leaves one of the two. */
export const again = (value: string) => `${value} again`;

/** A time stands there twice: a kill in the middle of a question makes one of them unreadable. */
type Copy = 'first' | 'second';
const nameOf = (slot: Slot, copy: Copy) => (copy === 'first' ? mark(slot) : again(mark(slot)));

const hourValue = (of: string, hour: number) => `${of} hour ${hour}`;
const minuteValue = (of: string, minute: number) => `${of} minute ${minute}`;
const secondValue = (of: string, second: number) => `${of} second ${second}`;

/** A request that was taken over and delivered: no other process may take it once more. Stands there twice. */
export const deliveredValue = (requestId: string) => `segmind delivered ${requestId}`;

/** The video was sent with its uploaded files at these addresses. Stands there twice. */
export const addressesValue = (slot: Slot, addresses: string) => `${mark(slot)} at ${addresses}`;

/** A note's time in one of its copies. */
export function copyValues(note: Note, copy: Copy): string[] {
	const of = nameOf(note, copy);
	return [hourValue(of, note.hour), minuteValue(of, note.minute), secondValue(of, note.second)];
}

const timeValues = (note: Note): string[] => [
	...copyValues(note, 'first'),
	...copyValues(note, 'second'),
];

/** A clock that was set back by an hour still finds its notes. */
const hoursUntil = (now: number) => range(timeOf(now).hour - LIFETIME, timeOf(now).hour + 1);
const SIXTY = range(0, 59);

/** All times that a note can have. */
export function possibleTimes(slot: Slot, copy: Copy, now: number): string[] {
	const of = nameOf(slot, copy);
	return [
		...hoursUntil(now).map((hour) => hourValue(of, hour)),
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
	const hours = hoursUntil(now).filter((n) => there.has(hourValue(of, n)));
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

/** A note whose time nobody can read any more. */
export const vagueNote = (slot: Slot, now: number): Note => ({
	...slot,
	...timeOf(now),
	isVague: true,
});

/** All that the store has of a note. */
export function valuesOf(note: Note): string[] {
	const all = (copy: Copy) => possibleTimes(note, copy, noteTime(note));
	const times = note.isVague ? [...all('first'), ...all('second')] : timeValues(note);
	const at = note.addresses ? [addressesValue(note, note.addresses)] : [];
	return [mark(note), ...times, ...at, ...at.map(again)];
}
