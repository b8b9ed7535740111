import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import type { ParkStep } from '../segmind/park/engine';
import { hints } from './descriptions/hints';
import { resourcesAndOperations } from './descriptions/resources';
import { subtitle } from './descriptions/subtitle';
import { videoFields } from './descriptions/video';
import { assetFields } from './fields/asset';
import { periodFields } from './fields/period';
import { work } from './firstUse';
import { MODELS } from './models';

export class KlingO3 implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Segmind Kling O3',
		name: 'klingO3',
		icon: { light: 'file:klingO3.svg', dark: 'file:klingO3.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitle(MODELS),
		description: 'Make videos from images, text or other videos with Kling O3 on Segmind',
		defaults: { name: 'Segmind Kling O3' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'segmindApi',
				required: true,
				// An estimate sends nothing, so it needs no key.
				displayOptions: { hide: { operation: ['estimateCost'] } },
			},
		],
		hints,
		properties: [
			...resourcesAndOperations,
			...videoFields(MODELS),
			...assetFields,
			...periodFields,
		],
	};

	methods = {
		listSearch: {
			async searchVideos(this: ILoadOptionsFunctions, filter?: string, page?: string) {
				const { searchVideos } = await work();
				return await searchVideos.call(this, filter, page);
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { errorForModel, OPERATIONS, PARK_STEPS } = await work();
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const step = this.getNodeParameter('parked', 0, '') as ParkStep | '';
		if (step) return await PARK_STEPS[step](this);
		const run = OPERATIONS[resource]?.[operation];
		if (!run) {
			throw new NodeOperationError(
				this.getNode(),
				`The operation "${operation}" of "${resource}" does not exist`,
			);
		}
		return [await run(this).catch((error: Error) => errorForModel(this, error))];
	}
}
