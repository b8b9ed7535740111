/**
 * One schedule for all requests of this process that use the same account: it keeps them within the
 * rate limit, and a 429 pauses all of them together. Other processes that use the account are not
 * known here; the 429s that they cause are ridden out.
 */
import { sleep } from 'n8n-workflow';

import { LONGEST_TRANSFER, PARALLEL_UPLOADS, REQUEST_RECORD_LIFETIME } from '../policy/limits';
import { monotonic } from './clock';
import { Gate } from './gate';
import { JobsUnderWay } from './jobs';
import { hasRoom, ROOM } from './room';
import { fairPause, nextInLine, nextSlot, RATE, type Kind, type Waiting } from './slots';
import type { Stop } from './stop';

/** A run of the node that uses the account. */
export interface Party {
	/** Submits that have left and have no answer yet. */
	sending: number;
	/** Whether nothing new of it may be submitted, because another item failed. */
	isOver: () => boolean;
	/** Told when a submit has to wait for room. */
	onHold: (underWay: number) => void;
}

interface Waiter {
	kind: Kind;
	party: Party;
	since: number;
	requestId?: string;
	proceed: () => void;
}

/** ms after which a sleeping schedule looks again whether something changed that nobody told it. */
const LOOK_AGAIN = 1000;

export class AccountSchedule {
	private readonly queue: Waiter[] = [];

	/** Times of the requests of the latest window, oldest first. */
	private readonly sent: number[] = [];

	private pausedUntil = 0;

	private isPumping = false;

	private wake = () => {};

	readonly parties = new Set<Party>();

	readonly jobs = new JobsUnderWay();

	/**
	 * Uploads from their turn in this schedule to their end. No more of them than can be sent: one that waited long
	 * after its turn would be counted in a minute in which it was not sent, and miss a pause.
	 */
	readonly uploads = new Gate(PARALLEL_UPLOADS, LONGEST_TRANSFER);

	/** @param limit requests per minute */
	constructor(public limit: number) {}

	/**
	 * Resolves when the request may be sent, or at once when Stop is pressed or the run begins nothing new.
	 *
	 * @param requestId the job that is asked for
	 */
	async admit(kind: Kind, stop: Stop, party: Party, requestId?: string): Promise<void> {
		if (stop.pressed) return;
		let takeBack = () => {};
		await new Promise<void>((resolve) => {
			const waiter: Waiter = { kind, party, since: monotonic(), requestId, proceed: resolve };
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
			const next = pause > 0 ? -1 : nextInLine(this.line(now), this.limit);
			if (next < 0) {
				await this.doze(pause > 0 ? Math.min(pause, LOOK_AGAIN) : LOOK_AGAIN);
				continue;
			}
			const [waiter] = this.queue.splice(next, 1);
			this.sent.push(now);
			// By age, not by number: the limit may be raised, and then all of them count.
			while (this.sent[0] <= now - RATE.window) this.sent.shift();
			if (waiter.kind === 'submit') waiter.party.sending++;
			waiter.proceed();
		}
		this.isPumping = false;
	}

	/** Sleeps until the time is over or a request comes. */
	private async doze(ms: number): Promise<void> {
		const woken = new Promise<void>((resolve) => (this.wake = resolve));
		await Promise.race([sleep(ms), woken]);
	}

	/** Lets those go on that will send nothing. */
	private dismiss(): void {
		const isNeedless = ({ kind, party }: Waiter) =>
			(kind === 'submit' || kind === 'call' || kind === 'upload') && party.isOver();
		for (const waiter of this.queue.filter(isNeedless)) {
			this.queue.splice(this.queue.indexOf(waiter), 1);
			waiter.proceed();
		}
	}

	/** The queue as those see it who decide whose turn it is. */
	private line(now: number): Waiting[] {
		const owners = this.jobs.byOwner();
		const hasRoomFor = this.queue.some(({ kind }) => kind === 'submit') && this.room(now);
		return this.queue.map(({ kind, since, party, requestId }) => {
			const { own, watched } = owners.get(party) ?? { own: 0, watched: 0 };
			const underWay = own + party.sending;
			const isHeld = kind === 'submit' && hasRoomFor && !hasRoomFor(underWay, watched);
			if (isHeld) party.onHold(this.jobs.watched);
			return { kind, since, isHeld, underWay, halfTime: this.jobs.halfTimeOf(requestId) };
		});
	}

	/**
	 * Whether one more job can be submitted. Jobs that nobody waits for count as well, they will be fetched later; but
	 * not against a run that waits for none itself: it may be the one that has started them all, and holding it back
	 * would make them older. And perhaps nobody comes for them.
	 */
	private room(now: number): (underWay: number, watched: number) => boolean {
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
			return isWaitedFor > 0 ? forWaiting : forMore;
		};
	}

	/** Nothing is sent for so long (ms), because the service said so. */
	pauseFor(ms: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, monotonic() + ms);
	}

	/** The least pause between two status calls for a job (ms). */
	statusPause(requestId: string): number {
		const left = (this.jobs.dueOf(requestId) ?? Infinity) - monotonic();
		return fairPause(this.jobs.watched, this.limit, left);
	}

	/** Whether it can be forgotten: nobody uses it, and what it has sent counts no more. */
	get isIdle(): boolean {
		const now = monotonic();
		const isQuiet = now >= (this.sent.at(-1) ?? -Infinity) + RATE.window && now >= this.pausedUntil;
		return isQuiet && this.parties.size === 0 && this.jobs.isEmpty;
	}
}
