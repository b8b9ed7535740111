/** The function for each resource and operation of the panel. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { getCredits } from './account';
import { upload } from './asset';
import { getUsage } from './getUsage';
import { estimateCost } from './video/estimateCost';
import { generate } from './video/generate';
import { get } from './video/get';
import { getMany } from './video/getMany';
import { start } from './video/start';

type Operation = (context: IExecuteFunctions) => Promise<INodeExecutionData[]>;

export const OPERATIONS: Record<string, Record<string, Operation>> = {
	video: { generate, start, get, getMany, estimateCost },
	asset: { upload },
	account: { getCredits, getUsage },
};
