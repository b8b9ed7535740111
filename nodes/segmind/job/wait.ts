/**
 * Waits for an asynchronous job and reads its result. GETs cost nothing: they ride out every fault
 * until the deadline. Durations are measured with a monotonic clock: the wall clock may be set meanwhile.
 */
import { REQUEST_RECORD_LIFETIME, TIMEOUTS } from '../policy/limits';
import { failurePause, PAUSES, rateLimitPause, statusPause } from '../policy/pauses';
import { judgeRead } from '../policy/repeats';
import { errorText } from '../wire/errorText';
import { isRateLimited, type Answer } from '../wire/reply';
import { Lasting } from './lasting';
import {
	failure,
	refused,
	stoppedProblem,
	success,
	withDetail,
	type Outcome,
	type Problem,
} from './problem';
import { readJob, type Reading, type VideoResult } from './result';
import { read, type Session } from './session';
import { doubtful, failedJob, resultMissing, tooLong, unaskable } from './waitProblems';
import type { JobEnd, Watched } from './watched';

export type { JobEnd, Watched } from './watched';

/**
 * ms between two words about a job whose status does not change. Who watches a manual run wants to see
 * that something happens; in production a log of fifty videos at once must stay readable.
 */
export const PROGRESS = { console: 10_000, log: 60_000 };

const jobPath = (requestId: string) => `/v2/requests/${encodeURIComponent(requestId)}`;

/** ms of a clock that nobody sets. */
const monotonic = () => performance.now();

/** Looks at the wall clock once. `age`: ms since the submit; `left`: ms until the deadline. */
function clockOf({ submittedAt, deadline }: Watched) {
	const now = Date.now();
	const begun = monotonic();
	const ageThen = Math.max(0, now - (submittedAt ?? now));
	const passed = () => monotonic() - begun;
	return { age: () => ageThen + passed(), left: () => deadline - now - passed() };
}

type Look =
	| (Exclude<Reading, { state: 'unreadable' }> & { httpStatus: number })
	/** 404: unknown, expired, or not known everywhere yet. */
	| { state: 'gone'; reply: Answer }
	/** Refused: asking again does not help. */
	| { state: 'refused'; reply: Answer }
	/** Nothing was learned. */
	| { state: 'fault'; words: string; pause?: number };

/** One GET of the status or the result. */
async function look(session: Session, watched: Watched, part: 'status' | 'result'): Promise<Look> {
	const path = jobPath(watched.requestId) + (part === 'status' ? '/status' : '');
	const reply = await read(session, part, {
		method: 'GET',
		service: 'gateway',
		path,
		timeout: TIMEOUTS[part],
	});
	const verdict = judgeRead(reply);
	if (reply.kind === 'failure' || verdict === 'repeat') {
		const pause = isRateLimited(reply)
			? rateLimitPause(reply.headers, Date.now(), Math.random())
			: undefined;
		return { state: 'fault', words: refused(reply, 'read').message, pause };
	}
	const { status } = reply;
	if (verdict === 'final') return { state: status === 404 ? 'gone' : 'refused', reply };
	const reading = readJob(reply.body, status, Date.now());
	if (reading.state !== 'unreadable') return { ...reading, httpStatus: status };
	// A cut body says nothing, nor does the page of a firewall.
	const words = withDetail(`status ${status} and nothing readable`, errorText(reply.body));
	return { state: 'fault', words };
}

/** Says how a job stands: when its status changes, and now and then. */
function progress(session: Session, { requestId }: Watched, age: () => number) {
	let lastStatus = '';
	let toldAt = -Infinity;
	let loggedAt = -Infinity;
	return (status: string) => {
		const now = monotonic();
		const isNews = status !== lastStatus;
		const isLogged = isNews || now - loggedAt >= PROGRESS.log;
		if (!isLogged && now - toldAt < PROGRESS.console) return;
		lastStatus = status;
		toldAt = now;
		if (isLogged) loggedAt = now;
		const say = isLogged ? session.log : session.tell;
		say(status === 'COMPLETED' ? 'Segmind has made the video' : 'Segmind is making the video', {
			requestId,
			status,
			elapsedSeconds: Math.round(age() / 1000),
		});
	};
}

/** What the status said, completed and corrected by the result. */
function merged(status: VideoResult | undefined, result: VideoResult): VideoResult {
	const known = Object.entries(result).filter(([, value]) => value !== undefined);
	return { ...status, ...(Object.fromEntries(known) as unknown as VideoResult) };
}

/** `end`: what came of the waiting. `pause`: ms until the next look. */
type Step = { end: Outcome<JobEnd> } | { pause: number };

/** One job that is asked for until it has ended. */
class Watch {
	private readonly clock: ReturnType<typeof clockOf>;

	private readonly sayProgress: ReturnType<typeof progress>;

