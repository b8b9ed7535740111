/** Keeps a run parked until its videos are there, whatever happens to the execution that fetches them. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failure, success } from '../../../../segmind/outcome';
import { parkedFor } from '../../../../segmind/park/due';
import { fetcher, itemsOfTrigger, runIndexOf, start } from '../../../../segmind/park/engine';
import { freeParked } from '../../../../segmind/park/parkedRuns';
import { settleWhenDelivered } from '../../../../segmind/park/settle';
import { PARK } from '../../../../segmind/policy/park';
import { givenUp, parkedProblem } from '../../../../segmind/problems';
import { runItems, type Paid } from '../../../../segmind/run/items';
import { withSession } from '../../../../segmind/run/open';
import { tellCost } from '../cost';
import {
	become,
	fromItems,
	isWaiting,
	paidIn,
	runningIn,
	toItems,
	type ParkedItem,
	type ParkedVideo,
} from './item';

/** The step `keep`: starts the execution that waits and fetches, and is parked with it. */
export async function keepParked(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	// Its input is n8n's error item if the fetching was killed.
	const items = fromItems(itemsOfTrigger(context)) ?? [];
	const pause = parkedFor(runningIn(items), Date.now());
	const self = { executionId: context.getExecutionId(), workflowId: context.getWorkflow().id! };
	const waiting = toItems(items, Math.ceil(pause / 1000));
	const started = await start(context, fetcher(context), waiting, self, true);
	return [started.items ?? waiting];
}

function paid({ state }: ParkedItem, item: number): Paid[] {
	if (state.is !== 'finished' && state.is !== 'ready') return [];
	const { requestId } = state.video;
	const { videoUrl, cost } = state.result;
	const price = cost === undefined ? '' : `, $${cost}`;
	const text = `request ${requestId}: ${videoUrl ?? 'to be fetched with Get'}${price}`;
	return [{ item, requestId, videoUrl, cost, text }];
}

/** Hashes of the videos whose notes stay: each note also fits an equal video that is delivered. */
const leftIn = (items: ParkedItem[]): Set<string | undefined> =>
	new Set(
		items.flatMap(({ state }) =>
			state.is === 'failed' ? (state.left ?? state.video?.note?.hash ?? []) : [],
		),
	);

/** Hands the items over, as Generate does. */
async function handOver(
	context: IExecuteFunctions,
	items: ParkedItem[],
): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const { notes } = session;
		const [{ run }] = items;
		const continues = context.continueOnFail();
		const given = runItems(context, session, {
			problems: items.map(() => undefined),
			concurrency: items.length,
			task: async (item) => {
				const { state, binary } = items[item];
				if (state.is === 'ready') return success({ json: state.json, ...(binary && { binary }) });
				if (state.is !== 'failed') return success({ json: {} });
				return failure(continues ? state.problem : parkedProblem(state.problem));
			},
			paid: () => items.flatMap(paid),
			isFinal: true,
		});
		const output = await given.catch((error: Error) => {
			freeParked(run, paidIn(items));
			throw error;
		});
		freeParked(run, paidIn(items.filter(({ state }) => state.is !== 'ready')));
		const ready = items.flatMap(({ state }) => (state.is === 'ready' ? [state] : []));
		tellCost(
			context,
			ready.map(({ result }) => result),
		);
		const left = leftIn(items);
		const hasTwin = ({ hasTwin: isKnown, note }: ParkedVideo) => isKnown ?? left.has(note?.hash);
		const told = items.flatMap(({ state }) => (state.is === 'failed' ? (state.told ?? []) : []));
		if (ready.length + told.length > 0) {
			settleWhenDelivered(context, notes, {
				parked: run,
				requestIds: ready.map(({ video }) => video.requestId),
				notes: [...told, ...ready.flatMap(({ video }) => video.note ?? [])],
				withTwins: ready.flatMap(({ video }) => (hasTwin(video) ? video.requestId : [])),
			});
		}
		return output;
	});
}

/**
 * The step `check`: the first output has what the parked execution gets. If the fetching was killed, the second one
 * has the items for another attempt.
 */
export async function checkParked(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const input = context.getInputData();
	const fetched = fromItems(input);
	if (fetched) return [await handOver(context, fetched)];
	const before = itemsOfTrigger(context);
	const items = fromItems(before) ?? [];
	const goesOn = runIndexOf(context) + 1 < PARK.attempts && (await isWaiting(context, items));
	context.logger.warn(
		`n8n ended the execution that fetches parked videos (${String(input[0]?.json.error)})${goesOn ? ', it begins anew' : ''}`,
		{ requests: runningIn(items).map(({ requestId }) => requestId) },
	);
	if (goesOn) return [[], before];
	const why = String(input[0]?.json.error ?? 'it gave nothing');
	// A finished one has no file yet.
	const lost = items.map((item) => {
		const { video } = item.state;
		if (item.state.is === 'failed' || !video) return item;
		return become(item, { is: 'failed', video, problem: givenUp(video.requestId, why) });
	});
	return [await handOver(context, lost)];
}
