/** Erases the notes on parked videos as soon as the parked execution has the videos, and not before. */
import { sleep, type IExecuteFunctions } from 'n8n-workflow';

import { knownRequests } from '../job/known';
import type { Note, Notes } from '../job/notes';
import { PARK } from '../policy/park';
import { deliveryNow, type ParkedRun } from './engine';
import { removeParked, settleParked } from './parkedRuns';

interface Delivered {
	parked: ParkedRun;
	requestIds: string[];
	notes: Note[];
	/** Requests with an equal one that is left for another execution. */
	withTwins: string[];
}

/** Resolves when the execution has its videos, when it certainly does not get them, or when nobody knows. */
async function isDelivered(
	context: IExecuteFunctions,
	{ parked, requestIds }: Delivered,
): Promise<boolean> {
	const check = async () => await deliveryNow(context, parked, requestIds);
	for (const pause of PARK.checks) {
		await sleep(pause);
		const seen = await check();
		if (seen === 'delivered') return true;
		if (seen === 'ended') return false;
		if (seen === 'handed over') {
			// If an execution's time is over, n8n wakes it only to end it.
			await sleep(PARK.settled);
			return (await check()) !== 'ended';
		}
	}
	return false;
}

/**
 * Erases the notes when the parked execution has the videos. It continues after the node has returned, because n8n
 * hands them over then. If n8n is killed in between, the notes stay. The next execution with the same video then gets
 * it again, for free.
 */
export function settleWhenDelivered(
	context: IExecuteFunctions,
	notes: Notes,
	delivered: Delivered,
): void {
	const work = async () => {
		if (!(await isDelivered(context, delivered))) return;
		for (const requestId of delivered.requestIds) knownRequests.add(requestId);
		notes.eraseAtEnd(await notes.present(delivered.notes), delivered.withTwins);
		await notes.flush();
		removeParked(delivered.parked);
	};
	settleParked(delivered.parked, true);
	void work()
		.catch((error: Error) =>
			context.logger.warn(`It is not known whether parked videos were delivered: ${error.message}`),
		)
		.finally(() => settleParked(delivered.parked, false));
}
