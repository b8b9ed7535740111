/** What a user reads when a job that was submitted could not be brought to its end. */
import { REQUEST_RECORD_LIFETIME, VIDEO_LIFETIME } from '../policy/limits';
import type { Reply } from '../wire/reply';
import type { HistoryRow } from './historyRows';
import { refused, sentences, utc, withDetail, type Problem } from './problem';
import { NO_REASON, type VideoResult } from './result';
import type { Watched } from './watched';

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

/** The same of a job that only the account's history still knows. A bill for a failed one is nobody's to call nothing. */
export function failedBefore(row: HistoryRow): Problem {
	const { requestId, createdAt, cost, error = NO_REASON } = row;
	const problem = failedJob(requestId, error);
	const price = cost === undefined ? '' : `, and Segmind charged $${cost.toFixed(2)} for it`;
	const isBilled = cost !== undefined && cost > 0;
	return {
		...problem,
		message: sentences(
			problem.message,
			createdAt === undefined
				? price && `Segmind charged $${cost!.toFixed(2)} for it`
				: `It was submitted at ${utc(createdAt)}${price}`,
		),
		description: isBilled ? 'Ask Segmind why a failed video was billed.' : problem.description,
		billed: isBilled ? 'yes' : 'no',
		cost,
	};
}

const lastAnswer = (words: string | undefined) => words && `The last answer was: ${words}`;

/**
 * The user's patience ended before the job did.
 *
 * @param lastWords what the service said last, unless it was a status
 * @param isInHistory the account's history has it, so Get has more than an hour
 */
export function tooLong(
	watched: Watched,
	lastWords: string | undefined,
	isInHistory = false,
): Problem {
	const { requestId, submittedAt } = watched;
	const end = submittedAt === undefined ? undefined : submittedAt + REQUEST_RECORD_LIFETIME;
	const until = end === undefined || end < Date.now() ? undefined : utc(end);
	const unknownEnd = isInHistory ? '' : ' within an hour of its submit';
	return {
		kind: 'service',
		message: sentences(
			`Request ${requestId} was not finished within the time set in Max Wait`,
			lastAnswer(lastWords),
			`The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with request ID ${requestId}${until ? ` before ${until}` : unknownEnd}`,
		),
		description:
			'Raise Max Wait in the options if this happens often: long videos take more than four minutes.',
		billed: 'possibly',
		requestId,
		details: until ? { getBefore: until } : undefined,
	};
}

/** The job is finished, but its result could not be read in time. */
export function resultMissing(
	watched: Watched,
	lastWords: string | undefined,
	lookedUp?: string,
): Problem {
	const { requestId } = watched;
	return {
		...tooLong(watched, lastWords),
		message: sentences(
			`Request ${requestId} is finished and billed, but its result could not be read in time`,
			lastAnswer(lastWords),
			lookedUp,
			`Do not generate it again: use the Get operation with request ID ${requestId} within an hour of its submit`,
		),
		billed: 'yes',
	};
}

/**
 * Asked and refused: who submitted it must find out what became of it.
 *
 * @param lookedUp what the account's history said, as a sentence
 */
export function unaskable(
	reply: Reply,
	{ requestId, submittedAt }: Watched,
	lookedUp?: string,
): Problem {
	const problem = refused(reply, 'read', { billed: 'possibly' });
	return {
		...problem,
		message: sentences(
			`${problem.message} (request ${requestId})`,
			lookedUp,
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
 * @param status HTTP status of the answer; undefined where the account's history says it
 */
export function doubtful(
	{ requestId }: Watched,
	text: string,
	status?: number,
	lookedUp?: string,
): Problem {
	return {
		kind: 'service',
		message: sentences(
			withDetail(`Segmind does not say what became of request ${requestId}`, text),
			lookedUp,
			'The video may be made and billed all the same: do not generate it again, use Retry or the Get operation with this request ID, or look for it in the Segmind console',
		),
		description:
			'Retry in the executions list asks again and submits nothing. Only a video that Segmind calls failed, and never called completed, is submitted anew.',
		status,
		billed: 'possibly',
		requestId,
	};
}

/** Whether the service has certainly removed a video's file, by its own rule. */
export const isExpired = ({ completedAt }: VideoResult, now: number): boolean =>
	completedAt !== undefined && now - completedAt > VIDEO_LIFETIME;

/** The file of a video that is finished and paid could not be had any more. */
export function expiredVideo(requestId: string | undefined, result: VideoResult): Problem {
	const { completedAt = 0, videoUrl, cost } = result;
	return {
		kind: 'service',
		message: sentences(
			`The video${requestId ? ` of request ${requestId}` : ''} has expired: it was finished at ${utc(completedAt)}, and Segmind keeps a file for 7 days, until ${utc(completedAt + VIDEO_LIFETIME)}`,
			'It was paid then. To have it again, it must be generated and paid again',
		),
		description: 'Look first whether an earlier execution, or another store, still has the file.',
		billed: 'yes',
		requestId,
		videoUrl,
		cost,
	};
}
