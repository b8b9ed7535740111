/**
 * Waits for an asynchronous job and reads its result. GETs cost nothing: they ride out every fault
 * until the deadline.
 */
import { NEW_REQUEST_GRACE, REQUEST_RECORD_LIFETIME, TIMEOUTS } from '../policy/limits';
import { failurePause, PAUSES, rateLimitPause, statusPause } from '../policy/pauses';
import { judgeRead } from '../policy/repeats';
import { isRateLimited, type Reply } from '../wire/reply';
import {
	failure,
	refused,
	sentences,
	stoppedProblem,
	success,
	withDetail,
	type Outcome,
	type Problem,
} from './problem';
import { readJob, type Reading, type VideoResult } from './result';
import { read, type Session } from './session';

export interface Watched {
	requestId: string;
	/** ms since 1970; undefined when another execution submitted it. */
	submittedAt?: number;
	/** ms since 1970 after which waiting ends. */
	deadline: number;
}

/** A job that is done, or still at work when nobody wants to wait. */
export type JobEnd =
	| { state: 'completed'; result: VideoResult }
	| { state: 'running'; status: string }
	/** Certainly not billed. */
	| { state: 'failed'; problem: Problem };

/**
 * ms between two words about a job whose status does not change. Who watches a manual run wants to see
 * that something happens; in production a log of fifty videos at once must stay readable.
 */
export const PROGRESS = { console: 10_000, log: 60_000 };

const jobPath = (requestId: string) => `/v2/requests/${encodeURIComponent(requestId)}`;

