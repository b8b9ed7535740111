/**
 * Reads one item's parameters into a request, checked. Nothing is sent. n8n resolves expressions here,
 * item by item.
 */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
	failure,
	parameterProblem,
	success,
	type Outcome,
	type Problem,
} from '../../segmind/job/problem';
import { isTool } from '../../segmind/run/tool';
import type { Mode } from '../model';
import { LABELS } from '../descriptions/labels';
import { ownField } from './body';
import { readImageFile, readImageUrl, type CheckedFiles } from './images';
import type { ImageInput, JobOptions, Segment, VideoRequest } from './types';
import {
	durationProblem,
	promptProblem,
	readBoolean,
	readJsonObject,
	readNumber,
	readSegments,
	segmentsProblem,
	shown,
} from './validate';

const invalid = (message: string) => failure(parameterProblem(message));

const MINUTE = 60_000;

/** Videos that are under way at once. */
export const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 50;

interface NumberRule {
	/** Where the option was not added. */
	fallback: number;
	/** What it takes, in words. */
	takes: string;
	allows: (number: number) => boolean;
}

const SPENDING_LIMIT: NumberRule = {
	fallback: 0,
	takes: 'a number of US dollars, 0 for no limit',
	allows: (usd) => usd >= 0,
};

type NumberOption = 'maxWait' | 'maxCostPerVideo' | 'maxCostPerRun' | 'concurrency';

const NUMBERS: Record<NumberOption, NumberRule> = {
	maxWait: {
		fallback: 20,
		takes: 'a number of minutes above 0',
		allows: (minutes) => minutes > 0,
	},
	maxCostPerVideo: SPENDING_LIMIT,
	maxCostPerRun: SPENDING_LIMIT,
	concurrency: {
		fallback: DEFAULT_CONCURRENCY,
		takes: `a number from 1 to ${MAX_CONCURRENCY}`,
		allows: (videos) => videos >= 1,
	},
};

async function readImage(
	context: IExecuteFunctions,
	item: number,
	which: 'image' | 'endImage',
	checked: CheckedFiles,
): Promise<Outcome<ImageInput | undefined>> {
	// Hidden from AI agents, which have URLs only.
	const fallback = which === 'image' ? 'url' : 'none';
	const source = context.getNodeParameter(`${which}Source`, item, fallback) as string;
	if (source === 'none') return success(undefined);
	if (source === 'binary') {
		const field = `${which}BinaryField` as const;
		return await readImageFile(
			context,
			item,
			LABELS[field],
			context.getNodeParameter(field, item),
			checked,
		);
	}
	const field = `${which}Url` as const;
	return readImageUrl(LABELS[field], context.getNodeParameter(field, item));
}

/** The segments in `multi`, undefined in `single`. */
function readShots(context: IExecuteFunctions, item: number): Outcome<Segment[] | undefined> {
	if (context.getNodeParameter('shotMode', item) !== 'multi') return success(undefined);
	const usesJson = context.getNodeParameter('multiPromptSource', item) === 'json';
	const field = usesJson ? 'multiPromptJson' : 'multiPrompt';
	const value = usesJson
		? context.getNodeParameter('multiPromptJson', item)
		: context.getNodeParameter('multiPrompt.segments', item, []);
	const segments = readSegments(value);
	if (!segments) {
		return invalid(`${LABELS[field]} is not a JSON array of {"prompt", "duration"} objects`);
	}
	const problem = segmentsProblem(LABELS[field], segments);
	return problem ? invalid(problem) : success(segments);
}

/** The length of the whole video in seconds. */
function readDuration(
	context: IExecuteFunctions,
	item: number,
	segments: Segment[] | undefined,
): Outcome<number> {
	if (segments) return success(segments.reduce((sum, { duration }) => sum + duration, 0));
	const duration = context.getNodeParameter('duration', item);
	const problem = durationProblem(duration);
	return problem ? invalid(problem) : success(Number(duration));
}

function readMode(context: IExecuteFunctions, item: number): Outcome<Mode> {
	const mode = context.getNodeParameter('mode', item);
	if (mode === 'pro' || mode === 'std') return success(mode);
	return invalid(`${LABELS.mode} must be "pro" or "std", not "${String(mode)}"`);
}

/** What decides the price, without images and prompt: all that an estimate needs. */
export interface PriceParameters {
	duration: number;
	mode: Mode;
	audio: boolean;
	segments?: Segment[];
}

export function readPriceParameters(
	context: IExecuteFunctions,
	item: number,
): Outcome<PriceParameters> {
	const shots = readShots(context, item);
	if (!shots.ok) return shots;
	const duration = readDuration(context, item, shots.value);
	if (!duration.ok) return duration;
	const mode = readMode(context, item);
	if (!mode.ok) return mode;
	const audio = isTrue(context.getNodeParameter('generateAudio', item));
	return success({ duration: duration.value, mode: mode.value, audio, segments: shots.value });
}

/** Whatever is not surely on is off. */
export function isTrue(value: unknown): boolean {
	return readBoolean(value) === true;
}

