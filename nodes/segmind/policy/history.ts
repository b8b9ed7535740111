/**
 * How the account's history is asked. Data only; times in milliseconds. How soon a request appears there is not
 * documented, nor is the clock that its times come from, so the numbers are generous.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const HISTORY = {
	/** A job whose answer was lost is looked for so long, */
	patience: 2 * MINUTE,
	/** with this pause after the first look, doubled each time, */
	pauseFirst: 3 * SECOND,
	/** up to this. */
	pauseLongest: 30 * SECOND,
	/** A list that was asked for so long ago serves another one who looks: shorter than the first pause. */
	fresh: 2 * SECOND,
	/** Rows on a page: the most that the service gives. */
	perPage: 100,
	/** A page with fewer rows than the service gives by itself is the last, where nothing else tells. */
	perPageDefault: 20,
	/** Pages that are read for one look at most. */
	pages: 20,
	/** So far the service's clock may differ from this machine's. */
	slack: 5 * MINUTE,
	/** Less than this of a difference is no more than the way of an answer and its whole seconds. */
	clockNoise: 2 * SECOND,
	/** A failed request that is older than the submit by more than this is another one. */
	failedSlack: 3 * SECOND,
	/** A request that is older than its submit by more than this is taken only when nothing else comes up. */
	early: 15 * SECOND,
	/** Pause between two looks at one request that is under way and known to the history alone. */
	poll: 15 * SECOND,
	/** Looks at one request that bring nothing readable, before it counts as not to be had there. */
	tries: 3,
	/** A request that was delivered or is worked on is remembered for so long, */
	known: 24 * 60 * MINUTE,
	/** and so many of them at most. */
	knownMost: 20_000,
};
