/** How a request is sent: in the account's turn. Stop ends it. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { TIMEOUTS } from '../policy/limits';
import { rateLimitBackoff } from '../policy/backoff';
import type { ServiceUrls } from '../transport/origins';
import { isRateLimited, STOPPED, type Reply } from '../transport/reply';
import { send, type ServiceRequest } from '../transport/request';
import type { AccountShare } from './share';
import type { Stop } from './stop';

/** Who sends: one run of the node, with its account. */
export interface Sender {
	context: IExecuteFunctions;
	urls: ServiceUrls;
	stop: Stop;
	/** Keeps all requests of the account within its rate limit. */
	account: AccountShare;
}

/** A 429 applies to all requests of the account. */
function heed({ account }: Sender, reply: Reply): Reply {
	if (isRateLimited(reply)) {
		account.pauseFor(rateLimitBackoff(reply.headers, Date.now(), Math.random()));
	}
	return reply;
}

type RequestWithoutSignal = Omit<ServiceRequest, 'signal'>;

/** Sends one request that may be retried, in its turn. Stop ends it at once. Never throws. */
export async function read(
	sender: Sender,
	kind: 'balance' | 'history',
	request: RequestWithoutSignal,
): Promise<Reply> {
	await sender.account.admit(kind, sender.stop);
	return await readNow(sender, request);
}

/** The same, when its turn has come. */
export async function readNow(sender: Sender, request: RequestWithoutSignal): Promise<Reply> {
	if (sender.stop.pressed) return STOPPED;
	const { signal, release } = sender.stop.immediate();
	const reply = await send(sender.context, sender.urls, { ...request, signal });
	release();
	return heed(sender, reply);
}

/**
 * Sends a submit now: its turn has come. Stop leaves it time to answer, and to finish a streamed body. Never throws.
 */
export async function submitNow(sender: Sender, request: RequestWithoutSignal): Promise<Reply> {
	const { signal, release } = sender.stop.graceful(TIMEOUTS.submitAfterStop);
	const reply = await send(sender.context, sender.urls, { ...request, signal });
	const open = reply.kind === 'answer' ? reply.open : undefined;
	if (open) {
		const { end } = open;
		open.end = () => {
			release();
			end();
		};
	} else release();
	// A synchronous call brings its video with it, so nobody has to fetch that job later.
	if (!request.stream) sender.account.answered();
	return heed(sender, reply);
}
