/**
 * Polls one job until it has ended: its status, then its result. If the service itself does not help, it reads the
 * account's history. It measures durations with a monotonic clock, because the wall clock may be set in between.
 */
import { failure, success, type Outcome, type Problem } from '../outcome';
import { HISTORY } from '../policy/history';
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { failureBackoff, pollInterval } from '../policy/backoff';
import {
	doubtful,
	failedBefore,
	failedJob,
	refused,
	resultMissing,
	stoppedProblem,
	tooLong,
	unaskable,
} from '../problems';
import { monotonic } from '../transport/clock';
import type { Answer } from '../transport/reply';
import type { HistoryRow } from './historyRows';
import { Lasting } from './lasting';
import { poll, type Part, type Polled } from './poll';
import { lookUp, resultOf, type LookUp } from './lookUp';
import { progress } from './progress';
import type { VideoResult } from './result';
import type { Session } from './session';
import type { JobEnd, Watched } from './watched';

/** The problem if the account's history does not help either. `lookedUp`: what it said, as a sentence. */
type Otherwise = (lookedUp?: string) => Problem;

type Step =
	/** The result of the wait. */
	| { end: Outcome<JobEnd> }
	| {
			/** ms until the next poll */
			pause: number;
			/** The result if no time is left for that poll. */
			ifLate?: Outcome<JobEnd>;
			/** If set, the history is read before that, unless it was already. */
			otherwise?: Otherwise;
	  };

/** ms before a running job gets in line again. The schedule decides when to poll it. */
const POLL = 1;

/** ms between two signs of life for a job between its polls. */
const SIGN_OF_LIFE = 10_000;

/** What the status said; values of the result itself replace its values. */
function merged(status: VideoResult | undefined, result: VideoResult): VideoResult {
	const known = Object.entries(result).filter(([, value]) => value !== undefined);
	return { ...status, ...(Object.fromEntries(known) as unknown as VideoResult) };
}

export class Watch {
	/** When waiting began, ms of a monotonic clock, */
	private readonly begun = monotonic();

	/** when it ends, */
	private readonly end: number;

	/** and when the job was submitted, if that is known. */
	private bornAt: number | undefined;

	private readonly sayProgress: (status?: string) => void;

	private readonly lasting = new Lasting();

	private failures = 0;

	private lastWords: string | undefined;

	/** Whether the next poll waits until the job is likely done. */
	private isPolled: boolean;

	/** The node did not understand an early poll: the service refused it, or nothing was learned. */
	private unclear: 'refusal' | 'fault' | undefined;

	/** In this or an earlier attempt, the service said COMPLETED or named a charge. The job did not fail for free. */
	private isFinished: boolean;

	/** What is known about the finished video, in case the result cannot be read. */
	private result: VideoResult | undefined;

	/** Set while the node reads the account's history instead of the service. */
	private otherwise: Otherwise | undefined;

	/** The history was read after all time was over. */
	private isLate = false;

	constructor(
		private readonly session: Session,
		private readonly watched: Watched,
		private readonly keepWaiting: boolean,
		/** The caller polls again later. When time is up, nothing is known, and that is not a problem. */
		private readonly asksAgain = false,
	) {
		const { deadline, submittedAt, requestId, isFinished = false } = watched;
		this.end = this.begun + deadline - Date.now();
		if (submittedAt !== undefined) this.bornAt = this.at(submittedAt);
		this.sayProgress = progress(session, requestId, () => this.age);
		this.isFinished = isFinished;
		// The job of another execution may be done already.
		this.isPolled = keepWaiting && submittedAt !== undefined;
	}

	/** A past time (ms since 1970) on the monotonic clock. */
	private at = (time: number) => monotonic() - Math.max(0, Date.now() - time);

	private get age(): number {
		return monotonic() - (this.bornAt ?? this.begun);
	}

	/** Whether the service certainly still has its record of the job. */
	private get isKept(): boolean {
		return this.bornAt !== undefined && this.age < REQUEST_RECORD_LIFETIME;
	}

