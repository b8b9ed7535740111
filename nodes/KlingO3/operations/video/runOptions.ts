/** Options that hold for the whole run; the first item's values count. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 50;

/** How many videos are under way at once. */
export function readConcurrency(context: IExecuteFunctions): number {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const wanted = Math.floor(Number(options.concurrency ?? DEFAULT_CONCURRENCY));
	return Math.min(Math.max(wanted || DEFAULT_CONCURRENCY, 1), MAX_CONCURRENCY);
}
