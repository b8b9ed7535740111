/**
 * What all jobs of one run of the node share.
 */
import type { Transfers } from '../transfer/transfers';
import type { Ledger } from './ledger';
import type { Notes } from './notes';

export interface Session extends Transfers {
	ledger: Ledger;
	/** What n8n's database knows about this node's undelivered videos. */
	notes: Notes;
	/** Shows the user a message next to the output. It is not an error. */
	warn: (message: string) => void;
}