	/** Polls until the job has ended or the deadline has passed, at least once. */
	async run(): Promise<Outcome<JobEnd>> {
		const { stop } = this.session;
		const stopped = failure(stoppedProblem({ requestId: this.watched.requestId }));
		for (;;) {
			const step = await this.next();
			if (stop.pressed) return stopped;
			if ('end' in step) return step.end;
			this.session.notes.assure();
			const left = this.end - monotonic();
			if (left <= 0 && step.pause > 0) {
				if (this.asksAgain) return success({ state: 'running', status: 'UNKNOWN' });
				if (this.asksLate(step.otherwise)) continue;
				return step.ifLate ?? this.give(tooLong(this.watched, this.lastWords));
			}
			await stop.pause(Math.min(step.pause, left));
			if (stop.pressed) return stopped;
		}
	}

	private async next(): Promise<Step> {
		const { requestId } = this.watched;
		if (this.otherwise) {
			return this.lookedUp(await lookUp(this.session, requestId), this.otherwise);
		}
		const part = await this.turn();
		const seen = await poll(this.session, requestId, part);
		if (!this.isFinished) this.learn(part, seen);
		return this.polled(seen, part);
	}

	/** Waits for the time of the next poll. @returns what to poll */
	private async turn(): Promise<Part> {
		const { account, stop } = this.session;
		const { requestId } = this.watched;
		const isPolled = this.isPolled && !this.isFinished;
		this.isPolled = false;
		if (isPolled) return await this.alive(account.turn(requestId, stop, this.end));
		const part = this.isFinished ? 'result' : 'status';
		await account.admit(part, stop, requestId);
		return part;
	}

	/** Tells the user that the job is running while nobody polls it. */
	private async alive<T>(turn: Promise<T>): Promise<T> {
		const { stop } = this.session;
		let hasCome = false;
		const come = turn.finally(() => (hasCome = true));
		for (;;) {
			await Promise.race([come, stop.pause(SIGN_OF_LIFE)]);
			if (hasCome || stop.pressed) return await come;
			this.sayProgress();
		}
	}

	/** Learns whether early polls work. One that is not understood counts only if the status is understood. */
	private learn(part: Part, seen: Polled): void {
		const { lessons } = this.session.account;
		const { state } = seen;
		// A rate limit says nothing about the request.
		if (state === 'fault' && seen.pause !== undefined) return;
		const isUnderstood = state === 'running' || state === 'completed' || state === 'failed';
		if (part === 'early') {
			if (isUnderstood) lessons.earlyUnderstood();
			else this.unclear = state === 'fault' ? 'fault' : 'refusal';
		} else if (isUnderstood && this.unclear) {
			lessons.earlyUnclear(this.unclear === 'fault');
			this.unclear = undefined;
		}
	}

	private polled(seen: Polled, part: Part): Step {
		switch (seen.state) {
			case 'running':
				return this.running(seen.status);
			case 'completed':
				return this.completed(seen.result, part);
			case 'unclear':
				return { pause: 0 };
			case 'failed': {
				// A result may say FAILED. Only a status that never said COMPLETED proves that nothing is billed.
				if (part === 'early') return { pause: 0 };
				if (this.isFinished) return this.doubtful(seen.text, seen.httpStatus);
				const problem = failedJob(this.watched.requestId, seen.text);
				return { end: success({ state: 'failed', problem }) };
			}
			case 'doubtful':
				if (seen.isCharged) this.finished();
				return this.doubtful(seen.text, seen.httpStatus);
			case 'gone':
				return this.gone(seen.reply);
			case 'refused':
				return { end: this.give(unaskable(seen.reply, this.watched)) };
			case 'fault':
				this.lastWords = seen.words;
				return this.again(seen.pause);
		}
	}

	private running(status: string): Step {
		if (!this.keepWaiting) return { end: success({ state: 'running', status }) };
		this.failures = 0;
		this.lasting.interrupted();
		this.sayProgress(status);
		const { account } = this.session;
		const { requestId } = this.watched;
		// The result comes a little later than the status.
		if (this.isFinished) {
			return { pause: Math.max(pollInterval(this.age), account.pollInterval(requestId)) };
		}
		account.seenRunning(requestId);
		this.isPolled = true;
		return { pause: POLL };
	}

	private completed(result: VideoResult, part: Part): Step {
		this.lasting.interrupted();
		this.result = merged(this.result, result);
		if (!this.isFinished) {
			this.finished();
			this.session.account.seenCompleted(this.watched.requestId, result.totalTime);
			if (this.keepWaiting) this.sayProgress('COMPLETED');
			if (part === 'status') return { pause: 0 };
		}
		if (this.result.videoUrl) return { end: this.give() };
		// The result can be later than the status, so the node polls it again.
		return this.again();
	}

