/**
 * When an answer to a free call counts although it may be wrong: not at once, but when it stays the same. The job
 * may be paid, and a gateway, a firewall or a server that is behind says many things once.
 */
export const LASTING = {
	/** The same in so many answers, */
	answers: 3,
	/** over at least so long (ms). */
	over: 30_000,
};
