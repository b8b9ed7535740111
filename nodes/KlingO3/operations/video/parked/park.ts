/** Parks a run of Generate when all of its videos are submitted. */
import type { INodeExecutionData } from 'n8n-workflow';

import type { Problem } from '../../../../segmind/outcome';
import type { Session } from '../../../../segmind/job/session';
import { glance } from '../../../../segmind/job/wait';
import { expected } from '../../../../segmind/park/due';
import { keeper, runOf, start } from '../../../../segmind/park/engine';
import { REQUEST_RECORD_LIFETIME } from '../../../../segmind/policy/limits';
import { addParked } from '../../../../segmind/park/parkedRuns';
import { PARK } from '../../../../segmind/policy/park';
import type { Plan } from '../plan';
import { toItems, type ParkedItem, type ParkedVideo } from './item';

const dueOf = ({ entry, options, request, waitSince }: Plan) => {
	const submittedAt = entry?.submittedAt ?? Date.now();
	const deadline = (waitSince ?? submittedAt) + options.maxWait;
	return expected(submittedAt, request.model.takes[1], deadline);
};

/**
 * Polls videos of an earlier attempt that should be finished. The node submits a failed one again, as a retry of
 * Generate does, and does not wait for a finished one.
 */
export async function review(session: Session, plans: Array<Plan | undefined>): Promise<void> {
	const { ledger } = session;
	const poll = async (plan: Plan) => {
		const { entry } = plan;
		if (!entry?.requestId || entry.state !== 'submitted') return;
		const now = Date.now();
		// One that was taken over may have been finished long ago.
		if (now < dueOf(plan).due && plan.waitSince === undefined) return;
		const { requestId, submittedAt, isFinished } = entry;
		const ended = await glance(session, {
			requestId,
			submittedAt,
			isFinished,
			deadline: now + PARK.patience,
			onFinished: () => ledger.finished(entry),
		});
		if (!ended.ok || session.stop.pressed) return;
		if (ended.value.state === 'completed') ledger.completed(entry, ended.value.result);
		if (ended.value.state === 'failed' && entry.isParked) {
			ledger.drop(entry);
			plan.entry = undefined;
		}
	};
	await Promise.all(plans.map(async (plan) => plan && (await poll(plan))));
}

function videoOf(plan: Plan): ParkedVideo {
	const { entry, options } = plan;
	const { requestId, submittedAt, isFinished, note, hasTwin, isTakenOver } = entry!;
	const { downloadVideo, outputBinaryField, fileName, shape } = options;
	return {
		...dueOf(plan),
		...{ requestId: requestId!, submittedAt, isFinished, note, hasTwin, isTakenOver },
		asked: plan.asked,
		options: { downloadVideo, outputBinaryField, fileName, shape },
	};
}

/** The answer of a webhook that answers when the last node finishes. The editor shows it, too. */
function outputOf({ state }: ParkedItem, item: number): INodeExecutionData {
	const pairedItem = { item };
	if (state.is === 'failed') {
		// A key `error` in the first item would make n8n's Retry On Fail run the node again, parked or not.
		return { json: { status: 'FAILED', message: state.problem.message }, pairedItem };
	}
	const { requestId, submittedAt, asked } = state.video;
	const json = {
		requestId,
		status: 'QUEUED',
		submittedAt: new Date(submittedAt).toISOString(),
		getBefore: new Date(submittedAt + REQUEST_RECORD_LIFETIME).toISOString(),
		...asked,
	};
	return { json, pairedItem };
}

/**
 * Parks the run.
 *
 * @param problems of the items that were not submitted
 * @returns what the node returns for now; undefined if n8n does not park it, so the node waits for the videos
 */
export async function park(
	session: Session,
	plans: Array<Plan | undefined>,
	problems: Array<Problem | undefined>,
): Promise<INodeExecutionData[] | undefined> {
	const { context, ledger, notes } = session;
	const run = runOf(
		context,
		plans.flatMap((plan) => plan?.entry?.requestId ?? []),
	);
	const entries = plans.flatMap((plan, item) => (problems[item] ? [] : (plan?.entry ?? [])));
	const left = ledger.leftBeside(entries);
	await notes.writeAgain();
	const told = notes.handOn();
	const items = problems.map((problem, item): ParkedItem => {
		if (problem) return { run, state: { is: 'failed', problem, told: told.splice(0) } };
		const plan = plans[item]!;
		const { state, result, hash } = plan.entry!;
		const video = videoOf(plan);
		if (left.some((job) => job.hash === hash)) video.hasTwin = true;
		if (state === 'completed' && result?.videoUrl)
			return { run, state: { is: 'finished', video, result } };
		return { run, state: { is: 'running', video } };
	});
	try {
		const { executionId, items: given } = await start(
			context,
			keeper(context),
			toItems(items),
			run,
			true,
		);
		if (given) return given;
		ledger.park(entries);
		const videos = items.flatMap(({ state }) => state.video ?? []);
		addParked(context, run, videos);
		context.setMetadata({
			subExecution: { executionId, workflowId: run.workflowId },
			subExecutionsCount: 1,
		});
		session.log('The execution is parked until its videos are made', {
			videos: videos.length,
			fetchedByExecution: executionId,
		});
		return items.map(outputOf);
	} catch (error) {
		notes.refuse(items.flatMap(({ state }) => (state.is === 'failed' ? (state.told ?? []) : [])));
		session.warn(
			`n8n could not park this execution (${(error as Error).message}). It waits for its videos in memory`,
		);
		return undefined;
	}
}
