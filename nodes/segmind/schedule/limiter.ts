/** Lets at most `limit` tasks run at a time, in the order of their arrival. */
import type { Stop } from './stop';

export class Limiter {
	private running = 0;

	private readonly waiting: Array<() => void> = [];

	/**
	 * @param longest ms after which a task stops counting, though it may go on, so a hung task cannot block the
	 * others
	 */
	constructor(
		private readonly limit: number,
		private readonly longest?: number,
	) {}

	/**
	 * Runs the task when there is room, and returns its result.
	 *
	 * @param stop ends the waiting. The task then runs at once, and must check for itself that it has nothing to do. A
	 * running task no longer counts.
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

	/** @returns what frees the place, once */
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
			// A task that leaves gives its place to the next one, so the count stays.
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
