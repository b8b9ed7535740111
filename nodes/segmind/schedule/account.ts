/**
 * One schedule for all requests of this process that use the same account. It keeps them within the rate limit, and a
 * 429 pauses all of them. It does not know other processes that use the account. Retries get past the 429s that they
 * cause.
 */
import { sleep } from 'n8n-workflow';

import { LONGEST_TRANSFER, PARALLEL_UPLOADS, REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { monotonic } from './clock';
import { Limiter } from './limiter';
import { JobsUnderWay } from './jobs';
import { Lessons } from './lessons';
import { isLikelyDone, marketOf, worthOf, type Market } from './polling';
import { hasRoom, ROOM } from './room';
import { fairInterval, nextInLine, nextSlot, RATE, type Kind, type Waiting } from './slots';
import type { Stop } from './stop';

/** A run of the node that uses the account. */
export interface Party {
	/** Submits that were sent and have no answer yet. */
	sending: number;
	/** It has waited for a job, so it will also wait for what it submits. */
	waits: boolean;
	/** Whether the run must not submit anything new, because another item failed. */
	isOver: () => boolean;
	/** Called when a submit has to wait for room. */
	onHold: (underWay: number) => void;
}

interface Waiter {
	kind: Kind;
	party: Party;
	since: number;
	requestId?: string;
	/** Only for a poll that waits until the job is likely done: the time at which it is sent at any price. */
	until?: number;
	proceed: () => void;
}

/** A poll that waits for its time. */
type Poll = Waiter & { requestId: string; until: number };

const isPoll = (waiter: Waiter): waiter is Poll => waiter.until !== undefined;

/** ms after which a sleeping schedule checks for changes that nobody reported. */
const LOOK_AGAIN = 1000;

/** The share of the waiting polls that leave before the price is computed again. So few hardly change the price. */
const POLLS_AT_ONCE = 0.02;

/** How exactly a schedule finds the time at which a poll is worth its price (ms). */
const DOZE = 20;

export class AccountSchedule {
	private readonly queue: Waiter[] = [];

	/** Times of the requests in the latest window, oldest first. */
	private readonly sent: number[] = [];

	private pausedUntil = 0;

	private isPumping = false;

	private wake = () => {};

	readonly parties = new Set<Party>();

	readonly jobs = new JobsUnderWay();

	/**
	 * Each upload from its turn in this schedule to its end. There are no more of them than can be sent. An upload that
	 * waited long after its turn would count in the wrong minute, and would miss a pause.
	 */
	readonly uploads = new Limiter(PARALLEL_UPLOADS, LONGEST_TRANSFER);

	/**
	 * @param limit requests per minute
	 * @param lessons what earlier jobs of the account have taught
	 */
	constructor(
		public limit: number,
		readonly lessons = new Lessons(),
	) {}

	/**
	 * Resolves when the request may be sent. It resolves at once if Stop is pressed or the run submits nothing new.
	 *
	 * @param requestId the job to poll
	 * @param until a poll waits until this time, or until the job is so likely done that it is worth a request
	 */
	async admit(
		kind: Kind,
		stop: Stop,
		party: Party,
		requestId?: string,
		until?: number,
	): Promise<void> {
		if (stop.pressed) return;
		let takeBack = () => {};
		await new Promise<void>((resolve) => {
			const since = monotonic();
			const waiter: Waiter = { kind, party, since, requestId, until, proceed: resolve };
			this.queue.push(waiter);
			takeBack = stop.onPress(() => {
				const place = this.queue.indexOf(waiter);
				if (place >= 0) this.queue.splice(place, 1);
				resolve();
			});
			this.wake();
			void this.pump();
		});
		takeBack();
	}

	private async pump(): Promise<void> {
		if (this.isPumping) return;
		this.isPumping = true;
		while (this.queue.length > 0) {
			this.dismiss();
			const now = monotonic();
			const pause = nextSlot(this.sent, this.limit, this.pausedUntil, now) - now;
			const market = pause > 0 ? undefined : this.market(now);
			if (market && this.sendNext(now, market)) continue;
			await this.doze(market ? this.untilWorth(now, market) : Math.min(pause, LOOK_AGAIN));
		}
		this.isPumping = false;
	}

	/** Sends the next in line: one request, or a few if there are many polls. @returns whether it sent any */
	private sendNext(now: number, market: Market): boolean {
		const line = this.line(now, market);
		const most = Math.ceil(line.length * POLLS_AT_ONCE);
		for (let count = 0; count < most; count++) {
			const next = nextInLine(line, this.limit);
			if (next < 0) return count > 0;
			line.splice(next, 1);
			const [waiter] = this.queue.splice(next, 1);
			this.sent.push(now);
			// By age, not by number: if the limit is raised, all of them count.
			while (this.sent[0] <= now - RATE.window) this.sent.shift();
			if (waiter.kind === 'submit') waiter.party.sending++;
			waiter.proceed();
			// Any other request changes how much room there is.
			const hasSlot = nextSlot(this.sent, this.limit, this.pausedUntil, now) <= now;
			if (!isPoll(waiter) || !hasSlot) break;
		}
		return true;
	}

	/** Sleeps until the time is over or a request arrives. */
	private async doze(ms: number): Promise<void> {
		const woken = new Promise<void>((resolve) => (this.wake = resolve));
		await Promise.race([sleep(Math.ceil(ms)), woken]);
	}

	/** Lets go of the requests that will not be sent. */
	private dismiss(): void {
		const isNeedless = ({ kind, party }: Waiter) =>
			(kind === 'submit' || kind === 'call' || kind === 'upload') && party.isOver();
		for (const waiter of this.queue.filter(isNeedless)) {
			this.queue.splice(this.queue.indexOf(waiter), 1);
			waiter.proceed();
		}
	}

	/** What a poll is worth. It computes nothing if no poll waits. */
	private market(now: number): Market {
		const polls = this.queue.filter(isPoll).length;
		const jobs = polls > 0 ? this.jobs.running() : [];
		const { sent, limit, lessons } = this;
		const others = this.queue.length - polls;
		const perResult = lessons.asksEarly ? 0 : 1;
		return marketOf(jobs, { others, perResult, sent, limit }, now);
	}

	/** The expected time since the job was done (ms). Undefined if it is too early to poll it. */
	private worth({ requestId, until }: Poll, market: Market, now: number): number | undefined {
		const job = this.jobs.get(requestId);
		return job ? worthOf(job, market, now, until) : 0;
	}

	/** ms until one of the polls is worth its price, at most {@link LOOK_AGAIN}. */
	private untilWorth(now: number, market: Market): number {
		let least = LOOK_AGAIN;
		for (const poll of this.queue.filter(isPoll)) {
			if (this.worth(poll, market, now + least) === undefined) continue;
			let early = 0;
			while (least - early > DOZE) {
				const middle = (early + least) / 2;
				if (this.worth(poll, market, now + middle) === undefined) early = middle;
				else least = middle;
			}
		}
		return least;
	}

	/** The queue in the form that decides whose turn it is. */
	private line(now: number, market: Market): Waiting[] {
		const owners = this.jobs.byOwner();
		const hasRoomFor = this.queue.some(({ kind }) => kind === 'submit') && this.room(now);
		return this.queue.map((waiter) => {
			const { kind, party, requestId } = waiter;
			const { own, watched } = owners.get(party) ?? { own: 0, watched: 0 };
			const underWay = own + party.sending;
			const job = this.jobs.get(requestId);
			const halfTime = job && (job.submittedAt + job.due) / 2;
			if (isPoll(waiter)) {
				// A poll's waiting time begins when its job is done.
				const lag = this.worth(waiter, market, now);
				return { kind, since: now - (lag ?? 0), isHeld: lag === undefined, underWay, halfTime };
			}
			const isHeld =
				kind === 'submit' && !!hasRoomFor && !hasRoomFor(underWay, watched > 0 || party.waits);
			if (isHeld) party.onHold(this.jobs.watched);
			return { kind, since: waiter.since, isHeld, underWay, halfTime };
		});
	}

	/**
	 * Whether one more job can be submitted. Jobs that nobody waits for also count, because a run will fetch them
	 * later. They do not count for a run that waits for no job itself. It may have started all of them, and a pause
	 * would only make them older. Perhaps nobody will fetch them.
	 */
	private room(now: number): (underWay: number, isWaitedFor: boolean) => boolean {
		const { watched, others } = this.jobs.dues();
		const sending = [...this.parties].reduce((sum, party) => sum + party.sending, 0);
		const fresh = Array<number>(sending + 1).fill(now + REQUEST_RECORD_LIFETIME);
		const known = [...watched, ...fresh];
		const runs = Array<number>(this.jobs.byOwner().size + 1).fill(now + REQUEST_RECORD_LIFETIME);
		const forMore = hasRoom(known, this.limit, now, ROOM.share);
		const forWaiting = forMore && hasRoom([...known, ...others], this.limit, now, ROOM.share);
		const forFirst =
			forMore ||
			(hasRoom(known, this.limit, now, ROOM.share + ROOM.shareOfFirst) &&
				hasRoom(runs, this.limit, now, ROOM.shareOfFirst));
		return (underWay, isWaitedFor) => {
			if (underWay === 0) return forFirst;
			return isWaitedFor ? forWaiting : forMore;
		};
	}

	/** Sends nothing for this long (ms), because the service said so. */
	pauseFor(ms: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, monotonic() + ms);
	}

	/** Whether a poll should read the result instead of the status. */
	asksForResult(requestId: string): boolean {
		const job = this.jobs.get(requestId);
		return this.lessons.asksEarly && job !== undefined && isLikelyDone(job, monotonic());
	}

	/** The shortest time between two polls of a job (ms). */
	pollInterval(requestId: string): number {
		const left = (this.jobs.get(requestId)?.due ?? Infinity) - monotonic();
		return fairInterval(this.jobs.watched, this.limit, left);
	}

	/** Whether it can be forgotten: nobody uses it, and its requests no longer count. */
	get isIdle(): boolean {
		const now = monotonic();
		const isQuiet = now >= (this.sent.at(-1) ?? -Infinity) + RATE.window && now >= this.pausedUntil;
		return isQuiet && this.parties.size === 0 && this.jobs.isEmpty;
	}
}
