/**
 * When the node believes an answer to a free call that may be wrong: only when it stays the same. The job may be
 * paid, and a gateway, a firewall or a server that is behind can give a wrong answer once.
 */
export const LASTING = {
	/** The same answer this many times, */
	answers: 3,
	/** over at least this time (ms). */
	over: 30_000,
};
