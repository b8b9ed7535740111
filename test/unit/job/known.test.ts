import { KnownRequests } from '../../../nodes/segmind/job/known';
import { HISTORY } from '../../../nodes/segmind/policy/history';

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;

describe('The requests that a process knows', () => {
	it('are known for a day', () => {
		const known = new KnownRequests();
		known.add('a', NOW);
		expect(known.has('a', NOW + 23 * HOUR)).toBe(true);
		expect(known.has('a', NOW + 25 * HOUR)).toBe(false);
		expect(known.has('b', NOW)).toBe(false);
	});

	it('are forgotten when they are older, so that they do not pile up', () => {
		const known = new KnownRequests();
		for (let hour = 0; hour < 100; hour++) known.add(`r${hour}`, NOW + hour * HOUR);
		expect(known.size).toBe(25);
		expect(known.has('r99', NOW + 99 * HOUR)).toBe(true);
	});

	it('are so many at most, the newest of them', () => {
		const known = new KnownRequests(3);
		for (const id of ['a', 'b', 'c', 'a', 'd']) known.add(id, NOW);
		expect(['a', 'b', 'c', 'd'].map((id) => known.has(id, NOW))).toEqual([true, false, true, true]);
		expect(HISTORY.knownMost).toBeGreaterThanOrEqual(10_000);
	});

	it('are given back by a run that did not deliver them', () => {
		const known = new KnownRequests();
		known.add('a', NOW);
		known.delete('a');
		expect(known.has('a', NOW)).toBe(false);
	});
});
