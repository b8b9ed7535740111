/**
 * Waiting that ends when the user presses Stop, and deadlines.
 */
import { sleep } from 'n8n-workflow';

import type { Problem } from './problem';

/** The execution's Stop button. */
export class Stop {
	constructor(readonly signal: AbortSignal | undefined) {}

	get pressed(): boolean {
		return this.signal?.aborted ?? false;
	}

	/** Resolves after `ms`, or at once when Stop is pressed. */
	async pause(ms: number): Promise<void> {
		if (this.pressed || ms <= 0) return;
		await this.orStopped(sleep(ms));
	}

	/** Resolves when the promise settles or Stop is pressed, whichever comes first. */
	async orStopped(promise: Promise<unknown>): Promise<void> {
		const { signal } = this;
		if (!signal) {
			await promise;
			return;
		}
		let listener = () => {};
		const stopped = new Promise<void>((resolve) => {
			listener = resolve;
			signal.addEventListener('abort', listener, { once: true });
		});
		await Promise.race([promise, stopped]).finally(() =>
			signal.removeEventListener('abort', listener),
		);
	}

	/**
	 * A signal that ends a request `grace` ms after Stop, not at once: a submit in flight may still
	 * name its request ID.
	 */
	graceful(grace: number): { signal: AbortSignal; release: () => void } {
		const controller = new AbortController();
		const onStop = () => {
			AbortSignal.timeout(grace).addEventListener('abort', () => controller.abort());
		};
		if (this.pressed) onStop();
		else this.signal?.addEventListener('abort', onStop, { once: true });
		return {
			signal: controller.signal,
			release: () => this.signal?.removeEventListener('abort', onStop),
		};
	}
}

/** What an item says that the user stopped. Without the word that makes n8n mark the execution as such: its Retry button would go. */
export function stoppedProblem(known: Partial<Problem> = {}): Problem {
	const { requestId } = known;
	return {
		kind: 'service',
		message: requestId
			? `The execution was stopped while request ${requestId} was being made. The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with this request ID`
			: 'The execution was stopped before this video was submitted',
		description: requestId
			? 'Segmind cannot stop a video that it has accepted. The request can be asked for about one hour after its submit.'
			: 'Nothing was submitted and nothing is billed for this item.',
		billed: requestId ? 'possibly' : 'no',
		...known,
	};
}
