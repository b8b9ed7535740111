import { hasRoom, ROOM } from '../../../nodes/segmind/schedule/room';
import { RATE } from '../../../nodes/segmind/schedule/slots';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const fresh = (count: number) => Array<number>(count).fill(HOUR);

/** How many jobs of the same age fit. */
function most(limit: number, left = HOUR): number {
	for (let count = 0; ; count++) {
		if (!hasRoom(Array<number>(count + 1).fill(left), limit, 0, ROOM.share)) return count;
	}
}

describe('The room of an account', () => {
	it('is for as many fresh jobs as half of the requests of their hour can be asked for', () => {
		for (const limit of [1, 5, 50, 600]) {
			const requests = (HOUR / RATE.window) * limit;
			expect(most(limit)).toBe(Math.floor((requests * ROOM.share) / RATE.readsPerJob));
		}
	});

	it('is for one job at any limit', () => expect(most(1)).toBeGreaterThan(1));

	it('gets less with the age of the jobs', () => {
		expect(most(5, 30 * MINUTE)).toBeLessThan(most(5) * 0.6);
	});

	it('is judged by those whose time is over first, in whatever order they come', () => {
		const old = Array<number>(10).fill(5 * MINUTE);
		expect(hasRoom(old, 5, 0, ROOM.share)).toBe(false);
		expect(hasRoom([HOUR, ...old, HOUR], 5, 0, ROOM.share)).toBe(false);
		expect(hasRoom([HOUR, 20 * MINUTE, HOUR], 5, 0, ROOM.share)).toBe(true);
	});

	it('is not taken by jobs whose time is over: nobody can ask for them any more', () => {
		expect(hasRoom([...Array<number>(500).fill(-1), ...fresh(10)], 5, 0, ROOM.share)).toBe(true);
	});

	it('is not taken by a single job that takes long', () => {
		expect(hasRoom([3 * MINUTE, ...fresh(5)], 5, 0, ROOM.share)).toBe(true);
	});
});
