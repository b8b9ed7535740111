/** How the node waits for parked videos. Data only; times in milliseconds. */

const SECOND = 1000;

export const PARK = {
	/** The most items that a run may park: it submits all of them first. */
	mostItems: 50,
	/**
	 * n8n keeps a wait in memory if less than 65 s are left when it checks. It checks a moment after the wait began, so
	 * exactly 65 s are sometimes too short.
	 */
	shortest: 67 * SECOND,
	/** How long a poll of a parked video retries after faults. Then the video is parked again. */
	patience: 30 * SECOND,
	/** How often fetching starts again after n8n was killed during it. */
	attempts: 20,
	/**
	 * Pauses between the checks whether the parked execution has its videos. After the last one the notes stay for a
	 * day.
	 */
	checks: [250, 500, 1000, 1000, 2000, 2000, 5000, 10_000, 30_000, 60_000, 60_000],
	/** A time-out may still end an execution that has just got its videos, so the node waits this long. */
	settled: 3 * SECOND,
};
