/**
 * Runs of this process that are parked. The videos that they wait for are nobody's to find: not for an execution that
 * wants the same video at the same time, nor for one that looks for a lost answer.
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
	/** n8n's ID of the node: each has notes of its own. */
	nodeId: string;
	videos: Video[];
	/** It is being found out here whether it has its videos. */
	isSettling?: boolean;
}

/** More are not remembered: then two executions may get the same video, which is paid once. */
const MOST = 2000;

/** The oldest first. */
const waiting = new Map<string, Waiting>();

const keyOf = ({ executionId, node, run }: ParkedRun) => `${executionId} ${run} ${node}`;

/** A run waits for these videos: it was parked by this process, or this one has asked for them. */
export function addParked(context: IExecuteFunctions, parked: ParkedRun, videos: Video[]): void {
	const some = videos.map(({ requestId, note }) => ({ requestId, note }));
	waiting.set(keyOf(parked), { parked, nodeId: context.getNode().id, videos: some });
	for (const { requestId } of some) knownRequests.add(requestId);
	for (const key of waiting.keys()) {
		if (waiting.size <= MOST) break;
		waiting.delete(key);
	}
}

/** It has its videos. */
export function removeParked(parked: ParkedRun): void {
	waiting.delete(keyOf(parked));
}

/** It is being found out whether it has its videos, or nobody knows and that is over. */
export function settleParked(parked: ParkedRun, isSettling: boolean): void {
	const one = waiting.get(keyOf(parked));
	if (one) one.isSettling = isSettling;
}

/** The run does not get these: what is paid of them is for the next execution to take over. */
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
 * Gives free what runs were parked for that were stopped or ended with an error: the next execution takes it over. So
 * does a video whose note has outlived its run: n8n may have dropped the run's row, or given an error item for it.
 *
 * @param hashes of the videos that are wanted now; other runs are not looked at
 */
export async function freeEnded(
	context: IExecuteFunctions,
	notes: Notes,
	hashes: string[],
): Promise<void> {
	const wanted = new Set(hashes);
	for (const { parked, videos, isSettling } of ofThisNode(context)) {
		if (isSettling || !videos.some(({ note }) => note && wanted.has(note.hash))) continue;
		const requestIds = videos.map(({ requestId }) => requestId);
		const seen = await whatBecameOf(context, parked, requestIds);
		if (seen === 'waiting' || seen === 'handed over') continue;
		const left = await notes.present(videos.flatMap(({ note }) => note ?? []));
		removeParked(parked);
		freeParked(
			parked,
			videos.filter(({ note }) => seen === 'ended' || (note && left.includes(note))),
		);
	}
}
