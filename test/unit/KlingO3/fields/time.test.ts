import { dayIn, minuteIn, readTime, startOfMonth } from '../../../../nodes/KlingO3/fields/time';

const at = (iso: string) => Date.parse(iso);

describe('A time', () => {
	it.each([
		['in New York in winter', '2026-11-14 08:30', 'America/New_York', '2026-11-14T13:30:00Z'],
		['in New York in summer', '2026-07-14T08:30:15', 'America/New_York', '2026-07-14T12:30:15Z'],
		['as the date picker gives it', '2026-11-01T00:00:00', 'Asia/Tokyo', '2026-10-31T15:00:00Z'],
		['a day', '2026-11-01', 'Europe/Berlin', '2026-10-31T23:00:00Z'],
		['a quarter past', '2026-11-01T00:00', 'Asia/Kathmandu', '2026-10-31T18:15:00Z'],
		['on the day summer time ends', '2026-10-25T12:00:00', 'Europe/Berlin', '2026-10-25T11:00:00Z'],
		['an hour before it ends', '2026-10-25T01:30:00', 'Europe/Berlin', '2026-10-24T23:30:00Z'],
		['an hour after it began', '2026-03-29T03:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
		['on 29 February', '2028-02-29', 'UTC', '2028-02-29T00:00:00Z'],
	])('without a timezone is one of the workflow: %s', (_name, text, zone, expected) => {
		expect(new Date(readTime(text, zone)!).toISOString()).toBe(new Date(expected).toISOString());
	});

	it.each([
		['UTC', '2026-11-14T08:30:00Z'],
		['an offset', '2026-11-14T10:30:00.000+02:00'],
		['a mail', 'Sat, 14 Nov 2026 08:30:00 GMT'],
		['seconds', at('2026-11-14T08:30:00Z') / 1000],
		['milliseconds as text', String(at('2026-11-14T08:30:00Z'))],
		['a Date', new Date('2026-11-14T08:30:00Z')],
		['a DateTime of Luxon', { valueOf: () => at('2026-11-14T08:30:00Z') }],
	])('that is exact stays so: %s', (_name, value) => {
		expect(readTime(value, 'America/New_York')).toBe(at('2026-11-14T08:30:00Z'));
	});

	it.each(['next week', '14.11.2026', '2026-02-30', '2026-13-01', '2026', {}, ''])(
		'is not read into %p',
		(value) => expect(readTime(value, 'UTC')).toBeUndefined(),
	);

	it('at the end of a period, a day without a time of day is the whole day', () => {
		expect(readTime('2026-11-30', 'Europe/Berlin', true)).toBe(at('2026-12-01T00:00:00+01:00'));
		expect(readTime('2026-11-30T00:00:00', 'Europe/Berlin', true)).toBe(
			at('2026-11-30T00:00:00+01:00'),
		);
	});
});

describe('The calendar of a timezone', () => {
	const time = at('2026-11-01T03:30:00Z');

	it('has its own days and months', () => {
		expect(dayIn('America/New_York', time)).toBe('2026-10-31');
		expect(dayIn('Europe/Berlin', time)).toBe('2026-11-01');
		expect(minuteIn('Europe/Berlin', time)).toBe('1 Nov 04:30');
		expect(minuteIn('UTC', at('2026-11-01T00:05:00Z'))).toBe('1 Nov 00:05');
		expect(startOfMonth('America/New_York', time)).toBe(at('2026-10-01T00:00:00-04:00'));
		expect(startOfMonth('Europe/Berlin', time)).toBe(at('2026-11-01T00:00:00+01:00'));
	});

	it('begins a month at midnight, also where summer time began or ended in it', () => {
		expect(startOfMonth('Europe/Berlin', at('2026-10-31T12:00:00Z'))).toBe(
			at('2026-10-01T00:00:00+02:00'),
		);
		expect(startOfMonth('Europe/Berlin', at('2026-03-31T12:00:00Z'))).toBe(
			at('2026-03-01T00:00:00+01:00'),
		);
	});
});
