/**
 * What went wrong with one item, as a value: the life of a job never throws, so that one item's
 * trouble cannot take the others' paid videos along.
 */
import type { IDataObject } from 'n8n-workflow';

import { meaningOf, type Stage } from '../policy/meanings';
import { errorText } from '../wire/errorText';
import { describeFailure, isKeyWithheld, type Reply } from '../wire/reply';

export interface Problem {
	/** What happened and what to do next. It alone must do: it is all that an AI model sees. */
	message: string;
	/** More of what to do. */
	description: string;
	/** `parameter`: the user's input, nothing was sent. `service`: all else. */
	kind: 'parameter' | 'service';
	/** HTTP status, where there was an answer. */
	status?: number;
	/** Whether the video is billed. */
	billed: 'no' | 'yes' | 'possibly';
	requestId?: string;
	videoUrl?: string;
	/** USD. */
	cost?: number;
	/** Not begun because another item failed: that one's problem is what the user must see. */
	skipped?: boolean;
	/** More for `details` of the error item. */
	details?: IDataObject;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export const success = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const failure = (problem: Problem): { ok: false; problem: Problem } => ({
	ok: false,
	problem,
});

/** A problem with the user's own input: nothing was sent, nothing is billed. */
export function parameterProblem(message: string, description = ''): Problem {
	return { kind: 'parameter', message, description, billed: 'no' };
}

function sentence(text: string): string {
	return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Joins a title and the service's own words. */
export function withDetail(title: string, detail: string): string {
	return detail ? `${title}: ${detail}` : title;
}

/** A time as people read it, to the minute. @param ms since 1970 */
export function utc(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Puts sentences in a row, each with its full stop. */
export function sentences(...parts: Array<string | undefined>): string {
	return parts
		.filter((part): part is string => Boolean(part))
		.map(sentence)
		.join(' ');
}

/** What is known of an item's job when something goes wrong around it. */
export interface KnownJob {
	requestId?: string;
	/** ms since 1970 */
	submittedAt: number;
}

/**
 * Something failed that should not: a helper of n8n, or a mistake of ours. Its own text is not shown,
 * for n8n takes some texts for others.
 */
export function unexpectedProblem(job?: KnownJob): Problem {
	const { requestId, submittedAt } = job ?? {};
	const what = job
		? `${requestId ? `Request ${requestId}` : 'A video'} was submitted for it at ${utc(job.submittedAt)} and may be billed`
		: 'A video may have been submitted for it';
	return {
		kind: 'service',
		message: sentences(
			'Something unexpected went wrong in n8n with this item',
			`${what}: use Retry on this execution, it does not submit again what was submitted`,
			requestId && `Get with request ID ${requestId} fetches the video too`,
		),
		description: "The cause is in n8n's log.",
		billed: 'possibly',
		requestId,
		details:
			submittedAt === undefined ? undefined : { submittedAt: new Date(submittedAt).toISOString() },
	};
}

/** A request that got a refusal, or no answer, and certainly left no bill. */
export function refused(reply: Reply, stage: Stage, known: Partial<Problem> = {}): Problem {
	if (reply.kind === 'failure' && isKeyWithheld(reply)) {
		return {
			kind: 'service',
			message: describeFailure(reply),
			description: 'Nothing was sent. Correct the Segmind credential, then run the workflow again.',
			billed: 'no',
			...known,
		};
	}
	if (reply.kind === 'failure') {
		return {
			kind: 'service',
			message: `Segmind could not be reached: ${describeFailure(reply)}`,
			description:
				'Check the internet connection of n8n and the base URL and storage URL in the Segmind credential, then run the workflow again.',
			billed: 'no',
			...known,
		};
	}
	const text = errorText(reply.body);
	const { title, advice } = meaningOf(reply.status, stage, text);
	const { billed = 'no' } = known;
	return {
		kind: 'service',
		message: withDetail(title, text),
		description: sentences(advice, billed === 'no' ? 'Nothing was billed' : undefined),
		status: reply.status,
		...known,
		billed,
	};
}

/** What ended an attempt, in words that fit behind an earlier doubt. */
export const ENDED = {
	stopped: 'the execution was stopped',
	skipped: 'another item failed',
};

/** What an item says that was not begun, because another one had failed. */
export function skippedProblem(): Problem {
	return {
		kind: 'service',
		message: 'This video was not submitted, because another item had failed before',
		description: 'Nothing is billed for this item.',
		billed: 'no',
		skipped: true,
	};
}

/** What an item says that the user stopped. Without the word that makes n8n mark the execution as such: its Retry button would go. */
export function stoppedProblem(known: Partial<Problem> = {}): Problem {
	const { requestId, videoUrl } = known;
	if (videoUrl) {
		return {
			kind: 'service',
			message: `The execution was stopped when the video${requestId ? ` of request ${requestId}` : ''} was finished and paid. Do not generate it again: open ${videoUrl} within 7 days`,
			description: 'Retry in the executions list, where n8n offers it, downloads the file.',
			billed: 'yes',
			...known,
		};
	}
	return {
		kind: 'service',
		message: requestId
			? `The execution was stopped while request ${requestId} was being made. The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with this request ID`
			: 'The execution was stopped before anything was submitted for this item',
		description: requestId
			? 'Segmind cannot stop a video that it has accepted. The request can be asked for about one hour after its submit.'
			: 'Nothing was submitted and nothing is billed for this item.',
		billed: requestId ? 'possibly' : 'no',
		...known,
	};
}
