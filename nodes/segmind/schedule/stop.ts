/**
 * Waits that end when the user presses Stop or the execution's time is over, and deadlines.
 */
import { sleep } from 'n8n-workflow';

import { after } from '../transport/clock';

/** A signal for one request. Release it when the request is over. */
export interface RequestSignal {
	signal: AbortSignal;
	release: () => void;
}

/**
 * The execution's Stop button. One listener on n8n's signal serves everything that waits: Node warns of a leak from
 * the eleventh listener on, and a batch has fifty requests at once.
 */
export class Stop {
	private readonly listeners = new Set<() => void>();

	private readonly tellAll = () => {
		for (const listener of [...this.listeners]) listener();
	};

	private readonly cancelEnd: () => void = () => {};

	/**
	 * @param signal n8n's signal
	 * @param endsAt when n8n ends the execution without that signal, ms since 1970. When an execution's time is over, a
	 * sub-workflow gets no signal: its running node goes on, and n8n drops what it returns. Source:
	 * `shouldStopExecuting` in n8n-core's WorkflowExecute, `startExecution` in n8n's
	 * `workflow-execute-additional-data.js` (2.41.1)
	 */
	constructor(
		private readonly signal: AbortSignal | undefined,
		private readonly endsAt = Infinity,
	) {
		signal?.addEventListener('abort', this.tellAll, { once: true });
		// A timer may be a moment early, and whoever is told looks at `pressed`.
		if (endsAt < Infinity) this.cancelEnd = after(endsAt - Date.now() + 10, this.tellAll);
	}

	/** Removes the listener from n8n's signal. The signal lives longer than this run, and a loop has many runs. */
	release(): void {
		this.signal?.removeEventListener('abort', this.tellAll);
		this.cancelEnd();
	}

	/** Whether the user has pressed Stop, or the execution's time is over. */
	get pressed(): boolean {
		return (this.signal?.aborted ?? false) || Date.now() >= this.endsAt;
	}

	/** Calls back when Stop is pressed, or at once if it was. Returns what removes the listener. */
	onPress(listener: () => void): () => void {
		if (this.pressed) listener();
		else this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	/** Resolves after `ms`, or at once when Stop is pressed. */
	async pause(ms: number): Promise<void> {
		if (this.pressed || ms <= 0) return;
		let takeBack = () => {};
		const stopped = new Promise<void>((resolve) => {
			takeBack = this.onPress(resolve);
		});
		await Promise.race([sleep(ms), stopped]);
		takeBack();
	}

	/** For a request that ends at once on Stop. */
	immediate(): RequestSignal {
		const controller = new AbortController();
		const release = this.onPress(() => controller.abort());
		return { signal: controller.signal, release };
	}

	/** For a request that ends `grace` ms after Stop: a submit on its way may still return its request ID. */
	graceful(grace: number): RequestSignal {
		const controller = new AbortController();
		const release = this.onPress(() => {
			AbortSignal.timeout(grace).addEventListener('abort', () => controller.abort());
		});
		return { signal: controller.signal, release };
	}
}
