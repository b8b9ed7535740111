/** Lets at most `limit` tasks run at a time, in the order of their arrival. */
import type { Stop } from './stop';

export class Gate {
	private running = 0;

	private readonly waiting: Array<() => void> = [];

	/**
	 * @param longest ms after which a task no longer counts, though it may go on: one that hangs must not
	 * shut the gate for ever
	 */
	constructor(
		private readonly limit: number,
		private readonly longest?: number,
	) {}

	/**
	 * Runs the task when there is room; passes its result on.
	 *
	 * @param stop ends the waiting: the task then runs at once, and must see for itself that it has nothing to
	 * do; one that is running no longer counts
	 */
	async run<T>(task: () => Promise<T>, stop?: Stop): Promise<T> {
		const leave = await this.enter(stop);
		const takeBack = stop?.onPress(leave);
		if (this.longest) AbortSignal.timeout(this.longest).addEventListener('abort', leave);
		return await task().finally(() => {
			takeBack?.();
			leave();
		});
	}

	/** @returns what gives the place back, once */
	private async enter(stop?: Stop): Promise<() => void> {
		let isIn = true;
		const leave = () => {
			if (isIn) this.leave();
			isIn = false;
		};
		if (this.running < this.limit) {
			this.running++;
			return leave;
		}
		return await new Promise((resolve) => {
			let takeBack = () => {};
			// Whoever leaves hands its place over, so the count stays.
			const proceed = () => {
				takeBack();
				resolve(leave);
			};
			this.waiting.push(proceed);
			takeBack =
				stop?.onPress(() => {
					const place = this.waiting.indexOf(proceed);
					if (place >= 0) this.waiting.splice(place, 1);
					resolve(() => {});
				}) ?? takeBack;
		});
	}

	private leave(): void {
		const next = this.waiting.shift();
		if (next) next();
		else this.running--;
	}
}
