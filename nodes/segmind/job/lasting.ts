import { LASTING } from '../policy/lasting';

/** Whether the service has given the same answer often and long enough to believe it. There is one for each job. */
export class Lasting {
	private text = '';

	private since = 0;

	private answers = 0;

	/**
	 * @param text what the service says now
	 * @param now ms of a monotonic clock
	 * @returns whether it has lasted
	 */
	says(text: string, now: number): boolean {
		if (this.answers === 0 || text !== this.text) {
			this.text = text;
			this.since = now;
			this.answers = 0;
		}
		this.answers++;
		return this.answers >= LASTING.answers && now - this.since >= LASTING.over;
	}

	/** The service gave another readable answer. A failed request says nothing and does not count. */
	interrupted(): void {
		this.answers = 0;
	}
}
