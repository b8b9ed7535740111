/**
 * What all jobs of one run of the node share.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import type { ServiceUrls } from '../wire/origins';
import type { Reply } from '../wire/reply';
import { send, type ServiceRequest } from '../wire/request';
import type { Stop } from './clock';
import type { Gate } from './gate';
import type { Ledger } from './ledger';
import type { Outcome } from './problem';

export interface Session {
	context: IExecuteFunctions;
	urls: ServiceUrls;
	stop: Stop;
	ledger: Ledger;
	/** Uploads of this run by the image's hash, so that one image is uploaded once. */
	uploads: Map<string, Promise<Outcome<string>>>;
	/** At most so many uploads and downloads at a time. */
	gates: { upload: Gate; download: Gate };
	/** Set when an item failed and the run will end with an error: nothing new is submitted or uploaded. */
	halted: boolean;
	/** Log lines with the request ID; never with the key. */
	log: (message: string, meta?: Record<string, unknown>) => void;
	/** Tells the user something that is no error, beside the output. */
	warn: (message: string) => void;
}

/** Sends one request that may be repeated and that Stop ends at once; never throws. */
export async function read(
	session: Session,
	request: Omit<ServiceRequest, 'signal'>,
): Promise<Reply> {
	const { signal, release } = session.stop.immediate();
	const reply = await send(session.context, session.urls, { ...request, signal });
	release();
	return reply;
}

/** Sends a submit: Stop leaves it time to answer. Never throws. */
export async function order(
	session: Session,
	request: Omit<ServiceRequest, 'signal'>,
): Promise<Reply> {
	const { signal, release } = session.stop.graceful(TIMEOUTS.submitAfterStop);
	const reply = await send(session.context, session.urls, { ...request, signal });
	release();
	return reply;
}
