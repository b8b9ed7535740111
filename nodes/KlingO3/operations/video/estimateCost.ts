/** What a video will cost, calculated without any request. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Problem } from '../../../segmind/job/problem';
import { success } from '../../../segmind/job/problem';
import { ONE_BY_ONE, runItems } from '../../../segmind/run/items';
import { rateFor } from '../../model';
import { guarded, readPriceParameters, type PriceParameters } from '../../parameters/read';
import { requestFields } from './output';

export async function estimateCost(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const prices: PriceParameters[] = [];
	const problems: Array<Problem | undefined> = [];
	for (let item = 0; item < context.getInputData().length; item++) {
		const outcome = await guarded(() => readPriceParameters(context, item));
		if (outcome.ok) prices[item] = outcome.value;
		problems.push(outcome.ok ? undefined : outcome.problem);
	}
	return await runItems(
		context,
		{ halted: false },
		{
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => {
				const price = prices[item];
				const costPerSecond = rateFor(price.mode, price.audio);
				return success({ json: { ...requestFields(price), costPerSecond, currency: 'USD' } });
			},
		},
	);
}
