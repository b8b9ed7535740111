import type { INodeProperties } from 'n8n-workflow';

export const resourcesAndOperations: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Video', value: 'video' },
			{ name: 'Asset', value: 'asset' },
			{ name: 'Account', value: 'account' },
		],
		default: 'video',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['video'] } },
		options: [
			{
				name: 'Estimate Cost',
				value: 'estimateCost',
				action: 'Estimate cost of video',
				description: 'Calculate what a video will cost. Sends nothing and costs nothing.',
			},
			{
				name: 'Generate',
				value: 'generate',
				action: 'Generate video',
				description: 'Make a video, wait until it is done and download it. Costs money.',
			},
			{
				name: 'Get',
				value: 'get',
				action: 'Get video by request ID',
				description: 'Fetch a video that was started earlier. Costs nothing.',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many videos',
				description:
					"List videos of the account from Segmind's history, by default those of the last 7 days. Costs nothing.",
			},
			{
				name: 'Start',
				value: 'start',
				action: 'Start video without waiting',
				description:
					'Start a video and return its request ID at once, to fetch it later with Get. Costs money.',
			},
		],
		default: 'generate',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['asset'] } },
		options: [
			{
				name: 'Upload',
				value: 'upload',
				action: 'Upload image or video asset',
				description:
					'Upload an image or a video to Segmind and get a URL that can be used many times',
			},
		],
		default: 'upload',
	},
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['account'] } },
		options: [
			{
				name: 'Get Credits',
				value: 'getCredits',
				action: 'Get account credits',
				description: 'Get the balance of the Segmind account in US dollars',
			},
			{
				name: 'Get Usage',
				value: 'getUsage',
				action: 'Get account usage',
				description:
					'Sum up what the account has spent on all models in a period, by default this month so far. Costs nothing.',
			},
		],
		default: 'getCredits',
	},
];
