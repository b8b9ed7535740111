import type { INodeProperties } from 'n8n-workflow';

import { LABELS } from './labels';

/** A file never reaches an AI agent. */
const notForAgents = { show: { '@tool': [false] } };

/** All options by name; each operation picks those that apply to it. */
export const OPTIONS = {
	apiVersion: {
		displayName: 'API Version',
		name: 'apiVersion',
		type: 'options',
		options: [
			{
				name: 'V2 (Recommended)',
				value: 'v2',
				description: 'Asynchronous: a broken connection loses nothing',
			},
			{
				name: 'V1 (One Connection, Can Lose a Video)',
				value: 'v1',
				description:
					'Synchronous: holds one connection until the video is done. When that breaks, or Max Wait passes, there is no request ID to fetch a video that may be billed.',
			},
		],
		default: 'v2',
		description: "Which of Segmind's two ways to call the model is used",
	},
	checkBalance: {
		displayName: LABELS.checkBalance,
		name: 'checkBalance',
		type: 'boolean',
		default: false,
		description:
			'Whether to ask Segmind for the balance first and to submit nothing when it does not cover the estimated cost of all items',
	},
	concurrency: {
		displayName: LABELS.concurrency,
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 50, numberPrecision: 0 },
		default: 5,
		description:
			'How many videos of this run are made at the same time. The output keeps the order of the input.',
	},
	extraBody: {
		displayName: LABELS.extraBody,
		name: 'extraBody',
		type: 'json',
		default: '{}',
		description:
			'A JSON object that is merged into what is sent to Segmind, for fields that this node does not know yet',
	},
	fileName: {
		displayName: 'File Name',
		name: 'fileName',
		type: 'string',
		default: '',
		placeholder: 'e.g. mountain.mp4',
		displayOptions: notForAgents,
		description: 'Name of the video file. By default kling-o3-[request ID].mp4.',
	},
	maxCostPerRun: {
		displayName: LABELS.maxCostPerRun,
		name: 'maxCostPerRun',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 0,
		description:
			'Submit nothing when all items together are estimated to cost more. 0 for no limit.',
	},
	maxCostPerVideo: {
		displayName: LABELS.maxCostPerVideo,
		name: 'maxCostPerVideo',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 0,
		description: 'Do not submit a video that is estimated to cost more. 0 for no limit.',
	},
	maxWait: {
		displayName: LABELS.maxWait,
		name: 'maxWait',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 20,
		description:
			'How long to wait for a video after its start; it usually takes about four minutes. The video goes on and is billed even after this: the error names the request ID with which Get fetches it.',
	},
	outputBinaryField: {
		displayName: 'Put Output File in Field',
		name: 'outputBinaryField',
		type: 'string',
		default: 'data',
		displayOptions: notForAgents,
		hint: 'The name of the output field to put the video file in',
	},
	resubmitUnknown: {
		displayName: 'Resubmit If Unknown',
		name: 'resubmitUnknown',
		type: 'boolean',
		default: false,
		description:
			'Whether a retry may submit a video again when it is unknown if Segmind accepted the first one. You may pay once more with each try.',
	},
	retrySubmitOnServerError: {
		displayName: 'Retry Submit on Server Error',
		name: 'retrySubmitOnServerError',
		type: 'boolean',
		default: false,
		description:
			'Whether to submit a video again, up to twice, when Segmind answers with an internal error (500). Segmind says that such a video costs nothing, others saw it billed: you may pay once more with each try.',
	},
	reuseUndelivered: {
		displayName: 'Reuse Undelivered Videos',
		name: 'reuseUndelivered',
		type: 'boolean',
		default: true,
		description:
			'Whether to deliver a video that an earlier execution of this node has paid for with the same values and could not deliver, instead of paying again. Turn it off for another take: that one is paid.',
	},
	shotType: {
		displayName: 'Shot Type',
		name: 'shotType',
		type: 'options',
		options: [
			{
				name: 'Customize (Shots as Given)',
				value: 'customize',
				description: 'Cut the shots as the prompt or the segments say',
			},
			{
				name: 'Intelligence (Model Decides)',
				value: 'intelligence',
				description: 'Let the model cut the shots itself',
			},
		],
		default: 'customize',
		description: 'Who decides on camera shots',
	},
	simplify: {
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
} satisfies Record<string, INodeProperties>;

/** The Options collection of the operations that are shown. */
export function optionsOf(
	operations: string[],
	names: Array<keyof typeof OPTIONS>,
): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show: { resource: ['video'], operation: operations } },
		options: names.map((name) => OPTIONS[name]),
	};
}
