/** How much the notes use n8n's database, and how long they wait for it. */
const MINUTE = 60_000;

export const NOTES = {
	/** The store keeps this many values: up to nine for each video that was never delivered. The oldest go first. */
	values: 20_000,
	/** Values in one query. */
	asked: 2000,
	/** Notes whose times one query asks for: 169 values each. */
	dated: 20,
	/** Slots whose hours one query asks for: three values each. */
	tidied: 600,
	/** Slots that the node reads for each video. While the last one is taken, it reads this many more. */
	slots: 50,
	/** With very many videos, at least this many. */
	slotsAtLeast: 5,
	/** After this time (ms) the run continues without the store. It is long because n8n is busy right after a restart. */
	patience: 60_000,
	/** Attempts at a store that refuses, for example because its database is locked for a moment, */
	attempts: 3,
	/** with this backoff (ms). */
	pause: 500,
	/**
	 * How long others wait (ms) for a stopped run whose submits are still being answered: longer than such a submit may
	 * take. Also for a run that refuses a video, until it has said so.
	 */
	ending: 45_000,
	/** ms between two checks whether this time is over. */
	checkEvery: 200,
	/** ms after which a run writes its notes again; doubled each time, */
	assureFirst: 5000,
	/** up to this. */
	assureLongest: 60_000,
	/** After this time (ms) another process has written the whole of a note that it began; longer if the store is slow. */
	begun: 500,
	/** A question can come back for this long (ms). A later mark is another process's note. */
	comesBack: 10 * MINUTE,
	/** A note counts if it is still there this long (ms) after it was found: another process may be erasing it. */
	settled: 2000,
	/** In this time it is checked so often. */
	settledChecks: 2,
	/** The other process may be as slow as this one: this many times as long as an access or a search took are added, */
	settledPerSearch: 5,
	/** up to this (ms). */
	settledLongest: 15_000,
	/**
	 * A submit that starts this long (ms) after its note gets a new note, because the node searches for a job by the
	 * note's time.
	 */
	renewed: 3 * MINUTE,
};