/** Everything that a submit needs. */
export async function readVideoRequest(
	context: IExecuteFunctions,
	item: number,
	checked: CheckedFiles,
): Promise<Outcome<VideoRequest>> {
	const prompt = context.getNodeParameter('prompt', item);
	const wrongPrompt = promptProblem(prompt);
	if (wrongPrompt) return invalid(wrongPrompt);
	const price = readPriceParameters(context, item);
	if (!price.ok) return price;
	const options = context.getNodeParameter('options', item, {}) as IDataObject;
	const extraBody = readJsonObject(options.extraBody);
	if (!extraBody) return invalid(`${LABELS.extraBody} is not a JSON object`);
	const own = ownField(extraBody);
	if (own) {
		return invalid(`${LABELS.extraBody} sets "${own}", which has a field of its own in this node`);
	}
	const image = await readImage(context, item, 'image', checked);
	if (!image.ok) return image;
	if (!image.value) return invalid(`${LABELS.imageUrl} is empty`);
	const endImage = await readImage(context, item, 'endImage', checked);
	if (!endImage.ok) return endImage;
	return success({
		...price.value,
		prompt: String(prompt),
		image: image.value,
		endImage: endImage.value,
		shotType: String(options.shotType ?? 'customize'),
		extraBody: extraBody as IDataObject,
	});
}

/**
 * n8n keeps the key of an option whose expression gives nothing. Such an option is a mistake that the user
 * must see, not an absent one: a limit that cannot be read must not become no limit.
 */
function readNumbers(options: IDataObject): Outcome<Record<NumberOption, number>> {
	const numbers = {} as Record<NumberOption, number>;
	for (const name of Object.keys(NUMBERS) as NumberOption[]) {
		const { fallback, takes, allows } = NUMBERS[name];
		const number = name in options ? readNumber(options[name]) : fallback;
		if (number === undefined || !allows(number)) {
			return invalid(`${LABELS[name]} must be ${takes}, but it is ${shown(options[name])}`);
		}
		numbers[name] = number;
	}
	return success(numbers);
}

/** The user asked for the check, or did not: guessing could submit what the balance does not cover. */
function readCheckBalance(options: IDataObject): Outcome<boolean> {
	if (!('checkBalance' in options)) return success(false);
	const checks = readBoolean(options.checkBalance);
	if (checks !== undefined) return success(checks);
	return invalid(
		`${LABELS.checkBalance} must be true or false, but it is ${shown(options.checkBalance)}`,
	);
}

/** How the item's job and output are handled; parameters that an operation does not have take their default. */
export function readJobOptions(context: IExecuteFunctions, item: number): Outcome<JobOptions> {
	const options = context.getNodeParameter('options', item, {}) as IDataObject;
	const numbers = readNumbers(options);
	if (!numbers.ok) return numbers;
	const checkBalance = readCheckBalance(options);
	if (!checkBalance.ok) return checkBalance;
	const { maxWait, maxCostPerVideo, maxCostPerRun, concurrency } = numbers.value;
	return success({
		apiVersion: options.apiVersion === 'v1' ? 'v1' : 'v2',
		maxWait: maxWait * MINUTE,
		downloadVideo: isTrue(
			context.getNodeParameter('downloadVideo', item, !isTool(context.getNode())),
		),
		outputBinaryField: String(options.outputBinaryField ?? '').trim() || 'data',
		fileName: String(options.fileName ?? '').trim(),
		simplify: isTrue(options.simplify ?? true),
		// Each may cost a second bill, so what the user did not surely say counts as no.
		retrySubmitOnServerError: isTrue(options.retrySubmitOnServerError),
		resubmitUnknown: isTrue(options.resubmitUnknown),
		reuseUndelivered: readBoolean(options.reuseUndelivered) ?? true,
		maxCostPerVideo,
		maxCostPerRun,
		checkBalance: checkBalance.value,
		concurrency: Math.min(Math.floor(concurrency), MAX_CONCURRENCY),
	});
}

/** Runs a reading; what n8n throws for an expression it cannot resolve becomes the item's problem. */
export async function guarded<T>(
	read: () => Outcome<T> | Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	try {
		return await read();
	} catch (error) {
		const { message, description } = error as { message?: string; description?: string };
		return failure(parameterProblem(message ?? 'A parameter could not be read', description ?? ''));
	}
}

/** All items' parameters: by item a value or a problem. */
export interface Readings<T> {
	values: Array<T | undefined>;
	problems: Array<Problem | undefined>;
}

/** Reads every item's parameters, one item at a time: a file that is checked is in memory. */
export async function readEach<T>(
	context: IExecuteFunctions,
	read: (item: number) => Outcome<T> | Promise<Outcome<T>>,
): Promise<Readings<T>> {
	const readings: Readings<T> = { values: [], problems: [] };
	for (let item = 0; item < context.getInputData().length; item++) {
		const outcome = await guarded(async () => await read(item));
		readings.values.push(outcome.ok ? outcome.value : undefined);
		readings.problems.push(outcome.ok ? undefined : outcome.problem);
	}
	return readings;
}
