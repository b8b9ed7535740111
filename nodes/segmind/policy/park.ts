/** How parked videos are waited for. Data only; times in milliseconds. */

const SECOND = 1000;

export const PARK = {
	/** Items that a run may park: it submits all of them before it parks. */
	mostItems: 50,
	/**
	 * n8n keeps a wait in memory that has less than 65 s left when it looks, a moment after it began: exactly 65 s are
	 * sometimes too short.
	 */
	shortest: 67 * SECOND,
	/** Faults are ridden out for so long when a parked video is looked at; then it is parked again. */
	patience: 30 * SECOND,
	/** How often the fetching begins anew when n8n is killed in the middle of it. */
	attempts: 20,
	/** Pauses between looks whether the parked execution has its videos; then the notes stay for a day. */
	looks: [250, 500, 1000, 1000, 2000, 2000, 5000, 10_000, 30_000, 60_000, 60_000],
	/** An execution that has its videos may still be ended by its time-out at once. */
	settled: 3 * SECOND,
};
