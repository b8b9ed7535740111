/**
 * What all jobs of one run of the node share.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import { rateLimitPause } from '../policy/pauses';
import type { AccountShare } from '../schedule/share';
import type { Kind } from '../schedule/slots';
import type { ServiceUrls } from '../wire/origins';
import { isRateLimited, STOPPED, type Reply } from '../wire/reply';
import { send, type ServiceRequest } from '../wire/request';
import type { Stop } from '../schedule/stop';
import type { Gate } from '../schedule/gate';
import type { Ledger } from './ledger';
import type { Notes } from './notes';
import type { Outcome } from './problem';

export interface Session {
	context: IExecuteFunctions;
	urls: ServiceUrls;
	stop: Stop;
	ledger: Ledger;
	/** What n8n's database knows of this node's undelivered videos. */
	notes: Notes;
	/** Uploads of this run by the image's hash, so that one image is uploaded once. */
	uploads: Map<string, Promise<Outcome<string>>>;
	/**
	 * At most so many uploads and downloads at a time in this process, for its memory is shared by all executions.
	 * A synchronous call brings its video when it will, and is not counted: to let it wait could lose it.
	 */
	gates: { upload: Gate; download: Gate };
	/** Keeps all requests of the account within its rate limit. */
	account: AccountShare;
	/** Set when an item failed and the run will end with an error: nothing new is submitted or uploaded. */
	halted: boolean;
	/** Log lines with the request ID, never with the key; in a manual run the browser's console has them too. */
	log: (message: string, meta?: Record<string, unknown>) => void;
	/** Only for the browser's console of a manual run: more often than a log should be written to. */
	tell: (message: string, meta?: Record<string, unknown>) => void;
	/** Tells the user something that is no error, beside the output. */
	warn: (message: string) => void;
}

/** A 429 is one for all requests of the account. */
function heed(session: Session, reply: Reply): Reply {
	if (isRateLimited(reply)) {
		session.account.pauseFor(rateLimitPause(reply.headers, Date.now(), Math.random()));
	}
	return reply;
}

type RequestWithoutSignal = Omit<ServiceRequest, 'signal'>;

/** Sends one request that may be repeated, in its turn. Stop ends it at once. Never throws. */
export async function read(
	session: Session,
	kind: Exclude<Kind, 'submit' | 'call' | 'status' | 'result'>,
	request: RequestWithoutSignal,
): Promise<Reply> {
	await session.account.admit(kind, session.stop);
	return await readNow(session, request);
}

/** The same where its turn has come. */
export async function readNow(session: Session, request: RequestWithoutSignal): Promise<Reply> {
	if (session.stop.pressed) return STOPPED;
	const { signal, release } = session.stop.immediate();
	const reply = await send(session.context, session.urls, { ...request, signal });
	release();
	return heed(session, reply);
}

/**
 * Sends a submit now: its turn has come. Stop leaves it time to answer, a streamed body included. Never throws.
 */
export async function order(session: Session, request: RequestWithoutSignal): Promise<Reply> {
	const { signal, release } = session.stop.graceful(TIMEOUTS.submitAfterStop);
	const reply = await send(session.context, session.urls, { ...request, signal });
	const open = reply.kind === 'answer' ? reply.open : undefined;
	if (open) {
		const { end } = open;
		open.end = () => {
			release();
			end();
		};
	} else release();
	// A synchronous call brings its video along: it is not counted among the jobs to come back for.
	if (!request.stream) session.account.answered();
	return heed(session, reply);
}
