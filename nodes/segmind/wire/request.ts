/**
 * The only place that talks HTTP with the key. Calls go through n8n's helper (axios inside n8n-core),
 * to the credential's two origins, and follow no redirect.
 */
import type { IExecuteFunctions, IHttpRequestMethods, IN8nHttpFullResponse } from 'n8n-workflow';

import { serviceUrl, type Service, type ServiceUrls } from './origins';
import { failureFrom, type Reply } from './reply';
import { readText } from './stream';

export const CREDENTIAL = 'segmindApi';

export interface ServiceRequest {
	method: IHttpRequestMethods;
	service: Service;
	/** Path below the service's address, parts already encoded. */
	path: string;
	body?: object;
	/** ms until the answer's headers (and body, unless it is streamed) must be there. */
	timeout: number;
	/** Ends the request. Give none to a request whose outcome must be known. */
	signal?: AbortSignal;
	/** Give the body of a good answer as a stream instead of reading it. */
	stream?: boolean;
}

/**
 * n8n's helper puts the execution's cancel signal on every request, so Stop would break off a submit
 * whose outcome must be known. It takes the signal from `this`: give it one with another signal.
 */
function withSignal(context: IExecuteFunctions, signal?: AbortSignal): IExecuteFunctions {
	return Object.create(context, { getExecutionCancelSignal: { value: () => signal } });
}

/** Headers with lower-case names and text values. */
export function plainHeaders(headers: object | undefined): Record<string, string> {
	const pairs = Object.entries(headers ?? {}).map(([name, value]) => [
		name.toLowerCase(),
		String(value),
	]);
	return Object.fromEntries(pairs);
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
	try {
		const response: IN8nHttpFullResponse = await context.helpers.httpRequestWithAuthentication.call(
			withSignal(context, request.signal),
			CREDENTIAL,
			// A fresh object each time: what n8n adds to it must not travel on to another request.
			{
				method: request.method,
				url: serviceUrl(urls, request.service, request.path),
				headers: request.body ? { 'content-type': 'application/json' } : {},
				body: request.body as never,
				timeout: request.timeout,
				encoding: request.stream ? 'stream' : undefined,
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			},
		);
		const headers = plainHeaders(response.headers);
		const { statusCode: status } = response;
		const isError = status < 200 || status >= 300;
		// An unread body would keep its connection open, and what it says is needed anyway.
		const body: unknown =
			request.stream && isError ? await readText(response.body as never) : response.body;
		return { kind: 'answer', status, headers, body };
	} catch (error) {
		return failureFrom(error);
	}
}
