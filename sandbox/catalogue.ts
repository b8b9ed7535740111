/** Times of the service, as data. */
export const TIMING = {
	/** Part of a job's time that it waits in the queue. */
	queueShare: 0.2,
	/** A job that cannot succeed fails this soon, seconds. */
	failSeconds: 0.3,
	/** How long the service waits for an input image, milliseconds. */
	imageFetchMs: 10_000,
	videoFetchMs: 60_000,
	/** A job of an earlier day took so long, seconds. */
	pastSeconds: 200,
	/** A video's file lives so long, milliseconds. */
	fileMs: 7 * 24 * 60 * 60 * 1000,
} as const;
