/**
 * Times from users and expressions, in the workflow's timezone. Pure. A published node may not have dependencies, so
 * the timezones come from the language itself (`Intl`).
 */
import { success, type Outcome } from '../../segmind/outcome';
import { invalid } from './field';

/** What a clock on the wall shows. */
interface Wall {
	year: number;
	/** Counts from 1. */
	month: number;
	day: number;
	hour?: number;
	minute?: number;
	second?: number;
}

const asUtc = ({ year, month, day, hour = 0, minute = 0, second = 0 }: Wall) =>
	Date.UTC(year, month - 1, day, hour, minute, second);

/**
 * What a clock in this zone shows at a time.
 *
 * @param time ms since 1970
 * @param zone IANA name, for example `Europe/Berlin`
 */
function wallAt(time: number, zone: string): Required<Wall> {
	const format = new Intl.DateTimeFormat('en-US', {
		timeZone: zone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	});
	const parts = Object.fromEntries(
		format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
	);
	const { year, month, day, hour, minute, second } = parts;
	return { year, month, day, hour, minute, second };
}

/** When a clock in this zone shows this (ms since 1970). */
function timeAt(wall: Wall, zone: string): number {
	const shown = asUtc(wall);
	const offset = (time: number) => asUtc(wallAt(time, zone)) - Math.floor(time / 1000) * 1000;
	// Near the start or end of summer time, the offset may differ an hour away.
	const nearly = shown - offset(shown);
	return shown - offset(nearly);
}

const two = (value: number) => String(value).padStart(2, '0');

/** @returns for example `2026-11-14` */
export function dayIn(zone: string, time: number): string {
	const { year, month, day } = wallAt(time, zone);
	return `${year}-${two(month)}-${two(day)}`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** @returns for example `14 Nov 15:03` */
export function minuteIn(zone: string, time: number): string {
	const { month, day, hour, minute } = wallAt(time, zone);
	return `${day} ${MONTHS[month - 1]} ${two(hour)}:${two(minute)}`;
}

/** @returns ms since 1970 */
export function startOfMonth(zone: string, time: number): number {
	const { year, month } = wallAt(time, zone);
	return timeAt({ year, month, day: 1 }, zone);
}

const WITH_ZONE = /(z|gmt|utc|[+-]\d\d:?\d\d)$/i;
const WITHOUT_ZONE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/;

/** @returns undefined for the 30th of February */
function existing(wall: Wall): Wall | undefined {
	return new Date(asUtc(wall)).getUTCDate() === wall.day && wall.month <= 12 ? wall : undefined;
}

/**
 * Reads a time: ISO text (in `zone` if it names none), a number of seconds or milliseconds since 1970, or a `Date` or
 * Luxon `DateTime` from an expression.
 *
 * @param nextDay for the end of a period: a date without a time then includes the whole day
 * @returns ms since 1970; undefined if it is not a time
 */
export function readTime(value: unknown, zone: string, nextDay = false): number | undefined {
	// Both classes return their milliseconds.
	if (typeof value === 'object' && value !== null) value = value.valueOf();
	const text = String(value ?? '').trim();
	if (/^\d{9,}$/.test(text)) return Number(text) > 1e11 ? Number(text) : Number(text) * 1000;
	const match = WITHOUT_ZONE.exec(text);
	if (match) {
		const [year, month, day, hour, minute, second] = match
			.slice(1)
			.map((part) => (part === undefined ? undefined : Number(part)));
		const wall = existing({ year: year!, month: month!, day: day!, hour, minute, second });
		if (!wall) return undefined;
		const isWholeDay = nextDay && hour === undefined;
		return timeAt(isWholeDay ? { ...wall, day: wall.day + 1 } : wall, zone);
	}
	const time = WITH_ZONE.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(time) ? undefined : time;
}

/** Expressions and language models have several ways to enter nothing. */
export const isEmpty = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/**
 * Reads one end of a period.
 *
 * @param label the field's name as the user sees it
 * @returns undefined in the outcome for an empty field
 */
export function readEnd(
	label: string,
	value: unknown,
	zone: string,
	nextDay = false,
): Outcome<number | undefined> {
	if (isEmpty(value)) return success(undefined);
	const time = readTime(value, zone, nextDay);
	return time === undefined
		? invalid(`${label} is not a date: "${String(value).slice(0, 100)}"`)
		: success(time);
}
