/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

import { METHOD_NOT_ALLOWED, refuse, Refusal, type Answer } from './answer';
import { deliver } from './deliver';
import { afterService, insteadOfService, type Delivery, type Outcome } from './effects';
import type { Job } from './jobs';
import * as log from './log';
import type { Service } from './service';
import type { Fault, Origin, Stage } from './tables';

/** One request on its way through the sandbox. */
export interface Call {
	service: Service;
	request: FastifyRequest;
	/** Of the address, without the query. */
	path: string;
	/** What the address names: a model, or a request's ID. */
	params: { model?: string; id?: string };
	report: log.RequestReport;
	/** Parsed JSON; text where it is none. */
	body: unknown;
	/** The job the request asks about, whether its record still lives or not. */
	job?: Job;
	/** The fault it meets, if any. */
	fault?: Fault;
}

export type Handler = (call: Call) => Answer | Outcome | Promise<Answer | Outcome>;

/** Refusals are answers like others. */
async function run(handler: Handler, call: Call): Promise<Outcome> {
	try {
		const result = await handler(call);
		return 'answer' in result ? result : { answer: () => result };
	} catch (error) {
		if (error instanceof Refusal) return { answer: () => error.answer };
		throw error;
	}
}

function forget({ service, report, path, ...call }: Call, job = call.job): void {
	if (!job) return;
	if (report.stage === 'download') service.files.delete(path);
	else service.jobs.expire(job.requestId);
}

async function decide(handler: Handler, call: Call): Promise<Delivery> {
	const { service, fault } = call;
	const instead = fault && insteadOfService(fault, service.settings);
	if (instead) return instead;
	if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: service.closed });
	if (fault?.kind === 'expire') forget(call);
	const outcome = await run(handler, call);
	if (fault?.kind === 'expire') forget(call, outcome.job);
	return await afterService(outcome, call);
}

function opened(service: Service, origin: Origin, stage: Stage, request: FastifyRequest): Call {
	const body = log.readBody(request);
	const report = log.report(request, origin, stage, body);
	service.requests.push(report);
	const path = request.url.split('?')[0];
	const params = request.params as Call['params'];
	const job = stage === 'download' ? service.jobs.ofVideo(path) : service.jobs.find(params.id);
	const call: Call = { service, request, path, params, report, body, job };
	call.fault = service.faults.take(call);
	report.fault = call.fault?.kind;
	return call;
}

export interface Host {
	/** By method and path: what the request is for, and who answers it. */
	routes: Record<string, [Stage, Handler]>;
	/** What a 404 says about a path that is not among them. */
	notFound?: string;
	/** Whether another method on one of the paths is answered with 405 rather than 404. */
	knowsMethods?: boolean;
	/** What its clock says, milliseconds since the epoch, if that is not this machine's. */
	now?: (service: Service) => number;
	/** Comes before every handler. Throws Refusal. */
	guard?: (service: Service) => void;
}

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Puts the routes of a host into an app: each request is recorded, a fault may meet it, and it is answered. */
export function mount(app: FastifyInstance, service: Service, origin: Origin, host: Host): void {
	const { routes, notFound = 'Not Found', knowsMethods = true, now, guard } = host;
	const guarded =
		(handler: Handler): Handler =>
		async (call) => {
			guard?.(service);
			return await handler(call);
		};
	const serve =
		(stage: Stage, handler: Handler) =>
		async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
			const call = opened(service, origin, stage, request);
			const { report } = call;
			reply.raw.once('close', () => {
				report.endedAt = Date.now();
				service.changes.touch();
			});
			service.changes.touch();

			const delivery = await decide(guarded(handler), call);
			// Set before sending, so that whoever has the answer finds it in the log.
			if (!reply.raw.destroyed) report.status = delivery.answer?.status;
			await deliver(reply, delivery);
			return reply;
		};
	app.addHook('onSend', async (_request, reply) => {
		if (now) reply.header('date', new Date(now(service)).toUTCString());
	});
	// Bodies are taken as they come. To a content type that it cannot parse fastify would answer before any handler
	// could judge, or record, the request, so it does not see the type; `raw` has it still.
	app.addHook('onRequest', async (request) => {
		request.headers = { 'content-type': undefined };
	});
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
	for (const [route, [stage, handler]] of Object.entries(routes)) {
		const [method, url] = route.split(' ');
		app.route({ method, url, handler: serve(stage, handler) });
		const others = METHODS.filter((other) => other !== method);
		const wrongMethod = serve('other', () => METHOD_NOT_ALLOWED);
		if (knowsMethods) app.route({ method: others, url, handler: wrongMethod });
	}
	const unknownPath = serve('other', () => {
		throw refuse(404, notFound);
	});
	app.setNotFoundHandler(unknownPath);
}
