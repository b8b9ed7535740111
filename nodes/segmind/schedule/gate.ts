/** Lets at most `limit` tasks run at a time, in the order of their arrival. */
import type { Stop } from './stop';

export class Gate {
	private running = 0;

	private readonly waiting: Array<() => void> = [];

	constructor(private readonly limit: number) {}

	/**
	 * Runs the task when there is room; passes its result on.
	 *
	 * @param stop ends the waiting: the task then runs at once, and must see for itself that it has nothing to do
	 */
	async run<T>(task: () => Promise<T>, stop?: Stop): Promise<T> {
		const leave = await this.enter(stop);
		return await task().finally(leave);
	}

	/** @returns what gives the place back */
	private async enter(stop?: Stop): Promise<() => void> {
		const leave = () => this.leave();
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
