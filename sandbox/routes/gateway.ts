import { available } from '../account';
import { ok, refuse, unnamed, type Answer } from '../answer';
import { admit, checkBody, requireJson } from '../check';
import type { Outcome } from '../effects';
import type { Job } from '../jobs';
import { findModel, price } from '../models/model';
import type { Call, Host } from '../serve';
import type { Service } from '../service';
import { failure, resultBody, statusBody, unfinished } from '../shapes';
import type { Api, Settings } from '../tables';

/** The golden ratio's multiples lie evenly however many there are. */
const GOLDEN = 0.618_034;

/** How long the next job takes. */
function secondsOf({ settings, jobs }: Service): number {
	const part = (jobs.all().length * GOLDEN) % 1;
	return settings.jobSeconds + settings.jobSpreadSeconds * part;
}

/** All checks of a submit in the service's order, then the job. Throws Refusal: nothing was created. */
function accept(call: Call, api: Api): Job {
	const { service, params, fault } = call;
	const account = admit(call);
	requireJson(call);
	const model = findModel(params.model);
	if (!model) throw refuse(404, 'Model not found');
	if (!account.mayUseModel) throw refuse(403, 'Your account or team may not use this model');
	const request = checkBody(model, call);
	if (available(account) < price(model, request)) throw refuse(406, 'Insufficient credits');
	return service.jobs.create({
		...{ account, model, api, request, seconds: secondsOf(service) },
		failWith: fault?.kind === 'fail-job' ? fault : undefined,
	});
}

function submit(call: Call): Outcome {
	const job = accept(call, 'v2');
	const { gateway, tls } = call.service.urls;
	const origin = call.request.protocol === 'https' ? tls : gateway;
	const url = `${origin}/v2/requests/${job.requestId}`;
	const urls = { poll_url: url, status_url: `${url}/status`, response_url: url };
	return { job, answer: () => ok({ request_id: job.requestId, status: 'QUEUED', ...urls }) };
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
		body: v1RequestId === 'header' ? unnamed(body) : body,
	};
}

function generate(call: Call): Outcome {
	const job = accept(call, 'v1');
	const { settings, urls } = call.service;
	const answer = async (): Promise<Answer> => {
		await job.finished;
		const { video } = job;
		if (!video) return named(failure(job, settings), job, settings);
		const content =
			settings.v1Response === 'video'
				? { file: video, contentType: video.contentType }
				: { body: resultBody(job, settings.resultShape, urls.files) };
		return named({ status: 200, headers: accounting(job), ...content }, job, settings);
	};
	return { job, answer };
}

/** For calls about a job. Throws Refusal 404: unknown, expired, or another account's. */
const reading = (answer: (job: Job, service: Service) => Answer) => (call: Call) => {
	const { service, params } = call;
	const account = admit(call);
	const job = service.jobs.record(params.id);
	if (!job || job.account !== account) throw refuse(404, 'Request not found');
	return job.status === 'FAILED' ? failure(job, service.settings) : answer(job, service);
};

/** The answer to a result call. */
function result(job: Job, { settings, urls }: Service): Answer {
	if (!job.video) return unfinished(job, settings);
	return ok(resultBody(job, settings.resultShape, urls.files));
}

function credits(call: Call): Answer {
	const account = admit(call);
	if (!account.hasBalanceRecord) throw refuse(404, 'No credits found for the user');
	return ok({ credits: account.credits, 'free-credits': account.freeCredits });
}

/** The model calls, their requests and the balance. */
export const GATEWAY: Host = {
	routes: {
		'POST /v2/:model': ['submit', submit],
		'POST /v1/:model': ['v1', generate],
		'GET /v2/requests/:id/status': ['status', reading((job) => ok(statusBody(job)))],
		'GET /v2/requests/:id': ['result', reading(result)],
		'GET /v1/get-user-credits': ['balance', credits],
	},
};
