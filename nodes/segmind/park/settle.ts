/** The notes on parked videos go when the parked execution has them, and not before. */
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
	/** Those of them of which an equal one is left for another execution. */
	withTwins: string[];
}

/** Resolves when the execution has its videos, or certainly does not get them, or nobody knows. */
async function isDelivered(
	context: IExecuteFunctions,
	{ parked, requestIds }: Delivered,
): Promise<boolean> {
	const look = async () => await deliveryNow(context, parked, requestIds);
	for (const pause of PARK.looks) {
		await sleep(pause);
		const seen = await look();
		if (seen === 'delivered') return true;
		if (seen === 'ended') return false;
		if (seen === 'handed over') {
			// n8n wakes an execution whose time is over only to end it.
			await sleep(PARK.settled);
			return (await look()) !== 'ended';
		}
	}
	return false;
}

/**
 * Erases the notes when the parked execution has the videos. It goes on after the node has returned, for n8n hands them
 * over then. Where n8n is killed in between, the notes stay: the next execution with the same video gets it once more,
 * for nothing.
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
