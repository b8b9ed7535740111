import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';

import { available } from '../account';
import { METHOD_NOT_ALLOWED, refuse, unnamed, type Answer } from '../answer';
import type { Outcome } from '../effects';
import type { Job } from '../jobs';
import { findModel } from '../models';
import { price } from '../models/model';
import { acceptAnyBody, serve, type Call } from '../serve';
import type { Service } from '../service';
import { failure, resultBody, statusBody, unfinished } from '../shapes';
import type { Api, Settings, Stage } from '../types';
import { checkBody } from '../validate';
import { admit, requireJson } from './access';

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const param = (request: FastifyRequest, name: string): string =>
	(request.params as Record<string, string>)[name];

/** The golden ratio's multiples lie evenly however many there are. */
const GOLDEN = 0.618_034;

/** How long the next job takes. */
function secondsOf({ settings, jobs }: Service): number {
	const part = (jobs.all().length * GOLDEN) % 1;
	return settings.jobSeconds + settings.jobSpreadSeconds * part;
}

/** All checks of a submit in the service's order, then the job. Throws Refusal: nothing was created. */
function accept(service: Service, call: Call, api: Api): Job {
	const account = admit(service, call);
	requireJson(call);
	const model = findModel(param(call.request, 'model'));
	if (!model) throw refuse(404, 'Model not found');
	if (!account.mayUseModel) throw refuse(403, 'Your account or team may not use this model');
	const request = checkBody(model, call.body);
	if (available(account) < price(model, request)) throw refuse(406, 'Insufficient credits');
	const { fault } = call;
	return service.jobs.create({
		...{ account, model, api, request, seconds: secondsOf(service) },
		failWith: fault?.kind === 'fail-job' ? fault : undefined,
	});
}

function submit(service: Service, call: Call): Outcome {
	const job = accept(service, call, 'v2');
	const { gateway, tls } = service.urls;
	const origin = call.request.protocol === 'https' ? tls : gateway;
	const url = `${origin}/v2/requests/${job.requestId}`;
	const body = {
		request_id: job.requestId,
		status: 'QUEUED',
		poll_url: url,
		status_url: `${url}/status`,
		response_url: url,
	};
	return { job, answer: () => ({ status: 200, body }) };
}

const accounting = (job: Job): Record<string, string> => ({
	'x-cost': String(job.price),
	'x-remaining-credits': String(job.remainingCredits),
	'x-generation-time': String(((job.completedAt ?? 0) - job.createdAt) / 1000),
});

/** The answer to a synchronous call, with the request's ID where the settings want it. */
function named(answer: Answer, job: Job, { v1RequestId }: Settings): Answer {
	const { headers, body } = answer;
	return {
		...answer,
		headers: v1RequestId === 'body' ? headers : { ...headers, 'x-request-id': job.requestId },
		body: v1RequestId === 'header' && typeof body === 'object' ? unnamed(body) : body,
	};
}

function generate(service: Service, call: Call): Outcome {
	const job = accept(service, call, 'v1');
	const answer = async (): Promise<Answer> => {
		await job.finished;
		const { video } = job;
		const { settings } = service;
		const { v1Response, resultShape } = settings;
		if (!video) return named(failure(job, settings), job, settings);
		const content =
			v1Response === 'video'
				? { file: { path: video.file, bytes: video.bytes }, contentType: video.contentType }
				: { body: resultBody(job, resultShape, service.urls.files) };
		return named({ status: 200, headers: accounting(job), ...content }, job, settings);
	};
	return { job, answer };
}

/** The job a status or result call asks for. Throws Refusal 404: unknown, expired, or another account's. */
function ownRecord(service: Service, call: Call): Job {
	const account = admit(service, call);
	const job = service.jobs.record(param(call.request, 'id'));
	if (!job || job.account !== account) throw refuse(404, 'Request not found');
	return job;
}

const reading = (service: Service, answer: (job: Job) => Answer) => (call: Call) => {
	const job = ownRecord(service, call);
	return job.status === 'FAILED' ? failure(job, service.settings) : answer(job);
};

/** The answer to a result call. */
function result(service: Service, job: Job): Answer {
	const { settings, urls } = service;
	if (!job.video) return unfinished(job, settings);
	return { status: 200, body: resultBody(job, settings.resultShape, urls.files) };
}

function credits(service: Service, call: Call): Answer {
	const account = admit(service, call);
	if (!account.hasBalanceRecord) throw refuse(404, 'No credits found for the user');
	return {
		status: 200,
		body: { credits: account.credits, 'free-credits': account.freeCredits },
	};
}

/** The model calls, their requests and the balance. */
export function gatewayRoutes(app: FastifyInstance, service: Service): void {
	acceptAnyBody(app);
	const jobOf = (request: FastifyRequest) => service.jobs.find(param(request, 'id'));
	const route = (
		method: HTTPMethods,
		url: string,
		stage: Stage,
		handler: (call: Call) => Answer | Outcome,
	) => {
		app.route({ method, url, handler: serve(service, 'gateway', stage, handler, jobOf) });
		const others = METHODS.filter((other) => other !== method);
		const handleOther = serve(service, 'gateway', 'other', () => METHOD_NOT_ALLOWED);
		app.route({ method: others, url, handler: handleOther });
	};
	route('POST', '/v2/:model', 'submit', (call) => submit(service, call));
	route('POST', '/v1/:model', 'v1', (call) => generate(service, call));
	const status = (job: Job): Answer => ({ status: 200, body: statusBody(job) });
	route('GET', '/v2/requests/:id/status', 'status', reading(service, status));
	route(
		'GET',
		'/v2/requests/:id',
		'result',
		reading(service, (job) => result(service, job)),
	);
	route('GET', '/v1/get-user-credits', 'balance', (call) => credits(service, call));
	app.setNotFoundHandler(
		serve(service, 'gateway', 'other', () => {
			throw refuse(404, 'Not Found');
		}),
	);
}
