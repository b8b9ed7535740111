/** The keys of a result, in the order of the output. Data only. */

/** For a video that this execution made or fetched. */
export const VIDEO_KEYS = [
	'requestId',
	'status',
	'model',
	'videoUrl',
	'videoUrlExpiresAt',
	'lastFrameUrl',
	'fileName',
	'mimeType',
	'fileSize',
	'duration',
	'mode',
	'audio',
	'segments',
	'estimatedCost',
	'estimatedCostIsMaximum',
	'cost',
	'remainingCredits',
	'queueTime',
	'inferenceTime',
	'totalTime',
	'response',
];

/** What most workflows need: at most ten keys, as n8n's guidelines ask. */
export const SIMPLE_VIDEO_KEYS = [
	'requestId',
	'status',
	'model',
	'videoUrl',
	'videoUrlExpiresAt',
	'lastFrameUrl',
	// An output has only one of these two: the length, or that it is not known.
	'duration',
	'estimatedCostIsMaximum',
	'estimatedCost',
	'cost',
	'remainingCredits',
];

/** For a request in the account's history. */
export const ROW_KEYS = [
	'requestId',
	'status',
	'model',
	'prompt',
	'videoUrl',
	'videoUrlExpiresAt',
	'duration',
	'cost',
	'createdAt',
	'totalTime',
	'errorMessage',
	'response',
];

export const SIMPLE_ROW_KEYS = ROW_KEYS.filter((key) => key !== 'response');
