/**
 * The only place that uses HTTP. Requests with the key go through n8n's helper (axios in n8n-core) to the
 * credential's own origins, and follow no redirect.
 */
import type { IExecuteFunctions, IHttpRequestMethods, IN8nHttpFullResponse } from 'n8n-workflow';

import { after } from './clock';
import { serviceUrl, type Service, type ServiceUrls } from './origins';
import { failureFrom, type Answer, type Failure, type Reply } from './reply';
import { openBody, readText } from './stream';

export const CREDENTIAL = 'segmindApi';

export interface ServiceRequest {
	method: IHttpRequestMethods;
	service: Service;
	/** Path after the service's URL, already encoded. */
	path: string;
	body?: object;
	/**
	 * ms until the whole answer must be there, or only its headers if the body is streamed. It counts from the start,
	 * because axios alone gives a body that trickles unlimited time.
	 */
	timeout: number;
	/**
	 * Ends the request, and also a streamed body. Give a request whose outcome must be known a signal that comes late.
	 */
	signal?: AbortSignal;
	/** Whether to return the body of a good answer as a stream. */
	stream?: boolean;
}

/** ms that n8n's helper gets to notice that its request was ended: at some points it does not check. */
const NOTICE = 5000;

/** The answer did not come in time. */
const LATE: Failure = { kind: 'failure', code: 'ETIMEDOUT', text: '' };

/** The error that axios gives for a request that was ended. */
const GIVEN_UP = { code: 'ERR_CANCELED', message: '' };

/** For streams: axios hides that it has decompressed one, and then no announced length fits. */
const UNCOMPRESSED = { 'accept-encoding': 'identity' };

/**
 * n8n's helper puts the execution's cancel signal on every request, so Stop would break off a submit whose outcome
 * must be known. The helper takes the signal from `this`, so we give it a `this` with another signal.
 */
function withSignal(context: IExecuteFunctions, signal: AbortSignal): IExecuteFunctions {
	return Object.create(context, { getExecutionCancelSignal: { value: () => signal } });
}

/** Headers with lower-case names and text values. */
function plainHeaders(headers: object | undefined): Record<string, string> {
	const pairs = Object.entries(headers ?? {}).map(([name, value]) => [
		name.toLowerCase(),
		String(value),
	]);
	return Object.fromEntries(pairs);
}

/**
 * Runs one request within its time.
 *
 * @param ask makes the request; the signal ends it
 * @returns an answer of any HTTP status, or a failure; never throws
 */
async function run(
	{ timeout, signal, stream }: Pick<ServiceRequest, 'timeout' | 'signal' | 'stream'>,
	ask: (signal: AbortSignal) => Promise<IN8nHttpFullResponse>,
): Promise<Reply> {
	const call = new AbortController();
	const end = () => call.abort();
	if (signal?.aborted) end();
	else signal?.addEventListener('abort', end, { once: true });
	let isLate = false;
	const takeBack = after(timeout, () => {
		isLate = true;
		end();
	});
	const unnoticed = new Promise<never>((_resolve, reject) => {
		const giveUp = () => after(NOTICE, () => reject(GIVEN_UP));
		if (call.signal.aborted) giveUp();
		else call.signal.addEventListener('abort', giveUp, { once: true });
	});
	try {
		const asked = ask(call.signal);
		const { statusCode: status, headers, body } = await Promise.race([asked, unnoticed]);
		const answer: Answer = { kind: 'answer', status, headers: plainHeaders(headers), body };
		if (!stream) return answer;
		const open = openBody(body as never, end);
		if (status >= 200 && status < 300) return { ...answer, body: undefined, open };
		// An unread body would keep its connection open, and its text is needed anyway.
		return { ...answer, body: await readText(open) };
	} catch (error) {
		return isLate ? LATE : failureFrom(error);
	} finally {
		takeBack();
	}
}

/**
 * Sends one request with the key.
 *
 * @returns an answer of any HTTP status, or a failure; never throws
 */
export async function send(
	context: IExecuteFunctions,
	urls: ServiceUrls,
	request: ServiceRequest,
): Promise<Reply> {
	const { method, service, path, body, timeout, stream } = request;
	return await run(
		request,
		async (signal) =>
			await context.helpers.httpRequestWithAuthentication.call(
				withSignal(context, signal),
				CREDENTIAL,
				// A new object each time: what n8n adds to it must not reach another request.
				{
					method,
					url: serviceUrl(urls, service, path),
					headers: {
						...(body && { 'content-type': 'application/json' }),
						...(stream && UNCOMPRESSED),
					},
					body: body as never,
					timeout,
					encoding: stream ? 'stream' : undefined,
					disableFollowRedirect: true,
					ignoreHttpStatusErrors: true,
					returnFullResponse: true,
				},
			),
	);
}

/**
 * Opens a file at its URL, without the key, which must not go there. Redirects are followed.
 *
 * @returns an answer of any HTTP status, or a failure; never throws
 */
export async function openFile(
	context: IExecuteFunctions,
	request: { url: string } & Pick<ServiceRequest, 'timeout' | 'signal'>,
): Promise<Reply> {
	const { url, timeout } = request;
	return await run(
		{ ...request, stream: true },
		async (signal) =>
			await context.helpers.httpRequest({
				method: 'GET',
				url,
				headers: { ...UNCOMPRESSED },
				timeout,
				encoding: 'stream',
				abortSignal: signal as never,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			}),
	);
}