/** A job that the service itself gave up; it is not billed. */
function failedJob(requestId: string, text: string): Problem {
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

function utc(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The user's patience ended before the job did. */
function tooLong(watched: Watched, lastProblem: Problem | undefined): Problem {
	const { requestId, submittedAt } = watched;
	const end = submittedAt === undefined ? undefined : submittedAt + REQUEST_RECORD_LIFETIME;
	const until = end === undefined || end < Date.now() ? undefined : utc(end);
	return {
		kind: 'service',
		message: sentences(
			`Request ${requestId} was not finished within the time set in Max Wait`,
			lastProblem && `The last answer was: ${lastProblem.message}`,
			`The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with request ID ${requestId}${until ? ` before ${until}` : ' within an hour of its submit'}`,
		),
		description:
			'Raise Max Wait in the options if this happens often: long videos take more than four minutes.',
		billed: 'possibly',
		requestId,
		details: until ? { getBefore: until } : undefined,
	};
}

/** Asked and refused: who submitted it must find out what became of it. */
function unaskable(reply: Reply, watched: Watched): Problem {
	const { requestId, submittedAt } = watched;
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

/** Whether a 404 may only mean that the request is too new to be known everywhere. */
function isTooNew(watched: Watched, reply: Reply, now: number): boolean {
	if (reply.kind !== 'answer' || reply.status !== 404) return false;
	return watched.submittedAt !== undefined && now - watched.submittedAt < NEW_REQUEST_GRACE;
}

type Look =
	| { kind: 'reading'; reading: Exclude<Reading, { state: 'unreadable' }> }
	| { kind: 'final'; problem: Problem }
	| { kind: 'repeat'; pause?: number; problem?: Problem };

/** One GET of the status or the result. */
async function look(session: Session, watched: Watched, part: 'status' | 'result'): Promise<Look> {
	const path = jobPath(watched.requestId) + (part === 'status' ? '/status' : '');
	const reply = await read(
		session,
		part,
		{
			method: 'GET',
			service: 'gateway',
			path,
			timeout: TIMEOUTS[part],
		},
		watched.requestId,
	);
	const now = Date.now();
	const verdict = judgeRead(reply);
	if (verdict === 'final') {
		if (isTooNew(watched, reply, now)) return { kind: 'repeat' };
		return { kind: 'final', problem: unaskable(reply, watched) };
	}
	if (verdict === 'repeat' || reply.kind === 'failure') {
		const pause = isRateLimited(reply)
			? rateLimitPause(reply.headers, now, Math.random())
			: undefined;
		return { kind: 'repeat', pause, problem: refused(reply, 'read', { billed: 'possibly' }) };
	}
	const reading = readJob(reply.body, reply.status, now);
	// A cut body says nothing.
	return reading.state === 'unreadable' ? { kind: 'repeat' } : { kind: 'reading', reading };
}

/** The job is finished, but its result could not be read in time. */
function resultMissing(watched: Watched, lastProblem: Problem | undefined): Problem {
	const late = tooLong(watched, lastProblem);
	return {
		...late,
		message: sentences(
			`Request ${watched.requestId} is finished and billed, but its result could not be read in time`,
			lastProblem && `The last answer was: ${lastProblem.message}`,
			`Do not generate it again: use the Get operation with request ID ${watched.requestId} within an hour of its submit`,
		),
		billed: 'yes',
	};
}

/** Says how a job stands: when its status changes, and now and then. */
function progress(session: Session, watched: Watched, since: number) {
	let lastStatus = '';
	let toldAt = 0;
	let loggedAt = 0;
	return (status: string) => {
		const now = Date.now();
		const isNews = status !== lastStatus;
		const isLogged = isNews || now - loggedAt >= PROGRESS.log;
		if (!isLogged && now - toldAt < PROGRESS.console) return;
		lastStatus = status;
		toldAt = now;
		if (isLogged) loggedAt = now;
		const say = isLogged ? session.log : session.tell;
		say(status === 'COMPLETED' ? 'Segmind has made the video' : 'Segmind is making the video', {
			requestId: watched.requestId,
			status,
			elapsedSeconds: Math.round((now - since) / 1000),
		});
	};
}

/** What the status said, completed and corrected by the result. */
function merged(status: VideoResult, result: VideoResult): VideoResult {
	const known = Object.entries(result).filter(([, value]) => value !== undefined);
	return { ...status, ...Object.fromEntries(known) };
}

/** Asks for the status until the job is done, then for the result. */
async function readUntil(
	session: Session,
	watched: Watched,
	keepWaiting: boolean,
): Promise<Outcome<JobEnd>> {
	const { stop } = session;
	const since = watched.submittedAt ?? Date.now();
	const sayProgress = progress(session, watched, since);
	let failures = 0;
	let lastProblem: Problem | undefined;
	/** What the status said of a finished job, in case the result cannot be had. */
	let finished: VideoResult | undefined;
	// A job that was submitted this moment is not done.
	if (keepWaiting) await stop.pause(PAUSES.firstStatus - (Date.now() - since));
	for (;;) {
		const seen = await look(session, watched, finished ? 'result' : 'status');
		if (stop.pressed) return failure(stoppedProblem({ requestId: watched.requestId }));

		let pause: number;
		if (seen.kind === 'final') {
			if (finished?.videoUrl) return success({ state: 'completed', result: finished });
			return failure(seen.problem);
		}
		if (seen.kind === 'reading') {
			const { reading } = seen;
			if (reading.state === 'failed') {
				return success({ state: 'failed', problem: failedJob(watched.requestId, reading.text) });
			}
			if (reading.state === 'completed') {
				if (finished) finished = merged(finished, reading.result);
				else {
					finished = reading.result;
					if (keepWaiting) sayProgress('COMPLETED');
					continue;
				}
				if (finished.videoUrl) return success({ state: 'completed', result: finished });
				// The result can lag behind the status: it is asked for again.
				failures++;
				pause = failurePause(failures, Math.random());
			} else {
				if (!keepWaiting) return success({ state: 'running', status: reading.status });
				failures = 0;
				sayProgress(reading.status);
				pause = Math.max(
					statusPause(Date.now() - since),
					session.account.statusPause(watched.requestId),
				);
			}
		} else {
			failures++;
			lastProblem = seen.problem ?? lastProblem;
			pause = seen.pause ?? failurePause(failures, Math.random());
		}

		const left = watched.deadline - Date.now();
		if (left <= 0) {
			if (finished?.videoUrl) return success({ state: 'completed', result: finished });
			return failure(
				finished ? resultMissing(watched, lastProblem) : tooLong(watched, lastProblem),
			);
		}
		await stop.pause(Math.min(pause, left));
		if (stop.pressed) return failure(stoppedProblem({ requestId: watched.requestId }));
	}
}

/**
 * Waits until the job is done, failed, or the deadline has passed. It asks at least once, so that a
 * job whose deadline passed before a retry is still picked up when it is done.
 */
export async function wait(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	const { requestId, deadline, submittedAt } = watched;
	const release = session.account.watch(requestId, deadline, submittedAt);
	return await readUntil(session, watched, true).finally(release);
}

/** Reads how a job stands now; faults are ridden out, a running job is not waited for. */
export async function status(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await readUntil(session, watched, false);
}
