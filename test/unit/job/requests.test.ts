import type { HistoryRow } from '../../../nodes/segmind/job/history';
import { fits, windowsOf } from '../../../nodes/segmind/job/requests';

const DAY = 24 * 60 * 60 * 1000;
const at = (iso: string) => Date.parse(iso);
const day = (time: number) => new Date(time).toISOString().slice(0, 10);
const daysOf = (from: string, to: string) =>
	windowsOf(at(from), at(to)).map((window) => [day(window.from), day(window.to)]);

describe('The windows of a period', () => {
	it('are one, of whole days, for up to 31 days', () => {
		expect(daysOf('2026-10-01T13:00:00Z', '2026-10-31T23:59:59Z')).toEqual([
			['2026-10-01', '2026-10-31'],
		]);
		expect(daysOf('2026-10-01T13:00:00Z', '2026-10-01T14:00:00Z')).toEqual([
			['2026-10-01', '2026-10-01'],
		]);
	});

	it('go back from the end', () => {
		expect(daysOf('2026-08-30T00:00:00Z', '2026-11-01T01:00:00Z')).toEqual([
			['2026-10-02', '2026-11-01'],
			['2026-09-01', '2026-10-01'],
			['2026-08-30', '2026-08-31'],
		]);
	});

	it('are none where the end is before the beginning', () => {
		expect(windowsOf(at('2026-11-02T00:00:00Z'), at('2026-11-01T00:00:00Z'))).toEqual([]);
	});

	it.each([1, 2, 31, 32, 62, 63, 365, 400])('cover each of %i days once, 31 at most', (length) => {
		const first = at('2025-01-05T00:00:00Z');
		const windows = windowsOf(first + 3_600_000, first + length * DAY - 1);
		const days = windows.flatMap(({ from, to }) => {
			const count = (to - from) / DAY + 1;
			expect(count).toBeLessThanOrEqual(31);
			return Array.from({ length: count }, (_, index) => from + index * DAY);
		});
		expect(days.sort((one, other) => one - other)).toEqual(
			Array.from({ length }, (_, index) => first + index * DAY),
		);
	});
});

describe('A row fits', () => {
	const row = (known: Partial<HistoryRow>): HistoryRow => ({
		requestId: 'a',
		model: 'kling-o3-image2video',
		status: 'COMPLETED',
		createdAt: 1000,
		raw: {},
		...known,
	});
	const period = { from: 1000, to: 2000 };

	it.each([
		['at the beginning', {}, true],
		['before it', { createdAt: 999 }, false],
		['just before the end', { createdAt: 1999 }, true],
		['at the end', { createdAt: 2000 }, false],
		['without a time: the service has chosen it', { createdAt: undefined }, true],
	])('a period: %s', (_name, known, expected) => {
		expect(fits(row(known), period)).toBe(expected);
	});

	it('a period without an end, though the clock of the service is ahead', () => {
		expect(fits(row({ createdAt: Date.now() + 60_000 }), { from: 1000 })).toBe(true);
	});

	it.each([
		['part of it', 'Kling-O3', 'kling-o3-image2video', true],
		['another', 'kling-o3', 'flux-pro', false],
		['a row that names none', 'kling-o3', '', true],
	])('a model: %s', (_name, model, name, expected) => {
		expect(fits(row({ model: name }), { ...period, model })).toBe(expected);
	});

	it.each([
		['COMPLETED', 'COMPLETED', true],
		['COMPLETED', 'FAILED', false],
		['FAILED', 'COMPLETED', false],
		['PENDING', 'COMPLETED', false],
		['PENDING', 'PENDING', true],
		// Words that the service may use for them.
		['PENDING', 'PROCESSING', true],
		['COMPLETED', 'SUCCEEDED', true],
		['COMPLETED', 'ARCHIVED', true],
		['PENDING', 'SUCCEEDED', false],
		['COMPLETED', '', true],
	] as const)('the status %s: a row that says "%s"', (status, said, expected) => {
		expect(fits(row({ status: said }), { ...period, status })).toBe(expected);
	});
});
