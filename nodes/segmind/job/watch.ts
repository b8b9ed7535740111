/**
 * One job that is asked for until it has ended: its status, then its result, and where the service itself does not
 * help, the account's history. Durations are measured with a monotonic clock: the wall clock may be set meanwhile.
 */
import { failure, success, type Outcome, type Problem } from '../outcome';
import { HISTORY } from '../policy/history';
import { REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { failurePause, statusPause } from '../policy/pauses';
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
import { monotonic } from '../wire/clock';
import type { Answer } from '../wire/reply';
import type { HistoryRow } from './historyRows';
import { Lasting } from './lasting';
import { look, type Look, type Part } from './look';
import { lookUp, resultOf, type LookUp } from './lookUp';
import { progress } from './progress';
import type { VideoResult } from './result';
import type { Session } from './session';
import type { JobEnd, Watched } from './watched';

/** The problem where the account's history does not help either. `lookedUp`: what it said, as a sentence. */
type Otherwise = (lookedUp?: string) => Problem;

type Step =
	/** What came of the waiting. */
	| { end: Outcome<JobEnd> }
	| {
			/** ms until the next look */
			pause: number;
			/** What comes of it when no time is left for that. */
			ifLate?: Outcome<JobEnd>;
			/** The history is asked before that, where it was not yet. */
			otherwise?: Otherwise;
	  };

/** ms before a running job stands in line again; when it is asked for is the schedule's affair. */
const POLL = 1;

/** ms between two signs of life of a job that is not asked for. */
const SIGN_OF_LIFE = 10_000;

/** What the status said, completed and corrected by the result. */
function merged(status: VideoResult | undefined, result: VideoResult): VideoResult {
	const known = Object.entries(result).filter(([, value]) => value !== undefined);
	return { ...status, ...(Object.fromEntries(known) as unknown as VideoResult) };
}

export class Watch {
	/** Of a monotonic clock, ms: when waiting began, */
	private readonly begun = monotonic();

	/** when it ends, */
	private readonly end: number;

	/** and when the job was submitted, where that is known. */
	private bornAt: number | undefined;

	private readonly sayProgress: (status?: string) => void;

	private readonly lasting = new Lasting();

	private failures = 0;

	private lastWords: string | undefined;

	/** Whether the next look waits until the job is likely done. */
	private isPolled: boolean;

	/** An early look was not understood; whether nothing came of it at all. */
	private unclear: 'refusal' | 'fault' | undefined;

	/** A status said COMPLETED, in this try or an earlier one. */
	private isFinished: boolean;

	/** What is known of the finished video, in case the result cannot be had. */
	private result: VideoResult | undefined;

	/** There while the account's history is asked instead of the service. */
	private otherwise: Otherwise | undefined;

	/** The history was asked although no time was left. */
	private isLate = false;

	constructor(
		private readonly session: Session,
		private readonly watched: Watched,
		private readonly keepWaiting: boolean,
		/** Somebody asks again later: when time is up, nothing is known, and nothing is wrong. */
		private readonly asksAgain = false,
	) {
		const { deadline, submittedAt, requestId, isFinished = false } = watched;
		this.end = this.begun + deadline - Date.now();
		if (submittedAt !== undefined) this.bornAt = this.at(submittedAt);
		this.sayProgress = progress(session, requestId, () => this.age);
		this.isFinished = isFinished;
		// Another execution's job may be done for long.
		this.isPolled = keepWaiting && submittedAt !== undefined;
	}

	/** A time of the past, ms since 1970, on the monotonic clock. */
	private at = (time: number) => monotonic() - Math.max(0, Date.now() - time);

	private get age(): number {
		return monotonic() - (this.bornAt ?? this.begun);
	}

	/** Whether the service certainly keeps its record of the job. */
	private get isKept(): boolean {
		return this.bornAt !== undefined && this.age < REQUEST_RECORD_LIFETIME;
	}

	/** Asks until the job has ended or the deadline has passed, at least once. */
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
		const seen = await look(this.session, requestId, part);
		if (!this.isFinished) this.learn(part, seen);
		return this.looked(seen, part);
	}

	/** Waits for the time to ask. @returns what to ask for */
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

	/** While nobody asks for the job the user is told that it is under way. */
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

	/** Whether early looks are understood: only when the status is, too, it is they that are not. */
	private learn(part: Part, seen: Look): void {
		const { lessons } = this.session.account;
		const { state } = seen;
		// A rate limit says nothing of the request.
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

	private looked(seen: Look, part: Part): Step {
		switch (seen.state) {
			case 'running':
				return this.running(seen.status);
			case 'completed':
				return this.completed(seen.result, part);
			case 'unclear':
				return { pause: 0 };
			case 'failed': {
				// Only a status that never said COMPLETED makes it certain that nothing is billed.
				if (part === 'early') return { pause: 0 };
				if (this.isFinished) return this.doubtful(seen.text, seen.httpStatus);
				const problem = failedJob(this.watched.requestId, seen.text);
				return { end: success({ state: 'failed', problem }) };
			}
			case 'doubtful':
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
		// The result is behind the status: it comes soon.
		if (this.isFinished) {
			return { pause: Math.max(statusPause(this.age), account.statusPause(requestId)) };
		}
		account.seenRunning(requestId);
		this.isPolled = true;
		return { pause: POLL };
	}

	private completed(result: VideoResult, part: Part): Step {
		this.lasting.interrupted();
		this.result = merged(this.result, result);
		if (!this.isFinished) {
			this.isFinished = true;
			this.watched.onFinished?.();
			this.session.account.seenCompleted(this.watched.requestId, result.totalTime);
			if (this.keepWaiting) this.sayProgress('COMPLETED');
			if (part === 'status') return { pause: 0 };
		}
		if (this.result.videoUrl) return { end: this.give() };
		// The result can lag behind the status: it is asked for again.
		return this.again();
	}

	/** Words that are no failure, or come too late for one, count when they last; and then as doubt, not as failure. */
	private doubtful(text: string, httpStatus: number): Step {
		this.lastWords = text;
		if (!this.lasting.says(text, monotonic())) return this.again();
		return this.askHistory((lookedUp) => doubtful(this.watched, text, httpStatus, lookedUp));
	}

	/**
	 * The service has named this request and keeps its record for an hour: until then a 404 comes from a server that
	 * is behind, from another account's key, or from something in between.
	 */
	private gone(reply: Answer): Step {
		const otherwise: Otherwise = (lookedUp) => unaskable(reply, this.watched, lookedUp);
		this.lastWords = refused(reply, 'read').message;
		if (this.isKept && !this.lasting.says('404', monotonic())) {
			return { ...this.again(), otherwise };
		}
		return this.askHistory(otherwise);
	}

	/** After a look that brought nothing. */
	private again(pause?: number) {
		this.failures++;
		const otherwise: Otherwise | undefined = this.isFinished
			? (lookedUp) => resultMissing(this.watched, this.lastWords, lookedUp)
			: undefined;
		return { pause: pause ?? failurePause(this.failures, Math.random()), otherwise };
	}

	private askHistory(otherwise: Otherwise): Step {
		// There is nothing left to ask for.
		if (this.result?.videoUrl) return { end: this.give() };
		this.otherwise = otherwise;
		this.failures = 0;
		return { pause: 0 };
	}

	/** @returns whether the history is asked now, the one time that it is when no time is left */
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
				return this.failures < HISTORY.tries ? { pause: step.pause, ifLate: end } : { end };
			}
		}
	}

	/** While the service keeps its record, it knows more than the history; what is older is polled there. */
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
			pause: Math.max(HISTORY.poll, this.session.account.statusPause(this.watched.requestId)),
			ifLate: this.give(this.isFinished ? otherwise() : tooLong(this.watched, undefined, true)),
		};
	}

	private completedThere(row: HistoryRow): Step {
		this.result = merged(this.result, resultOf(row));
		const end = this.give();
		const isOld =
			row.createdAt === undefined || Date.now() - row.createdAt >= REQUEST_RECORD_LIFETIME;
		// The address may come a moment later than the status.
		return this.result.videoUrl || isOld ? { end } : { pause: HISTORY.poll, ifLate: end };
	}

	private failedThere(row: HistoryRow, otherwise: Otherwise): Outcome<JobEnd> {
		const problem = failedBefore(row);
		if (this.isFinished) return this.give(otherwise(problem.message));
		return problem.billed === 'no' ? success({ state: 'failed', problem }) : failure(problem);
	}

	/** The video if its address is known, whatever happened since; otherwise the problem. */
	private give(problem?: Problem): Outcome<JobEnd> {
		if (this.result?.videoUrl || !problem) {
			return success({ state: 'completed', result: this.result! });
		}
		return failure(problem);
	}
}
