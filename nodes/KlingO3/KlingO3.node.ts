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
			async searchVideos(this: ILoadOptionsFunctions, ...query: [string?, string?]) {
				const { searchVideos } = await import('./methods/listSearch');
				return await searchVideos.apply(this, query);
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const step = this.getNodeParameter('parked', 0, '') as ParkStep | '';
		// n8n loads the descriptions of all nodes when it starts; what a node does is loaded when it is used.
		const { OPERATIONS } = await import('./operations');
		const { PARK_STEPS } = await import('./operations/video/parked');
		const { errorForModel } = await import('../segmind/run/tool');
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
