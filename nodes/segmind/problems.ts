/**
 * Every message about a job: what happened, whether it is paid, and what to do next. Pure.
 */
import type { IDataObject } from 'n8n-workflow';

import { sentences, utc, withDetail, type Problem } from './outcome';
import { REQUEST_RECORD_LIFETIME, VIDEO_LIFETIME } from './policy/limits';
import { CONSOLE_URL, meaningOf, type Stage } from './policy/meanings';
import { errorText } from './transport/errorText';
import { describeFailure, isKeyWithheld, type Reply } from './transport/reply';

/** What is known about an item's job when something else goes wrong. */
export interface KnownJob {
	requestId?: string;
	/** ms since 1970 */
	submittedAt: number;
}

/**
 * Something unexpected failed: a helper of n8n, or our own code. Its text is not shown, because n8n replaces some
 * texts with others.
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

/** A request that was refused or got no answer, and certainly costs nothing. */
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

/** What ended an attempt, in words that can follow an earlier doubt. */
export const ENDED = {
	stopped: 'the execution was stopped',
	skipped: 'another item failed',
};

/** The problem of an item that was skipped because another one failed. */
export function skippedProblem(): Problem {
	return {
		kind: 'service',
		message: 'This video was not submitted, because another item had failed before',
		description: 'Nothing is billed for this item.',
		billed: 'no',
		skipped: true,
	};
}

/** The problem of an item that the user stopped. It avoids the word that would make n8n remove the Retry button. */
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
			? `The execution was stopped while request ${requestId} was being made. The video continues at Segmind and is billed when it is done: do not generate it again, use the Get operation with this request ID`
			: 'The execution was stopped before anything was submitted for this item',
		description: requestId
			? 'Segmind cannot stop a video that it has accepted. The request can be asked for about one hour after its submit.'
			: 'Nothing was submitted and nothing is billed for this item.',
		billed: requestId ? 'possibly' : 'no',
		...known,
	};
}

/** Where the user can check what happened to a submit. */
export const CONSOLE = `the Segmind console (${CONSOLE_URL}), under Generations`;

/**
 * A submit that may have created a job.
 *
 * @param what what happened
 * @param submittedAt ms since 1970
 * @param looked what the account's history said, as a sentence
 */
export function unknownOutcome(what: string, submittedAt: number, looked?: string): Problem {
	const time = utc(submittedAt);
	return {
		kind: 'service',
		message: sentences(
			`It is unknown whether this video was submitted: ${what}`,
			'A job may exist at Segmind and may be billed, so it was not submitted again',
			looked,
			`Before you generate it again, check ${CONSOLE}, for a video started at ${time}`,
		),
		description:
			'If it is there, fetch it with the Get operation and its request ID. Retry in the executions list checks again and costs nothing. To submit it again anyway, turn on the option "Resubmit If Unknown" and retry with the currently saved workflow.',
		billed: 'possibly',
		details: { submittedAt: new Date(submittedAt).toISOString() },
	};
}

/**
 * The same, after an unclear answer or none.
 *
 * @param submittedAt ms since 1970
 */
export function unclear(reply: Reply, submittedAt: number): Problem {
	if (reply.kind === 'failure') return unknownOutcome(describeFailure(reply), submittedAt);
	const text = errorText(reply.body);
	const what =
		reply.status >= 200 && reply.status < 300
			? 'Segmind accepted it, but its answer has no readable request ID'
			: withDetail(
					`${meaningOf(reply.status, 'submit', text).title} (status ${reply.status})`,
					text,
				);
	return { ...unknownOutcome(what, submittedAt), status: reply.status };
}

/** An earlier attempt may have created a job, so the end of the submit does not end the doubt. */
export function stillInDoubt(submittedAt: number, then: string, status?: number): Problem {
	const what = `Segmind answered an attempt with a server error, and then: ${then}`;
	return { ...unknownOutcome(what, submittedAt), status };
}

/** Shown if the service gives no reason for a failed job. */
export const NO_REASON = 'no reason was given';

/** A job that failed at Segmind. It is not billed. */
export function failedJob(requestId: string, text: string): Problem {
	return {
		kind: 'service',
		message: sentences(
			withDetail(`Segmind could not make this video (request ${requestId})`, text),
		),
		description:
			'A failed video is not billed. Change the prompt or the file that the message names, then run the node again.',
		status: 422,
		billed: 'no',
		requestId,
	};
}

