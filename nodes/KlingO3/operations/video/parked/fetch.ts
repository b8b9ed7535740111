/** Asks for the videos of a parked run, and downloads them. Submits nothing: it knows request IDs only. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Session } from '../../../../segmind/job/session';
import { glance, wait, type JobEnd } from '../../../../segmind/job/wait';
import { parkedFor, stillRunning } from '../../../../segmind/park/due';
import { downloader, start } from '../../../../segmind/park/engine';
import { addParked, freeParked } from '../../../../segmind/park/parkedRuns';
import { PARK } from '../../../../segmind/policy/park';
import { nobodyWaits, stoppedProblem } from '../../../../segmind/problems';
import { nodeError } from '../../../../segmind/run/errors';
import { withSession } from '../../../../segmind/run/open';
import { deliver } from '../deliver';
import {
	become,
	fromItems,
	isWaiting,
	paidIn,
	runningIn,
	toItems,
	type ParkedItem,
	type ParkedState,
	type ParkedVideo,
} from './item';

/** Polls a video. When its Max Wait is over, this is the last poll. */
async function ask(session: Session, video: ParkedVideo) {
	const { requestId, submittedAt, deadline, isFinished } = video;
	const now = Date.now();
	const watched = {
		requestId,
		submittedAt,
		isFinished,
		onFinished: () => {
			video.isFinished = true;
		},
	};
	return now < deadline
		? await glance(session, { ...watched, deadline: Math.min(now + PARK.patience, deadline) })
		: await wait(session, { ...watched, deadline });
}

function stateAfter(video: ParkedVideo, end: JobEnd): ParkedState {
	if (end.state === 'running') return { is: 'running', video: stillRunning(video, Date.now()) };
	if (end.state === 'completed') return { is: 'finished', video, result: end.result };
	return { is: 'failed', problem: end.problem, left: video.isTakenOver && video.note?.hash };
}

/** It costs nothing: the next execution submits it anew, or finds the paid video that the note is about. */
async function forget({ notes }: Session, { run }: ParkedItem, video: ParkedVideo): Promise<void> {
	// If n8n is killed, this step runs again, and another video may have the note's slot by then.
	const isOwn = video.note && !video.isTakenOver;
	if (isOwn) notes.erase(await notes.present([video.note!]));
	freeParked(run, [video]);
}

async function lookAt(session: Session, item: ParkedItem): Promise<ParkedItem> {
	if (item.state.is !== 'running') return item;
	const { video } = item.state;
	const end = await ask(session, video);
	if (!end.ok) return become(item, { is: 'failed', video, problem: end.problem });
	if (end.value.state === 'failed') await forget(session, item, video);
	return become(item, stateAfter(video, end.value));
}

/** What n8n gets of a finished video. */
async function deliverOne(session: Session, item: ParkedItem): Promise<ParkedItem> {
	if (item.state.is !== 'finished') return item;
	const { video, result } = item.state;
	const { requestId, asked = {}, deadline, options } = video;
	const output = await deliver(session, { requestId, result, asked, deadline, options });
	if (!output.ok) return become(item, { is: 'failed', video, problem: output.problem });
	const { json, binary } = output.value;
	return { ...become(item, { is: 'ready', video, result, json }), binary };
}

const deliverAll = async (session: Session, items: ParkedItem[]) =>
	await Promise.all(items.map(async (item) => await deliverOne(session, item)));

const hasFile = ({ state }: ParkedItem) =>
	state.is === 'finished' && state.video.options.downloadVideo;

/** Files are stored with the execution that waits, not with this one. */
async function deliverTo(session: Session, items: ParkedItem[]): Promise<INodeExecutionData[]> {
	const { context } = session;
	if (!items.some(hasFile)) return toItems(await deliverAll(session, items));
	const { items: delivered } = await start(
		context,
		downloader(context),
		toItems(items),
		items[0].run,
		false,
	);
	return delivered ?? toItems(items);
}

/** If the user stops only this execution, the waiting does not stop: it starts again. */
function unlessStopped({ context, stop }: Session): void {
	if (stop.pressed) throw nodeError(context.getNode(), stoppedProblem());
}

const ended = (item: ParkedItem): ParkedItem => {
	const { state } = item;
	if (state.is === 'failed') return item;
	return become(item, { ...state, is: 'failed', problem: nobodyWaits(state.video.requestId) });
};

async function fetchAll(
	session: Session,
	items: ParkedItem[],
	continues: boolean,
): Promise<INodeExecutionData[][]> {
	if (!(await isWaiting(session.context, items))) return [toItems(items.map(ended))];
	// After a restart, or on another worker, this process does not know the run yet.
	addParked(session.context, items[0].run, paidIn(items));
	const seen = await Promise.all(items.map(async (item) => await lookAt(session, item)));
	unlessStopped(session);
	const running = runningIn(seen);
	const parkedExecution = items[0].run.executionId;
	if (running.length > 0) {
		const pause = parkedFor(running, Date.now());
		session.log('Parked videos are not finished, asking again later', {
			videos: running.length,
			seconds: Math.round(pause / 1000),
			parkedExecution,
		});
		return [[], toItems(seen, Math.ceil(pause / 1000))];
	}
	const failed = seen.filter(({ state }) => state.is === 'failed').length;
	// The run ends with an error, and n8n deletes its files.
	if (!continues && failed > 0) return [toItems(seen)];
	session.log('The parked execution continues', {
		videos: seen.length - failed,
		parkedExecution,
	});
	const delivered = await deliverTo(session, seen);
	unlessStopped(session);
	return [delivered];
}

const parkedInput = (context: IExecuteFunctions) => fromItems(context.getInputData()) ?? [];

/** The step `fetch`: the first output has the videos, the second one the items that still wait. */
export async function fetchParked(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = parkedInput(context);
	return await withSession(
		context,
		async (session) => await fetchAll(session, items, items[0]?.run.continues ?? false),
	);
}

/** The step `download`. */
export async function downloadParked(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withSession(context, async (session) => {
		const delivered = await deliverAll(session, parkedInput(context));
		unlessStopped(session);
		return [toItems(delivered)];
	});
}
