/** What a video will cost. The node computes it without any request. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { success } from '../../../segmind/outcome';
import { ONE_BY_ONE, runItems } from '../../../segmind/run/items';
import { readModel } from '../../models';
import { estimateOf, readPriceRequest, type PriceRequest } from '../../models/request';
import { readEach } from '../readEach';
import { askedOf } from './output';

export async function estimateCost(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const { values, problems } = await readEach(context, async (source) => {
		const model = readModel(source);
		return model.ok ? await readPriceRequest(model.value, source) : model;
	});
	return await runItems(
		context,
		{ halted: false },
		{
			problems,
			concurrency: ONE_BY_ONE,
			task: async (item) => {
				const request = values[item] as PriceRequest;
				const costPerSecond = estimateOf(request).usdPerSecond;
				return success({ json: { ...askedOf(request), costPerSecond, currency: 'USD' } });
			},
		},
	);
}
