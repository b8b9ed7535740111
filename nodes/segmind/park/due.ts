/** When a parked video is looked at. Pure; all times in milliseconds. */
import { PARK } from '../policy/park';

/** What is known of a video that is being made. */
export interface Expected {
	/** When it should be finished, ms since 1970. */
	due: number;
	/** When waiting ends, ms since 1970. */
	deadline: number;
}

/**
 * @param submittedAt ms since 1970
 * @param takes how long such a video takes at most, as a rule (s)
 * @param deadline ms since 1970
 */
export const expected = (submittedAt: number, takes: number, deadline: number): Expected => ({
	due: Math.min(submittedAt + takes * 1000, deadline),
	deadline,
});

/** How long to stay parked: until the first of the videos is due, and never less than n8n keeps in its database. */
export function parkedFor(videos: Expected[], now: number): number {
	const first = Math.min(...videos.map(({ due }) => due));
	return Math.max(first - now, PARK.shortest);
}

/** A video that was looked at and is not finished. */
export function stillRunning<T extends Expected>(video: T, now: number): T {
	return { ...video, due: Math.min(Math.max(video.due, now + PARK.shortest), video.deadline) };
}
