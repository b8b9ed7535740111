/**
 * How the node reads the account's history. Data only; times in milliseconds. Segmind does not document how soon a
 * request appears there, or which clock its times come from. So the numbers are generous.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const HISTORY = {
	/** How long the node searches for a job whose answer was lost, */
	patience: 2 * MINUTE,
	/** with this backoff after the first list, doubled each time, */
	pauseFirst: 3 * SECOND,
	/** up to this. */
	pauseLongest: 30 * SECOND,
	/** and this much longer at most, while a request may belong to another submit that has no answer yet. */
	inFlight: 15 * MINUTE,
	/** Another search may use a list of at most this age. It is shorter than the first backoff. */
	fresh: 2 * SECOND,
	/** Rows on a page. The service gives no more. */
	perPage: 100,
	/** The service's own page size. A page with fewer rows is the last one, if nothing else says so. */
	perPageDefault: 20,
	/** The most pages that the node reads in one search. */
	pages: 20,
	/** How much the service's clock may differ from this machine's. */
	slack: 5 * MINUTE,
	/**
	 * A smaller difference between the clocks does not count: answers take time, and their times are in whole seconds.
	 */
	clockNoise: 2 * SECOND,
	/** A failed request that is older than the submit by more than this belongs to another submit. */
	failedSlack: 3 * SECOND,
	/** A request that is older than its submit by more than this is taken only if nothing else appears. */
	early: 15 * SECOND,
	/** Time between two polls of a running request that only the history knows. */
	poll: 15 * SECOND,
	/** After this many polls without a readable answer, the node gives up on a request in the history. */
	attempts: 3,
	/** How long the node remembers a request that was delivered or is being worked on, */
	known: 24 * 60 * MINUTE,
	/** and how many of them at most. */
	knownMost: 20_000,
};