/** A failed request in the account's history. */
interface FailedRequest {
	requestId: string;
	/** ms since 1970 */
	createdAt?: number;
	/** USD */
	cost?: number;
	error?: string;
}

/** The same for a job that only the account's history still knows. It names the price if Segmind charged one. */
export function failedBefore(row: FailedRequest): Problem {
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

/** A job that the node waits for. */
interface Submitted {
	requestId: string;
	/** ms since 1970; undefined if another execution submitted it. */
	submittedAt?: number;
}

const lastAnswer = (words: string | undefined) => words && `The last answer was: ${words}`;

/**
 * Max Wait ended before the job did.
 *
 * @param lastWords the service's last answer, unless it was a status
 * @param isInHistory whether the account's history has it, so that Get has more than an hour
 */
export function tooLong(
	watched: Submitted,
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
			`The video continues at Segmind and is billed when it is done: do not generate it again, use the Get operation with request ID ${requestId}${until ? ` before ${until}` : unknownEnd}`,
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
	watched: Submitted,
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
 * The service refused to answer about the job, so the user must find out what happened to it.
 *
 * @param lookedUp what the account's history said, as a sentence
 */
export function unaskable(
	reply: Reply,
	{ requestId, submittedAt }: Submitted,
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
				: `It was submitted at ${utc(submittedAt)} and may be billed: do not generate it again, check the Segmind console for it, or use the Get operation with this request ID`,
		),
		requestId,
	};
}

/**
 * The service's answers name no status and no failure, or say that a finished job failed.
 *
 * @param text the service's own words
 * @param status HTTP status of the answer; undefined if it comes from the account's history
 */
export function doubtful(
	{ requestId }: Submitted,
	text: string,
	status?: number,
	lookedUp?: string,
): Problem {
	return {
		kind: 'service',
		message: sentences(
			withDetail(`Segmind does not say what became of request ${requestId}`, text),
			lookedUp,
			'The video may still be made and billed: do not generate it again, use Retry or the Get operation with this request ID, or check the Segmind console for it',
		),
		description:
			'Retry in the executions list asks again and submits nothing. The node submits a video again only when Segmind says that it failed, and never said that it was completed.',
		status,
		billed: 'possibly',
		requestId,
	};
}

/** A finished video. */
interface Finished {
	/** ms since 1970 */
	completedAt?: number;
	videoUrl?: string;
	/** USD */
	cost?: number;
}

/** A finished and paid video whose file has expired. */
export function expiredVideo(requestId: string | undefined, result: Finished): Problem {
	const { completedAt = 0, videoUrl, cost } = result;
	return {
		kind: 'service',
		message: sentences(
			`The video${requestId ? ` of request ${requestId}` : ''} has expired: it was finished at ${utc(completedAt)}, and Segmind keeps a file for 7 days, until ${utc(completedAt + VIDEO_LIFETIME)}`,
			'It was paid then. To get it again, you must generate it and pay for it again',
		),
		description:
			'Check first whether an earlier execution, or another storage, still has the file.',
		billed: 'yes',
		requestId,
		videoUrl,
		cost,
	};
}

/** A paid video at its URL. */
export interface PaidFile {
	url: string;
	requestId?: string;
	/** USD */
	cost?: number;
	/** Whether another run of the node would submit another video. */
	isSubmitted: boolean;
}

/** The video is paid, and the user can still download it. */
export function undelivered(file: PaidFile, why: string): Problem {
	return {
		kind: 'service',
		message: sentences(
			`The video${file.requestId ? ` of request ${file.requestId}` : ''} is finished and paid, but its file could not be downloaded: ${why}`,
			`Do not generate it again: open ${file.url} within 7 days`,
		),
		description: sentences(
			file.requestId &&
				'Get with this request ID downloads it too, for as long as Segmind keeps the file',
			file.isSubmitted
				? "Retry in the executions list downloads the file without paying again. A new execution of the saved workflow does so too, if the account's history has the video"
				: undefined,
		),
		billed: 'yes',
		requestId: file.requestId,
		videoUrl: file.url,
		cost: file.cost,
	};
}

