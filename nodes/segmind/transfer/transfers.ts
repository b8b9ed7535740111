/** What uploads and downloads of one run of the node share. */
import type { Outcome } from '../outcome';
import type { Gate } from '../schedule/gate';
import type { Sender } from '../schedule/send';

/** Remembers uploads beyond this run, by the hash of the file's content. */
export interface UploadMemory {
	/** @param now ms since 1970 */
	uploadedUrl(hash: string, now: number): string | undefined;
	rememberUpload(hash: string, url: string, now: number): void;
}

export interface Transfers extends Sender {
	ledger: UploadMemory;
	/** Uploads of this run by the file's hash, so that one file is uploaded once. */
	uploads: Map<string, Promise<Outcome<string>>>;
	/**
	 * At most so many uploads and downloads at a time in this process, for its memory is shared by all executions.
	 * A synchronous call brings its video when it will, and is not counted: to let it wait could lose it.
	 */
	gates: { upload: Gate; download: Gate };
	/** Set when an item failed and the run will end with an error: nothing new is submitted or uploaded. */
	halted: boolean;
	/** Log lines with the request ID, never with the key; in a manual run the browser's console has them too. */
	log: (message: string, meta?: Record<string, unknown>) => void;
	/** Only for the browser's console of a manual run: more often than a log should be written to. */
	tell: (message: string, meta?: Record<string, unknown>) => void;
}
