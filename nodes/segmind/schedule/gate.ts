/** Lets at most `limit` tasks run at a time, in the order of their arrival. */
export class Gate {
	private running = 0;

	private readonly waiting: Array<() => void> = [];

	constructor(private readonly limit: number) {}

	/** Runs the task when there is room; passes its result on. */
	async run<T>(task: () => Promise<T>): Promise<T> {
		if (this.running >= this.limit) {
			// Whoever leaves hands its place over, so the count stays.
			await new Promise<void>((resolve) => this.waiting.push(resolve));
		} else {
			this.running++;
		}
		return await task().finally(() => this.leave());
	}

	private leave(): void {
		const next = this.waiting.shift();
		if (next) next();
		else this.running--;
	}
}
