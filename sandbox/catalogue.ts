/** What is known of the model, as data. Source: the model's page and, for limits, Kling's own documentation. */

export const MODEL = 'kling-o3-image2video';

export const DEFAULTS = { duration: '5', mode: 'pro', shot_type: 'customize' } as const;

/** What the history shows in a request's body besides the fields that were sent. */
export const FILLED_IN = {
	...DEFAULTS,
	generate_audio: false,
	end_image_url: null,
	multi_prompt: null,
	seed: null,
} as const;

export const MODES = ['std', 'pro'] as const;
export type Mode = (typeof MODES)[number];

/** USD per second of video. The two middle rates are inferred from the page's range and other vendors' prices. */
export const PRICE_PER_SECOND: Record<Mode, { silent: number; audio: number }> = {
	std: { silent: 0.21, audio: 0.28 },
	pro: { silent: 0.28, audio: 0.35 },
};

export const LIMITS = {
	promptCharacters: 2500,
	segments: 6,
	segmentPromptCharacters: 512,
	minSeconds: 3,
	maxSeconds: 15,
	imageBytes: 10 * 1024 * 1024,
	imageSidePixels: 300,
	/** Longer side over shorter side. */
	imageAspect: 2.5,
} as const;

/** `duration` as the API spells it: "3" to "15". */
export const DURATIONS = Array.from(
	{ length: LIMITS.maxSeconds - LIMITS.minSeconds + 1 },
	(_, index) => String(LIMITS.minSeconds + index),
);

/** image-size's names of the accepted formats, with their MIME types. */
export const IMAGE_FORMATS: Record<string, string> = {
	jpg: 'image/jpeg',
	png: 'image/png',
	webp: 'image/webp',
};

export const TIMING = {
	/** Part of a job's time that it waits in the queue. */
	queueShare: 0.2,
	/** A job that cannot succeed fails this soon, seconds. */
	failSeconds: 0.3,
	/** How long the service waits for an input image, milliseconds. */
	imageFetchMs: 10_000,
	/** A job of an earlier day took so long, seconds. */
	pastSeconds: 200,
	/** A video's file lives so long, milliseconds. */
	fileMs: 7 * 24 * 60 * 60 * 1000,
} as const;
