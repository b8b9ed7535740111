/**
 * The models' API pages on Segmind, written down field by field as they were read in August to October 2026, and not
 * from the node's tables: a test compares the two. It is the one place that says the API's fields a second time.
 */

/** A field as the page says it. */
export interface Fact {
	type: 'string' | 'string (uri)' | 'boolean' | 'number' | 'object[]' | 'string[] (uri)';
	isRequired?: true;
	values?: string[];
	range?: [least: number, most: number];
	/**
	 * Of a field that the node does not always send: what the service uses then. The account's history shows it, so a
	 * lost job is recognized by it.
	 */
	default?: unknown;
	/** Fields of the objects in a list. */
	of?: Record<string, string>;
}

export interface Facts {
	fields: Record<string, Fact>;
	/** USD per generation. */
	price: [least: number, most: number];
}

const SECONDS = ['3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15'];

const prompt: Fact = { type: 'string', isRequired: true };
const duration: Fact = { type: 'string', values: SECONDS };
const mode: Fact = { type: 'string', values: ['std', 'pro'] };
const shotType: Fact = { type: 'string' };
const segments: Fact = { type: 'object[]', of: { prompt: 'string', duration: 'string' } };
const ratio: Fact = { type: 'string', values: ['16:9', '9:16', '1:1'] };
const elements: Fact = {
	type: 'object[]',
	of: { frontal_image_url: 'string (uri)', reference_image_urls: 'string[] (uri), up to 3' },
	range: [0, 10],
};

export const FACTS: Record<string, Facts> = {
	'kling-o3-image2video': {
		fields: {
			image_url: { type: 'string (uri)', isRequired: true },
			prompt,
			duration,
			end_image_url: { type: 'string (uri)' },
			generate_audio: { type: 'boolean' },
			mode,
			multi_prompt: segments,
			shot_type: shotType,
		},
		price: [0.63, 5.25],
	},
	'kling-o3-text2video': {
		fields: {
			prompt,
			duration,
			mode,
			generate_audio: { type: 'boolean' },
			aspect_ratio: ratio,
			multi_prompt: segments,
			shot_type: shotType,
			negative_prompt: { type: 'string', default: 'blur, distort, and low quality' },
			cfg_scale: { type: 'number', range: [0, 1], default: 0.5 },
		},
		price: [0.63, 5.25],
	},
	'kling-o3-video2video-reference': {
		fields: {
			prompt,
			video_url: { type: 'string (uri)', isRequired: true },
			duration,
			mode,
			keep_audio: { type: 'boolean' },
			aspect_ratio: ratio,
			shot_type: shotType,
			elements,
			image_urls: { type: 'string[] (uri)' },
		},
		price: [0.945, 6.3],
	},
	'kling-o3-video2video-edit': {
		fields: {
			prompt,
			video_url: { type: 'string (uri)', isRequired: true },
			duration,
			mode,
			keep_audio: { type: 'boolean' },
			aspect_ratio: ratio,
			elements,
			image_urls: { type: 'string[] (uri)' },
		},
		price: [0.945, 6.3],
	},
};
