import { DEFAULTS, DURATIONS, LIMITS, MODES, PRICE_PER_SECOND, type Mode } from './catalogue';
import { refuse, Refusal } from './answer';
import { usd } from './account';

export interface Segment {
	prompt: string;
	duration: string;
}

/** A body that passed `checkBody`; unknown fields stay in it. */
export interface ModelRequest {
	prompt: string;
	image_url: string;
	duration?: string;
	end_image_url?: string;
	generate_audio?: boolean;
	mode?: Mode;
	multi_prompt?: Segment[];
	shot_type?: string;
	[field: string]: unknown;
}

interface Detail {
	loc: Array<string | number>;
	msg: string;
	type: string;
}
type Check = (value: unknown, loc: Detail['loc']) => Detail[];

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isString: Check = (value, loc) =>
	typeof value === 'string'
		? []
		: [{ loc, msg: 'Input should be a valid string', type: 'string_type' }];

const isBoolean: Check = (value, loc) =>
	typeof value === 'boolean'
		? []
		: [{ loc, msg: 'Input should be a valid boolean', type: 'bool_type' }];

const isOneOf =
	(allowed: readonly string[]): Check =>
	(value, loc) => {
		const problems = isString(value, loc);
		if (problems.length > 0 || allowed.includes(value as string)) return problems;
		const list = allowed.map((option) => `'${option}'`).join(', ');
		return [{ loc, msg: `Input should be one of ${list}`, type: 'literal_error' }];
	};

const isSegment: Check = (value, loc) => {
	if (!isObject(value)) return [{ loc, msg: 'Input should be an object', type: 'dict_type' }];
	return ['prompt', 'duration'].flatMap((field) =>
		field in value
			? isString(value[field], [...loc, field])
			: [{ loc: [...loc, field], msg: 'Field required', type: 'missing' }],
	);
};

const isSegments: Check = (value, loc) => {
	if (!Array.isArray(value))
		return [{ loc, msg: 'Input should be a valid list', type: 'list_type' }];
	if (value.length === 0)
		return [{ loc, msg: 'List should have at least 1 item', type: 'too_short' }];
	return value.flatMap((segment, index) => isSegment(segment, [...loc, index]));
};

const REQUIRED = ['prompt', 'image_url'] as const;

const FIELDS: Record<string, Check> = {
	prompt: isString,
	image_url: isString,
	duration: isOneOf(DURATIONS),
	end_image_url: isString,
	generate_audio: isBoolean,
	mode: isOneOf(MODES),
	multi_prompt: isSegments,
	shot_type: isString,
};

/**
 * What the service checks before it takes a job. Unknown fields pass.
 * @throws Refusal 400 when the body is no object or lacks a required field, 422 for types and values
 */
export function checkBody(body: unknown): ModelRequest {
	if (!isObject(body)) throw refuse(400, 'Request body must be a JSON object');
	for (const field of REQUIRED) {
		const value = body[field];
		if (value === undefined || value === null || (typeof value === 'string' && !value.trim()))
			throw refuse(400, `${field} is required`);
	}
	const detail = Object.entries(FIELDS).flatMap(([field, check]) =>
		field in body ? check(body[field], ['body', field]) : [],
	);
	if (detail.length > 0) throw new Refusal({ status: 422, body: { detail } });
	return body as ModelRequest;
}

/** Length of each shot in seconds: one per segment, or the whole clip. NaN where a segment's is no number. */
export const shotSeconds = (request: ModelRequest): number[] =>
	(request.multi_prompt ?? [{ duration: request.duration ?? DEFAULTS.duration }]).map((shot) =>
		Number(shot.duration.trim() || 'none'),
	);

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The price of a request, USD; 0 where its length cannot be read, for such a job fails anyway. */
export function price(request: ModelRequest): number {
	const rate = PRICE_PER_SECOND[request.mode ?? DEFAULTS.mode];
	const seconds = sum(shotSeconds(request));
	return Number.isFinite(seconds) && seconds > 0
		? usd(seconds * (request.generate_audio ? rate.audio : rate.silent))
		: 0;
}

/** Rules that a job meets only after it was accepted: each gives its complaint or undefined. */
const RULES: Array<(request: ModelRequest) => string | undefined | false> = [
	({ prompt }) =>
		[...prompt].length > LIMITS.promptCharacters &&
		`prompt must not exceed ${LIMITS.promptCharacters} characters`,
	({ multi_prompt: segments = [] }) =>
		segments.length > LIMITS.segments &&
		`multi_prompt must not have more than ${LIMITS.segments} segments`,
	({ multi_prompt: segments = [] }) =>
		segments.some(({ prompt }) => !prompt.trim()) && 'multi_prompt: each segment needs a prompt',
	({ multi_prompt: segments = [] }) =>
		segments.some(({ prompt }) => [...prompt].length > LIMITS.segmentPromptCharacters) &&
		`multi_prompt: a segment's prompt must not exceed ${LIMITS.segmentPromptCharacters} characters`,
	(request) =>
		shotSeconds(request).some((seconds) => !Number.isInteger(seconds) || seconds < 1) &&
		"multi_prompt: a segment's duration must be a whole number of seconds from 1",
	(request) => {
		const seconds = sum(shotSeconds(request));
		return (
			(seconds < LIMITS.minSeconds || seconds > LIMITS.maxSeconds) &&
			`multi_prompt: durations must sum to ${LIMITS.minSeconds} to ${LIMITS.maxSeconds} seconds, not ${seconds}`
		);
	},
	// Kling's own API wants the sum to equal the clip's length; a length that was left out cannot contradict it.
	(request) =>
		request.multi_prompt &&
		request.duration !== undefined &&
		sum(shotSeconds(request)) !== Number(request.duration) &&
		`multi_prompt: durations must sum to duration (${request.duration} seconds), not ${sum(shotSeconds(request))}`,
];

/** The first business rule the request breaks, in the service's words, or undefined. */
export function brokenRule(request: ModelRequest): string | undefined {
	for (const rule of RULES) {
		const complaint = rule(request);
		if (complaint) return complaint;
	}
	return undefined;
}
