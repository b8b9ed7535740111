/**
 * Runs of this process that are parked. The videos that they wait for are nobody's to find: not for an execution that
 * wants the same video at the same time, nor for one that looks for a lost answer.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { knownRequests } from '../job/known';
import type { Note } from '../job/notes';
import { whatBecameOf, type ParkedRun } from './engine';

interface Waiting {
	parked: ParkedRun;
	requestIds: string[];
	notes: Note[];
}

/** More are not remembered: then two executions may get the same video, which is paid once. */
const MOST = 2000;

/** The oldest first. */
const waiting = new Map<string, Waiting>();

const keyOf = ({ executionId, node, run }: ParkedRun) => `${executionId} ${run} ${node}`;

export function addParked(one: Waiting): void {
	waiting.set(keyOf(one.parked), one);
	for (const requestId of one.requestIds) knownRequests.add(requestId);
	for (const key of waiting.keys()) {
		if (waiting.size <= MOST) break;
		waiting.delete(key);
	}
}

/** It has its videos. */
export function removeParked(parked: ParkedRun): void {
	waiting.delete(keyOf(parked));
}

/** Notes on videos that parked runs of the same workflow wait for. */
export const parkedNotes = (workflowId: string | undefined): Note[] =>
	[...waiting.values()]
		.filter(({ parked }) => parked.workflowId === workflowId)
		.flatMap(({ notes }) => notes);

/**
 * Gives free what runs were parked for that were stopped or ended with an error: the next execution takes it over.
 *
 * @param hashes of the videos that are wanted now; other runs are not looked at
 */
export async function freeEnded(context: IExecuteFunctions, hashes: string[]): Promise<void> {
	const wanted = new Set(hashes);
	const { id } = context.getWorkflow();
	for (const [key, { parked, notes, requestIds }] of waiting) {
		const isWanted = notes.some(({ hash }) => wanted.has(hash));
		if (!isWanted || parked.workflowId !== id) continue;
		if ((await whatBecameOf(context, parked, requestIds)) !== 'ended') continue;
		waiting.delete(key);
		for (const requestId of requestIds) knownRequests.delete(requestId);
	}
}
