import { compressed, unnamed, type Answer } from './answer';
import type { Job } from './jobs';
import { resetHeader } from './rateLimit';
import type { Call } from './serve';
import { failure } from './shapes';
import type { Fault, Settings } from './tables';

/** What leaves the sandbox, and the fault that befalls it on the way, if any. */
export interface Delivery {
	answer?: Answer;
	fault?: Fault;
}

/** What a handler did: its answer may come later (v1 waits for the job), the job is there at once. */
export interface Outcome {
	job?: Job;
	answer: () => Answer | Promise<Answer>;
}

/** What stands in for the service, which then does nothing; undefined when the request is to reach it. */
export function insteadOfService(fault: Fault, settings: Settings): Delivery | undefined {
	switch (fault.kind) {
		case 'respond':
			return fault.accepted ? undefined : { answer: fault };
		case 'reset':
			return fault.when === 'before' ? { fault } : undefined;
		case 'hang':
		case 'plaintext':
			return fault.accepted ? undefined : { fault };
		case 'rate-limit': {
			const headers = resetHeader(Date.now() + fault.seconds * 1000, settings);
			return { answer: { status: 429, body: { error: 'Rate limit exceeded' }, headers } };
		}
		case 'redirect':
			return { answer: { status: fault.status ?? 302, headers: { location: fault.to } } };
		case 'not-a-video':
			return { answer: { status: 200, body: fault.body, contentType: fault.contentType } };
		default:
			return undefined;
	}
}

function truncated(answer: Answer): Answer {
	const text = JSON.stringify(answer.body ?? { status: 'COMPLETED', output: null });
	return { status: 200, body: text.slice(0, text.length / 2), contentType: 'application/json' };
}

/** What becomes of the answer once the service has done its work. */
export async function afterService(
	outcome: Outcome,
	{ fault, report: { stage }, job, service }: Call,
): Promise<Delivery> {
	const refused = (stage === 'submit' || stage === 'v1') && !outcome.job;
	// A fault that comes after acceptance cannot befall a request that was not accepted.
	if (!fault || refused) return { answer: await outcome.answer() };
	// These four do not wait for the answer: on v1 it would take as long as the job.
	if (fault.kind === 'respond') return { answer: fault };
	if (fault.kind === 'reset' || fault.kind === 'hang' || fault.kind === 'plaintext')
		return { fault };
	const answer = await outcome.answer();
	switch (fault.kind) {
		case 'malformed':
			return { answer: truncated(answer) };
		case 'no-id':
			return {
				answer: { ...answer, headers: unnamed(answer.headers), body: unnamed(answer.body) },
			};
		case 'cut':
		case 'cut-silently':
		case 'stall':
		case 'slow':
			return { fault, answer: fault.gzip ? await compressed(answer) : answer };
		case 'gzip':
			return { answer: await compressed(answer) };
		case 'content-type':
			return { answer: { ...answer, contentType: fault.contentType } };
		case 'say-failed': {
			// Only an answer that had gone well can say it.
			const said = answer.status === 200 ? (outcome.job ?? job) : undefined;
			const { error = 'Generation failed', body: failedBody } = fault;
			return { answer: said ? failure({ ...said, error, failedBody }, service.settings) : answer };
		}
		default:
			return { answer };
	}
}
