/** The steps of the sub-workflows of a parked run, by the value of the hidden field `parked`. */
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ParkStep } from '../../../../segmind/park/engine';
import { downloadParked, fetchParked } from './fetch';
import { checkParked, keepParked } from './keep';

export const PARK_STEPS: Record<
	ParkStep,
	(context: IExecuteFunctions) => Promise<INodeExecutionData[][]>
> = {
	keep: keepParked,
	check: checkParked,
	fetch: fetchParked,
	download: downloadParked,
};
