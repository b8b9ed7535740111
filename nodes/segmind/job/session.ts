/**
 * What all jobs of one run of the node share.
 */
import type { Transfers } from '../transfer/transfers';
import type { Ledger } from './ledger';
import type { Notes } from './notes';

export interface Session extends Transfers {
	ledger: Ledger;
	/** What n8n's database knows of this node's undelivered videos. */
	notes: Notes;
	/** Tells the user something that is no error, beside the output. */
	warn: (message: string) => void;
}
