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
import { become, fromItems, isWaiting, paidIn, runningIn, toItems, type ParkedItem } from './item';

/** The step `keep`: starts the execution that waits and fetches, and is parked with it. */
export async function keepParked(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	// Not its input: that is n8n's error item when the fetching was killed.
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
		const told = items.flatMap(({ state }) => (state.is === 'failed' ? (state.told ?? []) : []));
		if (ready.length + told.length > 0) {
			settleWhenDelivered(context, notes, {
				parked: run,
				requestIds: ready.map(({ video }) => video.requestId),
				notes: [...told, ...ready.flatMap(({ video }) => video.note ?? [])],
				withTwins: ready.flatMap(({ video }) => (video.hasTwin ? video.requestId : [])),
			});
		}
		return output;
	});
}

/**
 * The step `check`: on the first output what the parked execution gets, on the second one the items for another
 * attempt, when the fetching was killed.
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
	const lost = items.map((item) =>
		item.state.is === 'running'
			? become(item, {
					...item.state,
					is: 'failed',
					problem: givenUp(item.state.video.requestId, why),
				})
			: item,
	);
	return [await handOver(context, lost)];
}