	private finished(): void {
		this.isFinished = true;
		this.watched.onFinished?.();
	}

	/**
	 * Words that do not mean failure, or come too late for it, count when they last. They then mean doubt, not failure.
	 */
	private doubtful(text: string, httpStatus: number): Step {
		this.lastWords = text;
		if (!this.lasting.says(text, monotonic())) return this.again();
		return this.askHistory((lookedUp) => doubtful(this.watched, text, httpStatus, lookedUp));
	}

	/**
	 * The service has named this request and keeps its record for an hour. During that hour, a 404 comes from a server
	 * that is behind, from another account's key, or from something in between.
	 */
	private gone(reply: Answer): Step {
		const otherwise: Otherwise = (lookedUp) => unaskable(reply, this.watched, lookedUp);
		this.lastWords = refused(reply, 'read').message;
		if (this.isKept && !this.lasting.says('404', monotonic())) {
			return { ...this.again(), otherwise };
		}
		return this.askHistory(otherwise);
	}

	/** After a poll without any news. */
	private again(pause?: number) {
		this.failures++;
		const otherwise: Otherwise | undefined = this.isFinished
			? (lookedUp) => resultMissing(this.watched, this.lastWords, lookedUp)
			: undefined;
		return { pause: pause ?? failureBackoff(this.failures, Math.random()), otherwise };
	}

	private askHistory(otherwise: Otherwise): Step {
		// The URL is already known.
		if (this.result?.videoUrl) return { end: this.give() };
		this.otherwise = otherwise;
		this.failures = 0;
		return { pause: 0 };
	}

	/** @returns whether the node reads the history now; it does so once after time is up */
	private asksLate(otherwise: Otherwise | undefined): boolean {
		if (!otherwise || this.isLate || this.otherwise || this.result?.videoUrl) return false;
		this.isLate = true;
		this.askHistory(otherwise);
		return true;
	}

	private lookedUp(seen: LookUp, otherwise: Otherwise): Step {
		switch (seen.state) {
			case 'running':
				return this.runningThere(seen.row, otherwise);
			case 'completed':
				return this.completedThere(seen.row);
			case 'failed':
				return { end: this.failedThere(seen.row, otherwise) };
			case 'unknown':
				return { end: this.give(otherwise(seen.why)) };
			case 'unread': {
				const end = this.give(otherwise(seen.why));
				const step = this.again();
				return this.failures < HISTORY.attempts ? { pause: step.pause, ifLate: end } : { end };
			}
		}
	}

	/** While the service has its record, it knows more than the history. Older jobs are polled in the history. */
	private runningThere({ status, createdAt }: HistoryRow, otherwise: Otherwise): Step {
		if (!this.keepWaiting) {
			return { end: success({ state: 'running', status: status || 'PENDING' }) };
		}
		this.failures = 0;
		if (createdAt !== undefined) this.bornAt ??= this.at(createdAt);
		if (this.isKept) {
			this.otherwise = undefined;
			this.lasting.interrupted();
		}
		if (!this.isFinished) this.sayProgress(status || 'PENDING');
		return {
			pause: Math.max(HISTORY.poll, this.session.account.pollInterval(this.watched.requestId)),
			ifLate: this.give(this.isFinished ? otherwise() : tooLong(this.watched, undefined, true)),
		};
	}

	private completedThere(row: HistoryRow): Step {
		this.result = merged(this.result, resultOf(row));
		const end = this.give();
		const isOld =
			row.createdAt === undefined || Date.now() - row.createdAt >= REQUEST_RECORD_LIFETIME;
		// The URL may come a moment after the status.
		return this.result.videoUrl || isOld ? { end } : { pause: HISTORY.poll, ifLate: end };
	}

	private failedThere(row: HistoryRow, otherwise: Otherwise): Outcome<JobEnd> {
		const problem = failedBefore(row);
		if (this.isFinished) return this.give(otherwise(problem.message));
		return problem.billed === 'no' ? success({ state: 'failed', problem }) : failure(problem);
	}

	/** The video if its URL is known, whatever happened since. Otherwise the problem. */
	private give(problem?: Problem): Outcome<JobEnd> {
		if (this.result?.videoUrl || !problem) {
			return success({ state: 'completed', result: this.result! });
		}
		return failure(problem);
	}
}
