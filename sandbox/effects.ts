import { compressed, unnamed, type Answer } from './answer';
import type { Job } from './jobs';
import { resetHeader } from './rateLimit';
import { failure } from './shapes';
import type { Fault, RequestReport, Settings } from './types';

/** How an answer leaves the sandbox. */
export type Delivery =
	| { kind: 'send'; answer: Answer }
	| { kind: 'reset' }
	| { kind: 'hang' }
	| { kind: 'plaintext' }
	| { kind: 'cut' | 'cut-silently' | 'stall'; answer: Answer; afterBytes: number }
	| { kind: 'slow'; answer: Answer; bytesPerSecond: number };

/** What a handler did: its answer may come later (v1 waits for the job), the job is there at once. */
export interface Outcome {
	job?: Job;
	answer: () => Answer | Promise<Answer>;
}

const send = (answer: Answer): Delivery => ({ kind: 'send', answer });

const respond = (fault: Extract<Fault, { kind: 'respond' }>): Delivery => {
	const { status, body, contentType, headers } = fault;
	return send({ status, body, contentType, headers });
};

/** What stands in for the service, which then does nothing; undefined when the request is to reach it. */
export function insteadOfService(fault: Fault, settings: Settings): Delivery | undefined {
	switch (fault.kind) {
		case 'respond':
			return fault.accepted ? undefined : respond(fault);
		case 'reset':
			return fault.when === 'before' ? { kind: 'reset' } : undefined;
		case 'hang':
		case 'plaintext':
			return fault.accepted ? undefined : { kind: fault.kind };
		case 'rate-limit':
			return send({
				status: 429,
				body: { error: 'Rate limit exceeded' },
				headers: resetHeader(Date.now() + fault.seconds * 1000, settings.rateLimitReset),
			});
		case 'redirect':
			return send({ status: fault.status ?? 302, headers: { location: fault.to } });
		case 'not-a-video':
			return send({ status: 200, body: fault.body, contentType: fault.contentType });
		default:
			return undefined;
	}
}

const JSON_TYPE = 'application/json';

function truncated(answer: Answer): Answer {
	const text = JSON.stringify(answer.body ?? { status: 'COMPLETED', output: null });
	return { status: 200, body: text.slice(0, text.length / 2), contentType: JSON_TYPE };
}

const anonymous = (answer: Answer): Answer => ({
	...answer,
	headers: unnamed(answer.headers ?? {}),
	body: typeof answer.body === 'object' ? unnamed(answer.body) : answer.body,
});

/** An answer that had gone well says that the job failed instead. */
function saysFailed(
	{ error = 'Generation failed', body }: Extract<Fault, { kind: 'say-failed' }>,
	answer: Answer,
	job: Job | undefined,
	settings: Settings,
): Answer {
	if (!job || answer.status !== 200) return answer;
	return failure({ ...job, error, failedBody: body }, settings);
}

/** What becomes of the answer once the service has done its work. */
export async function afterService(
	fault: Fault | undefined,
	outcome: Outcome,
	{ report: { stage }, job }: { report: RequestReport; job?: Job },
	settings: Settings,
): Promise<Delivery> {
	const refused = (stage === 'submit' || stage === 'v1') && !outcome.job;
	// A fault that comes after acceptance cannot befall a request that was not accepted.
	if (!fault || refused) return send(await outcome.answer());
	switch (fault.kind) {
		// These four do not wait for the answer: on v1 it would take as long as the job.
		case 'respond':
			return respond(fault);
		case 'reset':
			return { kind: 'reset' };
		case 'hang':
		case 'plaintext':
			return { kind: fault.kind };
		case 'malformed':
			return send(truncated(await outcome.answer()));
		case 'no-id':
			return send(anonymous(await outcome.answer()));
		case 'cut':
		case 'cut-silently':
		case 'stall':
		case 'slow': {
			const answer = await outcome.answer();
			return { ...fault, answer: fault.gzip ? await compressed(answer) : answer };
		}
		case 'gzip':
			return send(await compressed(await outcome.answer()));
		case 'content-type':
			return send({ ...(await outcome.answer()), contentType: fault.contentType });
		case 'say-failed':
			return send(saysFailed(fault, await outcome.answer(), outcome.job ?? job, settings));
		default:
			return send(await outcome.answer());
	}
}
