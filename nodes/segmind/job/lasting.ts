import { LASTING } from '../policy/lasting';

/** Whether the service has said the same often and long enough to be believed. One for each job that is waited for. */
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

	/** It said something else that can be read; a failed request says nothing and does not count. */
	interrupted(): void {
		this.answers = 0;
	}
}
