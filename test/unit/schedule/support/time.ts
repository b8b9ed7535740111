/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Time that passes at once: timers and both clocks are jest's. */

const MINUTE = 60_000;

/** Call it before anything starts a timer. */
export function simulateTime(): void {
	jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
}

/** Lets everything run that can without time passing. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass until the work is done. @throws Error when that takes more than `limit` ms */
export async function finished<T>(work: Promise<T>, limit = 48 * 60 * MINUTE): Promise<T> {
	let isDone = false;
	const mark = () => void (isDone = true);
	work.then(mark, mark);
	const startedAt = performance.now();
	for (await settle(); !isDone; await settle()) {
		if (performance.now() - startedAt > limit) throw new Error(`not done after ${limit} ms`);
		jest.advanceTimersToNextTimer();
	}
	return await work;
}

/** Lets so much time pass. */
export async function pass(ms: number): Promise<void> {
	let isOver = false;
	setTimeout(() => (isOver = true), ms);
	for (await settle(); !isOver; await settle()) jest.advanceTimersToNextTimer();
}
