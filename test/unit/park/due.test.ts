import { expected, parkedFor, stillRunning } from '../../../nodes/segmind/park/due';
import { PARK } from '../../../nodes/segmind/policy/park';

const SECOND = 1000;
const NOW = 1_800_000_000_000;
const HOUR = 3600 * SECOND;

describe('When a parked video is looked at', () => {
	it('is when such a video is finished as a rule', () => {
		const video = expected(NOW, 250, NOW + HOUR);
		expect(parkedFor([video], NOW)).toBe(250 * SECOND);
	});

	it('is when its Max Wait is over, where that is sooner', () => {
		const video = expected(NOW, 250, NOW + 120 * SECOND);
		expect(parkedFor([video], NOW)).toBe(120 * SECOND);
	});

	it('is when the first of them is due', () => {
		const videos = [250, 150, 225].map((takes) => expected(NOW, takes, NOW + HOUR));
		expect(parkedFor(videos, NOW)).toBe(150 * SECOND);
	});

	it.each([
		['a moment', 5],
		['the past', -500],
	])('is never sooner than n8n keeps in its database: due in %s', (_, seconds) => {
		const video = { due: NOW + seconds * SECOND, deadline: NOW + HOUR };
		expect(parkedFor([video], NOW)).toBe(PARK.shortest);
	});

	it('is once more a while later, when it was not finished', () => {
		const video = { due: NOW - SECOND, deadline: NOW + HOUR };
		expect(stillRunning(video, NOW).due).toBe(NOW + PARK.shortest);
	});

	it('is for the last time at its deadline', () => {
		const video = { due: NOW, deadline: NOW + 20 * SECOND };
		expect(stillRunning(video, NOW).due).toBe(NOW + 20 * SECOND);
	});

	it('does not come sooner because another video was looked at', () => {
		const later = { due: NOW + 200 * SECOND, deadline: NOW + HOUR };
		expect(stillRunning(later, NOW)).toEqual(later);
	});
});
