/** When a parked video is polled. Pure; all times in milliseconds. */
import { PARK } from '../policy/park';

/** What is known about a video that is not finished. */
export interface Expected {
	/** When it should be finished, ms since 1970. */
	due: number;
	/** When waiting ends, ms since 1970. */
	deadline: number;
}

/**
 * @param submittedAt ms since 1970
 * @param takes how long such a video usually takes at most (s)
 * @param deadline ms since 1970
 */
export const expected = (submittedAt: number, takes: number, deadline: number): Expected => ({
	due: Math.min(submittedAt + takes * 1000, deadline),
	deadline,
});

/**
 * How long to stay parked (ms): until the first video is due, but never shorter than a wait that n8n keeps in its
 * database.
 */
export function parkedFor(videos: Expected[], now: number): number {
	const first = Math.min(...videos.map(({ due }) => due));
	return Math.max(first - now, PARK.shortest);
}

/** A video that was polled and is not finished. */
export function stillRunning<T extends Expected>(video: T, now: number): T {
	return { ...video, due: Math.min(Math.max(video.due, now + PARK.shortest), video.deadline) };
}
