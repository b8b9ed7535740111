/**
 * One item of a parked run, as n8n's database has it: plain JSON, no key, no file. The steps decide what happens to
 * it. The order of the items never changes.
 */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Note } from '../../../../segmind/job/notes';
import type { Problem } from '../../../../segmind/outcome';
import type { VideoResult } from '../../../../segmind/job/result';
import type { Expected } from '../../../../segmind/park/due';
import { whatBecameOf, type ParkedRun } from '../../../../segmind/park/engine';
import type { ItemOutput } from '../../../../segmind/run/items';
import type { Delivery } from '../deliver';

/** A video that is paid. */
export interface ParkedVideo extends Expected {
	requestId: string;
	/** ms since 1970 */
	submittedAt: number;
	/** A status said COMPLETED. */
	isFinished?: true;
	asked?: IDataObject;
	note?: Note;
	/** An equal one is left for another execution, which must not take this one once more. */
	hasTwin?: true;
	/** It was found in the account's history. The note may be about an equal job, not about this one. */
	isTakenOver?: true;
	options: Delivery['options'];
}

export type ParkedState =
	| { is: 'running'; video: ParkedVideo }
	| { is: 'finished'; video: ParkedVideo; result: VideoResult }
	/** What n8n gets; a file is in the item's binary data. */
	| { is: 'ready'; video: ParkedVideo; result: VideoResult; json: IDataObject }
	/**
	 * `told`: notes that are erased when n8n has the refusals. `left`: hash of a video that failed, and whose note
	 * stays.
	 */
	| { is: 'failed'; video?: ParkedVideo; problem: Problem; told?: Note[]; left?: string };

export interface ParkedItem {
	/** The run that waits; the same for all items. */
	run: ParkedRun;
	state: ParkedState;
	binary?: ItemOutput['binary'];
}

/** The item's key of this state. Its other keys are for the user. */
const KEY = 'parked';

const requestIdOf = ({ state }: ParkedItem) =>
	state.video?.requestId ?? (state.is === 'failed' ? state.problem.requestId : undefined);

/** @param waitSeconds how long n8n's Wait node waits; it looks at the first item */
export function toItem(parked: ParkedItem, item: number, waitSeconds?: number): INodeExecutionData {
	const { run, state, binary } = parked;
	const json = {
		requestId: requestIdOf(parked),
		state: state.is,
		...(waitSeconds !== undefined && { waitSeconds }),
		[KEY]: { run, state },
	};
	return { json: json as unknown as IDataObject, ...(binary && { binary }), pairedItem: { item } };
}

export const toItems = (parked: ParkedItem[], waitSeconds?: number): INodeExecutionData[] =>
	parked.map((one, item) => toItem(one, item, waitSeconds));

/** @returns undefined if one of them is not ours, such as n8n's own error item */
export function fromItems(items: INodeExecutionData[]): ParkedItem[] | undefined {
	const parked = items.flatMap(({ json, binary }) => {
		const known = json[KEY] as unknown as Omit<ParkedItem, 'binary'> | undefined;
		return known ? [{ ...known, binary }] : [];
	});
	return parked.length === items.length && parked.length > 0 ? parked : undefined;
}

export const runningIn = (items: ParkedItem[]): ParkedVideo[] =>
	items.flatMap(({ state }) => (state.is === 'running' ? [state.video] : []));

/** Videos that are paid, or will be. */
export const paidIn = (items: ParkedItem[]): ParkedVideo[] =>
	items.flatMap(({ state }) => state.video ?? []);

/** The item with another state, and without a file. */
export const become = ({ run }: ParkedItem, state: ParkedState): ParkedItem => ({ run, state });

/** Whether the execution still waits for them: it was neither stopped nor deleted. */
export async function isWaiting(context: IExecuteFunctions, items: ParkedItem[]): Promise<boolean> {
	const requestIds = items.flatMap((item) => requestIdOf(item) ?? []);
	return (await whatBecameOf(context, items[0].run, requestIds)) === 'waiting';
}
