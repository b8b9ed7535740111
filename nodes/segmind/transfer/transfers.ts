/** What the uploads and downloads of one run of the node share. */
import type { Outcome } from '../outcome';
import type { Limiter } from '../schedule/limiter';
import type { Sender } from '../schedule/send';

/** Remembers uploads after this run, by the hash of the file's content. */
export interface UploadMemory {
	/** @param now ms since 1970 */
	uploadedUrl(hash: string, now: number): string | undefined;
	rememberUpload(hash: string, url: string, now: number): void;
}

export interface Transfers extends Sender {
	ledger: UploadMemory;
	/** Uploads of this run by the file's hash, so that a file is uploaded only once. */
	uploads: Map<string, Promise<Outcome<string>>>;
	/**
	 * They limit the uploads and downloads at the same time in this process, because all executions share its memory.
	 * The video in the answer to a synchronous call does not count: if it had to wait, it could get lost.
	 */
	limiters: { upload: Limiter; download: Limiter };
	/** Set when an item failed and the run will end with an error. Then the run submits and uploads nothing more. */
	halted: boolean;
	/**
	 * Writes log lines with the request ID, never with the key. In a manual run they also go to the browser's console.
	 */
	log: (message: string, meta?: Record<string, unknown>) => void;
	/** Writes only to the browser's console of a manual run: too often for a log. */
	tell: (message: string, meta?: Record<string, unknown>) => void;
}