/** What to do about a synchronous call that broke off. */
export const LATER =
	'The API version v1 sends the video over the connection of the submit. With v2, the default, the node retries a broken download.';

/**
 * The answer to a synchronous call broke off, and the node has no request ID to poll with.
 *
 * @param isMade whether bytes of the video had arrived
 * @param cost USD, if the answer names it
 */
export function lostAnswer(why: string, isMade: boolean, cost?: number): Problem {
	return {
		kind: 'service',
		message: isMade
			? sentences(
					`Segmind made the video, but its answer could not be read: ${why}`,
					`It is billed: check ${CONSOLE}, before you generate it again`,
				)
			: sentences(
					`Segmind accepted the call, but its answer could not be read: ${why}`,
					`The video may be made and billed: check ${CONSOLE}, before you generate it again`,
				),
		description: LATER,
		billed: isMade ? 'yes' : 'possibly',
		cost,
	};
}

/** The answer to a synchronous call says that the job failed, and names no request ID. */
export const failedCall = (text: string): Problem => ({
	kind: 'service',
	message: sentences(withDetail('Segmind could not make this video', text)),
	description:
		'A failed video is not billed. Change the prompt or the file, then run the node again.',
	billed: 'no',
});

/** Follows {@link unknownOutcome} of a synchronous call. It has no request ID, so it does not mention Get. */
export const UNKNOWN_CALL =
	'If it is there, open it in the console. Retry in the executions list checks again and costs nothing. To submit it again anyway, turn on the option "Resubmit If Unknown" and retry with the currently saved workflow. The API version v1 has no request ID to come back with: v2, the default, is safer.';

/** A synchronous call without a request ID, and n8n did not keep its file. */
export const videoGone = (): Problem => ({
	kind: 'service',
	message:
		'An earlier attempt of this execution made and paid this video, but n8n did not keep its file, and Segmind named no request ID: check the Segmind console for the video before you generate it again',
	description:
		'With binary data kept in memory, or pruned, the file of a synchronous (v1) call is lost with its run. API Version V2 does not have this problem.',
	billed: 'yes',
});

/** The job is finished, but the service named no URL. */
export const withoutUrl = (
	requestId: string | undefined,
	{ cost, response }: { cost?: number; response: IDataObject },
): Problem => ({
	kind: 'service',
	message: sentences(
		`Request ${requestId ?? '(unknown)'} is finished, but Segmind's answer names no video URL`,
		'It may be billed: do not generate it again, check the Segmind console for the video',
	),
	description:
		'The answer is under details. Please report it, so that this node can learn to read it.',
	billed: 'possibly',
	requestId,
	cost,
	details: { response },
});

/** A file that a job needs could not be uploaded. */
export function notUploaded(noun: string, reply: Reply): Problem {
	const problem = refused(reply, 'upload');
	return { ...problem, message: `The ${noun} could not be uploaded: ${problem.message}` };
}

const FETCH_IT =
	'The video continues at Segmind and is billed when it is done: do not generate it again, use the Get operation with this request ID';

/** n8n was killed many times while it fetched the video, or ended the execution for another reason. */
export const givenUp = (requestId: string, why: string): Problem => ({
	kind: 'service',
	message: sentences(
		`n8n ended the execution that fetches request ${requestId} again and again: ${why}`,
		FETCH_IT,
	),
	description: '',
	billed: 'possibly',
	requestId,
});

/** The execution was stopped or deleted while it was parked. */
export const nobodyWaits = (requestId: string): Problem => ({
	kind: 'service',
	message: sentences(
		`The execution that waited for request ${requestId} was stopped or deleted`,
		FETCH_IT,
	),
	description: 'The next execution of the workflow with the same video takes it over too.',
	billed: 'possibly',
	requestId,
});

/**
 * n8n 2.41.1 keeps the error of a parked execution. Its Retry gives the same error again and does not run the node.
 */
export const parkedProblem = (problem: Problem): Problem => ({
	...problem,
	description: sentences(
		problem.description,
		'This execution was parked: Retry in the executions list repeats this error and does nothing else. Execute the workflow again with the same items: the node takes over what is paid',
	),
});
