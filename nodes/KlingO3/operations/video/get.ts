/** Fetches a video that this or another execution started earlier. It costs nothing. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fetchedRequests } from '../../../segmind/job/known';
import type { Session } from '../../../segmind/job/session';
import { status, wait } from '../../../segmind/job/wait';
import { failure, success, type Outcome } from '../../../segmind/outcome';
import { runItems, type ItemOutput } from '../../../segmind/run/items';
import { withSession } from '../../../segmind/run/open';
import { parameter, type Source } from '../../fields/field';
import { readRequestId } from '../../fields/requestId';
import { isTrue } from '../../fields/text';
import { readEach } from '../readEach';
import { deliver } from './deliver';
import { readJobOptions, type JobOptions } from './options';
import { concurrencyOf } from './plan';

interface Wanted {
	requestId: string;
	waits: boolean;
	options: JobOptions;
}

function readWanted(source: Source): Outcome<Wanted> {
	const requestId = readRequestId(source);
	if (!requestId.ok) return requestId;
	const options = readJobOptions(source);
	if (!options.ok) return options;
	const waits = isTrue(parameter(source, 'waitForCompletion', true));
	return success({ requestId: requestId.value, waits, options: options.value });
}

/** Without waiting, the node still retries after faults for this long (ms). */
const PATIENCE = 60_000;

async function fetchVideo(
	session: Session,
	wanted: Wanted,
	onRunning: () => void,
): Promise<Outcome<ItemOutput>> {
	const { requestId, waits, options } = wanted;
	const deadline = Date.now() + (waits ? options.maxWait : PATIENCE);
	const ended = await (waits ? wait : status)(session, { requestId, deadline });
	if (!ended.ok) return ended;
	if (ended.value.state === 'failed') return failure(ended.value.problem);
	if (ended.value.state === 'running') {
		onRunning();
		return success({ json: { requestId, status: ended.value.status } });
	}
	const { result } = ended.value;
	return await deliver(session, { requestId, result, deadline, options });
}

export async function get(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	return await withSession(context, async (session) => {
		const { values, problems } = await readEach(context, readWanted);
		const running = new Set<number>();
		return await runItems(context, session, {
			problems,
			concurrency: concurrencyOf(values),
			task: async (item) =>
				await fetchVideo(session, values[item] as Wanted, () => running.add(item)),
			// Not earlier: n8n drops the videos of a run that ends with an error.
			delivered: (items) => {
				for (const item of items.filter((one) => !running.has(one))) {
					fetchedRequests.add((values[item] as Wanted).requestId);
				}
			},
		});
	});
}
