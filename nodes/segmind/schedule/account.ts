/**
 * One schedule for all requests of this process that use the same account: it keeps them within the
 * rate limit, and a 429 pauses all of them together. Other processes that use the account are not
 * known here; the 429s that they cause are ridden out.
 */
import { sleep } from 'n8n-workflow';

import { LONGEST_TRANSFER, PARALLEL_UPLOADS } from '../policy/limits';
import { Gate } from './gate';
import { fairPause, nextInLine, nextSlot, RATE, type Kind, type Waiting } from './slots';
import type { Stop } from './stop';

interface Waiter extends Waiting {
	proceed: () => void;
}

/** ms after which a sleeping schedule looks again whether it was paused meanwhile. */
const LOOK_AGAIN = 1000;

export class AccountSchedule {
	private readonly queue: Waiter[] = [];

	/** Times of the requests of the latest window, oldest first. */
	private readonly sent: number[] = [];

	private pausedUntil = 0;

	private pumping = false;

	/** Jobs that are being waited for. */
	private running = 0;

	/**
	 * Uploads from their turn in this schedule to their end. No more of them than can be sent: one that waited long
	 * after its turn would be counted in a minute in which it was not sent, and miss a pause.
	 */
	readonly uploads = new Gate(PARALLEL_UPLOADS, LONGEST_TRANSFER);

	/** @param limit requests per minute */
	constructor(public limit: number) {}

	/** Resolves when the request may be sent, or at once when Stop is pressed. */
	async admit(kind: Kind, stop: Stop): Promise<void> {
		if (stop.pressed) return;
		let takeBack = () => {};
		await new Promise<void>((resolve) => {
			const waiter: Waiter = { kind, since: Date.now(), proceed: resolve };
			this.queue.push(waiter);
			takeBack = stop.onPress(() => {
				const place = this.queue.indexOf(waiter);
				if (place >= 0) this.queue.splice(place, 1);
				resolve();
			});
			void this.pump();
		});
		takeBack();
	}

	private async pump(): Promise<void> {
		if (this.pumping) return;
		this.pumping = true;
		while (this.queue.length > 0) {
			const now = Date.now();
			const pause = nextSlot(this.sent, this.limit, this.pausedUntil, now) - now;
			if (pause > 0) {
				await sleep(Math.min(pause, LOOK_AGAIN));
				continue;
			}
			const [waiter] = this.queue.splice(nextInLine(this.queue), 1);
			this.sent.push(now);
			// By age, not by number: the limit may be raised, and then all of them count.
			while (this.sent[0] <= now - RATE.window) this.sent.shift();
			waiter.proceed();
		}
		this.pumping = false;
	}

	/** Nothing is sent for so long (ms), because the service said so. */
	pauseFor(ms: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, Date.now() + ms);
	}

	/** Counts a job among those that share the status calls; call what it returns when it is done. */
	watch(): () => void {
		this.running++;
		return () => void this.running--;
	}

	/** The least pause between two status calls for one job (ms). */
	get statusPause(): number {
		return fairPause(this.running, this.limit);
	}
}

const accounts = new Map<string, AccountSchedule>();

/**
 * The schedule of an account in this process.
 *
 * @param id something that two credentials of the same account share; never the key itself
 * @param limit requests per minute; the latest one counts
 */
export function accountSchedule(id: string, limit: number): AccountSchedule {
	const known = accounts.get(id);
	if (known) {
		known.limit = limit;
		return known;
	}
	const created = new AccountSchedule(limit);
	accounts.set(id, created);
	return created;
}
