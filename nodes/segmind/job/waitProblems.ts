/** What a user reads when a job that was submitted could not be brought to its end. */
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';
import type { Reply } from '../wire/reply';
import { refused, sentences, withDetail, type Problem } from './problem';
import { utc, type Watched } from './watched';

/** A job that the service itself gave up; it is not billed. */
export function failedJob(requestId: string, text: string): Problem {
	return {
		kind: 'service',
		message: sentences(
			withDetail(`Segmind could not make this video (request ${requestId})`, text),
		),
		description:
			'A failed video is not billed. Change the prompt or the image that the message names, then run the node again.',
		status: 422,
		billed: 'no',
		requestId,
	};
}

const lastAnswer = (words: string | undefined) => words && `The last answer was: ${words}`;

/**
 * The user's patience ended before the job did.
 *
 * @param lastWords what the service said last, unless it was a status
 */
export function tooLong(watched: Watched, lastWords: string | undefined): Problem {
	const { requestId, submittedAt } = watched;
	const end = submittedAt === undefined ? undefined : submittedAt + REQUEST_RECORD_LIFETIME;
	const until = end === undefined || end < Date.now() ? undefined : utc(end);
	return {
		kind: 'service',
		message: sentences(
			`Request ${requestId} was not finished within the time set in Max Wait`,
			lastAnswer(lastWords),
			`The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with request ID ${requestId}${until ? ` before ${until}` : ' within an hour of its submit'}`,
		),
		description:
			'Raise Max Wait in the options if this happens often: long videos take more than four minutes.',
		billed: 'possibly',
		requestId,
		details: until ? { getBefore: until } : undefined,
	};
}

/** The job is finished, but its result could not be read in time. */
export function resultMissing(watched: Watched, lastWords: string | undefined): Problem {
	const { requestId } = watched;
	return {
		...tooLong(watched, lastWords),
		message: sentences(
			`Request ${requestId} is finished and billed, but its result could not be read in time`,
			lastAnswer(lastWords),
			`Do not generate it again: use the Get operation with request ID ${requestId} within an hour of its submit`,
		),
		billed: 'yes',
	};
}

/** Asked and refused: who submitted it must find out what became of it. */
export function unaskable(reply: Reply, { requestId, submittedAt }: Watched): Problem {
	const problem = refused(reply, 'read', { billed: 'possibly' });
	return {
		...problem,
		message: sentences(
			`${problem.message} (request ${requestId})`,
			submittedAt === undefined
				? undefined
				: `It was submitted at ${utc(submittedAt)} and may be billed: do not generate it again, look for it in the Segmind console, or use the Get operation with this request ID`,
		),
		requestId,
	};
}

/**
 * The service keeps saying something that is neither a status nor a failure, or that a finished job failed.
 *
 * @param text the service's own words
 * @param status HTTP status of the answer
 */
export function doubtful({ requestId }: Watched, text: string, status: number): Problem {
	return {
		kind: 'service',
		message: sentences(
			withDetail(`Segmind does not say what became of request ${requestId}`, text),
			'The video may be made and billed all the same: do not generate it again, use Retry or the Get operation with this request ID, or look for it in the Segmind console',
		),
		description:
			'Retry in the executions list asks again and submits nothing. Only a video that Segmind calls failed, and never called completed, is submitted anew.',
		status,
		billed: 'possibly',
		requestId,
	};
}
