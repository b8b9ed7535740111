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
	/** A process died while it asked for the time: it was within a day before this time. */
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

const hourValue = (of: string, hour: number) => `${of} hour ${hour}`;
const minuteValue = (of: string, minute: number) => `${of} minute ${minute}`;
const secondValue = (of: string, second: number) => `${of} second ${second}`;

/** A request that was taken over and delivered: no other process may take it once more. */
export const deliveredValue = (requestId: string) => `segmind delivered ${requestId}`;

/** The video was sent with its uploaded files at these addresses. */
export const addressesValue = (slot: Slot, addresses: string) => `${mark(slot)} at ${addresses}`;

export const timeValues = (slot: Slot, { hour, minute, second }: ReturnType<typeof timeOf>) => [
	hourValue(mark(slot), hour),
	minuteValue(mark(slot), minute),
	secondValue(mark(slot), second),
];

/** All times that a note can have; a clock that was set back by an hour still finds its notes. */
export function possibleTimes(slot: Slot, now: number): string[] {
	const of = mark(slot);
	const latest = timeOf(now).hour;
	return [
		...range(latest - LIFETIME, latest + 1).map((hour) => hourValue(of, hour)),
		...range(0, 59).map((minute) => minuteValue(of, minute)),
		...range(0, 59).map((second) => secondValue(of, second)),
	];
}

/**
 * Reads a note's time.
 *
 * @param there which of the possible times are in the store
 * @returns undefined where it is no note: too old, or left by a question that a kill had interrupted
 */
export function readTime(slot: Slot, there: Set<string>, now: number): Note | undefined {
	const of = mark(slot);
	const latest = timeOf(now).hour;
	const hours = range(latest - LIFETIME, latest + 1).filter((n) => there.has(hourValue(of, n)));
	const minutes = range(0, 59).filter((n) => there.has(minuteValue(of, n)));
	const seconds = range(0, 59).filter((n) => there.has(secondValue(of, n)));
	const counts = [hours.length, minutes.length, seconds.length];
	if (counts.includes(0)) return undefined;
	if (counts.every((count) => count === 1)) {
		return { ...slot, hour: hours[0], minute: minutes[0], second: seconds[0] };
	}
	return { ...slot, ...timeOf(now), isVague: true };
}

/** All that the store has of a note. */
export function valuesOf(note: Note): string[] {
	const times = note.isVague ? possibleTimes(note, noteTime(note)) : timeValues(note, note);
	const at = note.addresses ? [addressesValue(note, note.addresses)] : [];
	return [mark(note), ...times, ...at];
}
