/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * Time that passes only when nothing is left to do. n8n's engine, its helpers and its streams run as they are;
 * what the node and the service wait for comes from here.
 */

interface Timer {
	at: number;
	order: number;
	/** Whose it is: the timers of a dead process never fire. */
	owner?: { isDead: boolean };
	fire: () => void;
}

/** A story that takes longer stands still (ms of simulated time). */
const LONGEST = 14 * 24 * 60 * 60_000;
/** Turns of the event loop in which nothing happens before it is held for a standstill. */
const PATIENCE = 20_000;

const turn = async () => await new Promise<void>((resolve) => setImmediate(resolve));

export class Clock {
	private readonly timers: Timer[] = [];

	private order = 0;

	private readonly begun: number;

	/** Work that is under way in real time: n8n's engine between two calls of the node, its stores. */
	busy = 0;

	/** @param now ms since 1970 */
	constructor(public now: number) {
		this.begun = now;
	}

	at(time: number, fire: () => void, owner?: Timer['owner']): void {
		const timer = { at: Math.max(time, this.now), order: this.order++, owner, fire };
		let low = 0;
		let high = this.timers.length;
		// The latest first, so that the next one is taken from the end.
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.timers[middle].at > timer.at) low = middle + 1;
			else high = middle;
		}
		this.timers.splice(low, 0, timer);
	}

	in(ms: number, fire: () => void, owner?: Timer['owner']): void {
		this.at(this.now + ms, fire, owner);
	}

	async sleep(ms: number, owner?: Timer['owner']): Promise<void> {
		await new Promise<void>((resolve) => this.in(ms, resolve, owner));
	}

	/** Counts work in real time, during which no time passes. */
	async whileBusy<T>(work: () => Promise<T>): Promise<T> {
		this.busy++;
		try {
			return await work();
		} finally {
			this.busy--;
		}
	}

	/** Lets time pass until the promise is settled. */
	async until<T>(promise: Promise<T>): Promise<T> {
		let isSettled = false;
		promise.then(
			() => (isSettled = true),
			() => (isSettled = true),
		);
		let idle = 0;
		for (;;) {
			await turn();
			if (isSettled) return await promise;
			if (this.busy > 0 || !this.fireNext()) {
				if (++idle > PATIENCE) throw new Error('The simulation stands still');
			} else idle = 0;
			if (this.now - this.begun > LONGEST) throw new Error('The story does not end');
		}
	}

	/** Lets time pass. */
	async pass(ms: number): Promise<void> {
		await this.until(this.sleep(ms));
	}

	private fireNext(): boolean {
		for (let timer = this.timers.pop(); timer; timer = this.timers.pop()) {
			if (timer.owner?.isDead) continue;
			this.now = timer.at;
			timer.fire();
			return true;
		}
		return false;
	}
}
