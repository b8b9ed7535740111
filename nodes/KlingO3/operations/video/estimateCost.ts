/** What a video will cost, calculated without any request. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success } from '../../../segmind/job/problem';
import { ONE_BY_ONE, runItems } from '../../../segmind/run/items';
import { rateFor } from '../../model';
import { readEach, readPriceParameters, type PriceParameters } from '../../parameters/read';
import { requestFields } from './output';

export async function estimateCost(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const { values, problems } = await readEach(context, (item) =>
		readPriceParameters(context, item),
	);
	return await runItems(
		context,
		{ halted: false },
		{
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => {
				const price = values[item] as PriceParameters;
				const costPerSecond = rateFor(price.mode, price.audio);
				return success({ json: { ...requestFields(price), costPerSecond, currency: 'USD' } });
			},
		},
	);
}