	private readonly lasting = new Lasting();

	private failures = 0;

	private lastWords: string | undefined;

	/** A status said COMPLETED, in this try or an earlier one. */
	private isFinished: boolean;

	/** What is known of the finished video, in case the result cannot be had. */
	private result: VideoResult | undefined;

	constructor(
		private readonly session: Session,
		private readonly watched: Watched,
		private readonly keepWaiting: boolean,
	) {
		this.clock = clockOf(watched);
		this.sayProgress = progress(session, watched, this.clock.age);
		this.isFinished = watched.isFinished ?? false;
	}

	async run(): Promise<Outcome<JobEnd>> {
		const { stop } = this.session;
		const { requestId } = this.watched;
		// A job that was submitted this moment is not done.
		if (this.keepWaiting) await stop.pause(PAUSES.firstStatus - this.clock.age());
		for (;;) {
			const seen = await look(this.session, this.watched, this.isFinished ? 'result' : 'status');
			if (stop.pressed) return failure(stoppedProblem({ requestId }));
			const step = this.step(seen);
			if ('end' in step) return step.end;
			const left = this.clock.left();
			if (left <= 0 && step.pause > 0) return this.give(this.late());
			await stop.pause(Math.min(step.pause, left));
			if (stop.pressed) return failure(stoppedProblem({ requestId }));
		}
	}

	private step(seen: Look): Step {
		switch (seen.state) {
			case 'running':
				return this.running(seen.status);
			case 'completed':
				return this.completed(seen.result);
			case 'failed':
				if (!this.isFinished) {
					const problem = failedJob(this.watched.requestId, seen.text);
					return { end: success({ state: 'failed', problem }) };
				}
				return this.doubtful(seen.text, seen.httpStatus);
			case 'doubtful':
				return this.doubtful(seen.text, seen.httpStatus);
			case 'gone':
				return this.gone(seen.reply);
			case 'refused':
				return { end: this.give(unaskable(seen.reply, this.watched)) };
			case 'fault':
				this.lastWords = seen.words;
				return { pause: seen.pause ?? this.backoff() };
		}
	}

	private running(status: string): Step {
		if (!this.keepWaiting) return { end: success({ state: 'running', status }) };
		this.failures = 0;
		this.lasting.interrupted();
		this.sayProgress(status);
		return { pause: Math.max(statusPause(this.clock.age()), this.session.account.statusPause) };
	}

	private completed(result: VideoResult): Step {
		this.lasting.interrupted();
		this.result = merged(this.result, result);
		if (!this.isFinished) {
			this.isFinished = true;
			this.watched.onFinished?.();
			if (this.keepWaiting) this.sayProgress('COMPLETED');
			return { pause: 0 };
		}
		if (this.result.videoUrl) return { end: this.give() };
		// The result can lag behind the status: it is asked for again.
		return { pause: this.backoff() };
	}

	/** Words that are no failure, or come too late for one, are believed when they last; and then they are doubt, no failure. */
	private doubtful(text: string, httpStatus: number): Step {
		this.lastWords = text;
		if (!this.lasting.says(text, monotonic())) return { pause: this.backoff() };
		return { end: this.give(doubtful(this.watched, text, httpStatus)) };
	}

	/**
	 * The service has told this run the request's ID and keeps its record for an hour: until then a 404 comes from a
	 * server that is behind, from another account's key, or from something in between.
	 */
	private gone(reply: Answer): Step {
		const { submittedAt } = this.watched;
		const isKnown = submittedAt !== undefined && this.clock.age() < REQUEST_RECORD_LIFETIME;
		const problem = unaskable(reply, this.watched);
		this.lastWords = refused(reply, 'read').message;
		if (isKnown && !this.lasting.says('404', monotonic())) return { pause: this.backoff() };
		return { end: this.give(problem) };
	}

	private backoff(): number {
		this.failures++;
		return failurePause(this.failures, Math.random());
	}

	private late(): Problem {
		const lateProblem = this.isFinished ? resultMissing : tooLong;
		return lateProblem(this.watched, this.lastWords);
	}

	/** The video if its address is known, whatever happened since; otherwise the problem. */
	private give(problem?: Problem): Outcome<JobEnd> {
		if (this.result?.videoUrl || !problem) {
			return success({ state: 'completed', result: this.result! });
		}
		return failure(problem);
	}
}

/**
 * Waits until the job is done, failed, or the deadline has passed. It asks at least once, so that a
 * job whose deadline passed before a retry is still picked up when it is done.
 */
export async function wait(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	const release = session.account.watch();
	return await new Watch(session, watched, true).run().finally(release);
}

/** Reads how a job stands now; faults are ridden out, a running job is not waited for. */
export async function status(session: Session, watched: Watched): Promise<Outcome<JobEnd>> {
	return await new Watch(session, watched, false).run();
}
