/**
 * The parked runs of this process. No other execution may find the videos that they wait for: not one that wants the
 * same video at the same time, and not one that looks for a lost answer.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { knownRequests } from '../job/known';
import type { Note, Notes } from '../job/notes';
import { whatBecameOf, type ParkedRun } from './engine';

/** A video that a parked run waits for. */
interface Video {
	requestId: string;
	note?: Note;
}

interface Waiting {
	parked: ParkedRun;
	/** n8n's ID of the node. Each node has its own notes. */
	nodeId: string;
	videos: Video[];
	/** A task checks whether it has its videos. */
	isSettling?: boolean;
}

/** It remembers no more than this. After that, two executions may get the same video, which is paid once. */
const MOST = 2000;

/** The oldest first. */
const waiting = new Map<string, Waiting>();

const keyOf = ({ executionId, node, run }: ParkedRun) => `${executionId} ${run} ${node}`;

/** A run waits for these videos: this process parked it, or polled them. */
export function addParked(context: IExecuteFunctions, parked: ParkedRun, videos: Video[]): void {
	const some = videos.map(({ requestId, note }) => ({ requestId, note }));
	waiting.set(keyOf(parked), { parked, nodeId: context.getNode().id, videos: some });
	for (const { requestId } of some) knownRequests.add(requestId);
	for (const key of waiting.keys()) {
		if (waiting.size <= MOST) break;
		waiting.delete(key);
	}
}

/** The run has its videos. */
export function removeParked(parked: ParkedRun): void {
	waiting.delete(keyOf(parked));
}

/** A task begins or ends its check whether the run has its videos. */
export function settleParked(parked: ParkedRun, isSettling: boolean): void {
	const one = waiting.get(keyOf(parked));
	if (one) one.isSettling = isSettling;
}

/** The run does not get these videos. The next execution takes over what is paid of them. */
export function freeParked(parked: ParkedRun, videos: Video[]): void {
	const freed = new Set(videos.map(({ requestId }) => requestId));
	for (const requestId of freed) knownRequests.delete(requestId);
	const one = waiting.get(keyOf(parked));
	if (!one) return;
	one.videos = one.videos.filter(({ requestId }) => !freed.has(requestId));
	if (one.videos.length === 0) removeParked(parked);
}

const ofThisNode = (context: IExecuteFunctions): Waiting[] =>
	[...waiting.values()].filter(
		({ parked, nodeId }) =>
			parked.workflowId === context.getWorkflow().id && nodeId === context.getNode().id,
	);

/** Notes on videos that parked runs of the same node wait for. */
export const parkedNotes = (context: IExecuteFunctions): Note[] =>
	ofThisNode(context).flatMap(({ videos }) => videos.flatMap(({ note }) => note ?? []));

/**
 * Frees the videos of parked runs that were stopped or ended with an error, so the next execution takes them over. It
 * also frees a video whose note has lived longer than its run: n8n may have deleted the run's row, or given an error
 * item for the video.
 *
 * @param hashes of the videos that are wanted now; it does not check other runs
 */
export async function freeEnded(
	context: IExecuteFunctions,
	notes: Notes,
	hashes: string[],
): Promise<void> {
	const wanted = new Set(hashes);
	for (const { parked, videos, isSettling } of ofThisNode(context)) {
		if (!videos.some(({ note }) => note && wanted.has(note.hash))) continue;
		const requestIds = videos.map(({ requestId }) => requestId);
		const seen = await whatBecameOf(context, parked, requestIds);
		// The task that checks the run will erase the notes of the delivered videos.
		const isInHand = seen !== 'ended' && (isSettling || seen !== 'delivered');
		if (isInHand) continue;
		const left = await notes.present(videos.flatMap(({ note }) => note ?? []));
		removeParked(parked);
		freeParked(
			parked,
			videos.filter(({ note }) => seen === 'ended' || (note && left.includes(note))),
		);
	}
}
