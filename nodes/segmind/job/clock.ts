/**
 * Waiting that ends when the user presses Stop, and deadlines.
 */
import { sleep } from 'n8n-workflow';

import type { Problem } from './problem';

/** A signal for one request, to be released when the request is over. */
export interface RequestSignal {
	signal: AbortSignal;
	release: () => void;
}

/**
 * The execution's Stop button. One listener on n8n's signal serves all that wait: Node warns of a leak
 * from the eleventh on, and a batch has fifty requests under way.
 */
export class Stop {
	private readonly listeners = new Set<() => void>();

	constructor(private readonly signal: AbortSignal | undefined) {
		signal?.addEventListener('abort', () => this.tellAll(), { once: true });
	}

	private tellAll(): void {
		for (const listener of [...this.listeners]) listener();
	}

	get pressed(): boolean {
		return this.signal?.aborted ?? false;
	}

	/** Calls back when Stop is pressed, at once where it was; returns what takes that back. */
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

	/** For a request that Stop ends at once. */
	immediate(): RequestSignal {
		const controller = new AbortController();
		const release = this.onPress(() => controller.abort());
		return { signal: controller.signal, release };
	}

	/** For a request that Stop ends `grace` ms later: a submit in flight may still name its request ID. */
	graceful(grace: number): RequestSignal {
		const controller = new AbortController();
		const release = this.onPress(() => {
			AbortSignal.timeout(grace).addEventListener('abort', () => controller.abort());
		});
		return { signal: controller.signal, release };
	}
}

/** What an item says that was not begun, because another one had failed. */
export function skippedProblem(): Problem {
	return {
		kind: 'service',
		message: 'This video was not submitted, because another item had failed before',
		description: 'Nothing is billed for this item.',
		billed: 'no',
		skipped: true,
	};
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
