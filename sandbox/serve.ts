/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { Refusal, type Answer } from './answer';
import { deliver } from './deliver';
import { afterService, insteadOfService, type Delivery, type Outcome } from './effects';
import type { Job } from './jobs';
import { keepHeaders, readBody } from './log';
import type { Service } from './service';
import type { Fault, Origin, RequestReport, Stage } from './types';

/** One request on its way through the sandbox. */
export interface Call {
	request: FastifyRequest;
	report: RequestReport;
	/** Parsed JSON; text where it is none. */
	body: unknown;
	/** The job the request asks about, whether its record still lives or not. */
	job?: Job;
	/** The fault it meets, if any. */
	fault?: Fault;
}

export type Handler = (call: Call) => Answer | Outcome | Promise<Answer | Outcome>;

const isOutcome = (value: Answer | Outcome): value is Outcome => 'answer' in value;

/** Refusals are answers like others. */
async function run(handler: Handler, call: Call): Promise<Outcome> {
	try {
		const result = await handler(call);
		return isOutcome(result) ? result : { answer: () => result };
	} catch (error) {
		if (error instanceof Refusal) return { answer: () => error.answer };
		throw error;
	}
}

function promptOf(call: Call): string | undefined {
	if (call.job) return call.job.request.prompt;
	const prompt = (call.body as { prompt?: unknown } | null | undefined)?.prompt;
	return typeof prompt === 'string' ? prompt : undefined;
}

function forget(service: Service, call: Call, job = call.job): void {
	if (!job) return;
	if (call.report.stage === 'download') service.files.forget(call.request.url.split('?')[0]);
	else service.jobs.expire(job.requestId);
}

async function decide(service: Service, handler: Handler, call: Call): Promise<Delivery> {
	const { fault } = call;
	const instead = fault && insteadOfService(fault, service.settings);
	if (instead) return instead;
	if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: service.closed });
	if (fault?.kind === 'expire') forget(service, call);
	const outcome = await run(handler, call);
	if (fault?.kind === 'expire') forget(service, call, outcome.job);
	return await afterService(fault, outcome, call, service.settings);
}

/**
 * Makes a fastify handler of one of ours: records the request, lets a fault meet it, sends the answer.
 * @param jobOf finds the job the request asks about
 */
export function serve(
	service: Service,
	origin: Origin,
	stage: Stage,
	handler: Handler,
	jobOf: (request: FastifyRequest) => Job | undefined = () => undefined,
) {
	return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
		const body = readBody(request);
		const report = service.log.open(request, origin, stage, body);
		const call: Call = { request, report, body, job: jobOf(request) };
		call.fault = service.faults.take({
			...{ stage, path: request.url },
			key: stage === 'download' ? call.job?.account.key : report.key,
			requestId: call.job?.requestId,
			status: call.job?.status,
			prompt: promptOf(call),
		});
		report.fault = call.fault?.kind;
		reply.raw.once('close', () => {
			report.endedAt = Date.now();
			service.log.touch();
		});
		service.log.touch();

		const delivery = await decide(service, handler, call);
		// Set before sending, so that whoever has the answer finds it in the log.
		if ('answer' in delivery && !reply.raw.destroyed) report.status = delivery.answer.status;
		await deliver(reply, delivery);
		return reply;
	};
}

/** Bodies are taken as they come: what a wrong content type means is for the handlers to say. */
export function acceptAnyBody(app: FastifyInstance): void {
	app.addHook('onRequest', async (request) => keepHeaders(request));
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
}
