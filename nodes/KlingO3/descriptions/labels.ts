/** The names of the fields that errors speak of, in one place so that both say the same. */
export const LABELS = {
	imageUrl: 'Image URL',
	imageBinaryField: 'Input Data Field Name',
	endImageUrl: 'End Image URL',
	endImageBinaryField: 'End Image Data Field Name',
	multiPrompt: 'Segments',
	multiPromptJson: 'Segments (JSON)',
	mode: 'Mode',
	maxWait: 'Max Wait (Minutes)',
	checkBalance: 'Check Balance First',
	extraBody: 'Extra Body Fields',
	maxCostPerVideo: 'Max Cost Per Video (USD)',
	maxCostPerRun: 'Max Cost Per Run (USD)',
	concurrency: 'Concurrency',
	requestId: 'Request ID',
} as const;
