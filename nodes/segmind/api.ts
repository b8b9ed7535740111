/**
 * Segmind in one screen: what the node requests, and where.
 *
 * A video is a job. `submit` takes a model's fields in a POST and answers at once with `request_id`. From then on the
 * job runs and is billed when it is done, even if nobody asks for it. `status` says QUEUED, PROCESSING, COMPLETED or
 * FAILED. `result` has the cost and the video's URL, which anyone can open for 7 days. Both are free, and the service
 * forgets a request after about an hour. A 422 with FAILED is not an error of the request. It ends the job, which
 * then costs nothing. `call` is the older way: it holds one connection until the video is there. `upload` takes a
 * file as a data URL and returns the URL for a job's fields. `credits` is the balance. `history` lists the account's
 * requests of any age; only Segmind's SDK names it, so nothing depends on it. All take the key in `x-api-key`, and
 * the rate limit (429) counts all requests of the account together.
 */
import type { Service } from './transport/origins';

/** Method, service and path of a request. */
export interface Endpoint {
	method: 'GET' | 'POST';
	service: Service;
	path: string;
}

const get = (service: Service, path: string): Endpoint => ({ method: 'GET', service, path });
const post = (service: Service, path: string): Endpoint => ({ method: 'POST', service, path });

const job = (requestId: string) => `/v2/requests/${encodeURIComponent(requestId)}`;
const HISTORY = '/inference-request/request-history';

export const API = {
	/** @param model the model's name */
	submit: (model: string) => post('gateway', `/v2/${encodeURIComponent(model)}`),
	status: (requestId: string) => get('gateway', `${job(requestId)}/status`),
	result: (requestId: string) => get('gateway', job(requestId)),
	/** The synchronous call. @param model the model's name */
	call: (model: string) => post('gateway', `/v1/${encodeURIComponent(model)}`),
	upload: post('storage', '/upload-asset'),
	credits: get('gateway', '/v1/get-user-credits'),
	/** @param query without the question mark */
	history: (query: string) => get('history', `${HISTORY}?${query}`),
	historyOf: (requestId: string) => get('history', `${HISTORY}/${encodeURIComponent(requestId)}`),
};
