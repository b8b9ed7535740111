import { mostAtOnce } from '../../../bench/queue';

const job = (createdAt: number, completedAt?: number) => ({ createdAt, completedAt });

describe('The most jobs at once', () => {
	it.each([
		['none', [], 0],
		['one after the other', [job(0, 5), job(5, 10)], 1],
		['together', [job(0, 5), job(1, 6), job(2, 3)], 3],
		['one that never ends', [job(0), job(100, 101)], 2],
	])('%s', (_, jobs, most) => {
		expect(mostAtOnce(jobs)).toBe(most);
	});
});
