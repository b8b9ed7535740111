/** Runs at most so many tasks at once; the others wait their turn. */
export class Slots {
	private readonly waiting: Array<() => void> = [];

	constructor(private free: number) {}

	async run<T>(task: () => Promise<T>): Promise<T> {
		if (this.free > 0) this.free--;
		else await new Promise<void>((resolve) => this.waiting.push(resolve));
		try {
			return await task();
		} finally {
			const next = this.waiting.shift();
			// A slot is handed on, not freed, so that nobody can slip in between.
			if (next) next();
			else this.free++;
		}
	}
}
