/**
 * Segmind in one screen: what the node asks of it, and where.
 *
 * A video is a job. POST of a model's fields to `submit` answers at once with `request_id`: from then on the job goes
 * on and is billed when it is done, whoever still listens. `status` says QUEUED, PROCESSING, COMPLETED or FAILED;
 * `result` has the video's URL, which anyone can open for 7 days, and the cost. Both are free, and the service forgets
 * a request after about an hour. 422 with FAILED is no error of the request but the end of the job: it costs nothing.
 * `call` is the older way: one connection that is held until the video is there. A file goes to `upload` as a data URL,
 * and comes back as the URL to put into a job's fields. `credits` is the balance. `history` lists the account's requests
 * of any age; only Segmind's SDK shows it, so nothing depends on it. All take the key in `x-api-key`; 429 counts for all
 * requests of the account together.
 */
import type { Service } from './wire/origins';

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
	/** The synchronous one. @param model the model's name */
	call: (model: string) => post('gateway', `/v1/${encodeURIComponent(model)}`),
	upload: post('storage', '/upload-asset'),
	credits: get('gateway', '/v1/get-user-credits'),
	/** @param query without the question mark */
	history: (query: string) => get('history', `${HISTORY}?${query}`),
	historyOf: (requestId: string) => get('history', `${HISTORY}/${encodeURIComponent(requestId)}`),
};
