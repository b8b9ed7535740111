/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

/** Lets others wait for the ledger to change instead of polling it. */
export class Changes {
	/** Counts changes, so that a remote observer can say what it has seen. */
	version = 0;
	private readonly waiting = new Set<() => void>();
	private closed = false;

	/** To be called after every change of a job, an account or a request. */
	touch(): void {
		this.version++;
		for (const check of [...this.waiting]) check();
	}

	/** Resolves as soon as the condition holds. Rejects when it throws, or when the sandbox closes. */
	async until(condition: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const check = () => {
				try {
					if (this.closed) throw new Error('The sandbox was closed');
					if (!condition()) return;
					resolve();
				} catch (error) {
					reject(error);
				}
				this.waiting.delete(check);
			};
			this.waiting.add(check);
			check();
		});
	}

	/** Resolves with the version once it is beyond `seen`, or after `ms` milliseconds in any case. */
	async after(seen: number, ms: number): Promise<number> {
		const late = sleep(ms, undefined, { ref: false });
		await Promise.race([late, this.until(() => this.version > seen)]);
		return this.version;
	}

	close(): void {
		this.closed = true;
		this.touch();
	}
}
