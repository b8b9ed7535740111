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
	extraBody: 'Extra Body Fields',
	requestId: 'Request ID',
} as const;
