/** What each operation puts out: the keys in their order, and what they hold. A test runs the node and compares. */
import { SIMPLE_VIDEO_KEYS } from '../../nodes/KlingO3/fields/options/outputKeys';
import { table } from './sections';

type Keys = Record<string, string>;

const STATUS =
	'`COMPLETED`; of a video that is not done yet `QUEUED`, `PROCESSING` or another word of Segmind; in a list also `FAILED` and `PENDING`';

const MODEL: Keys = { model: "the model's name" };

const PRICED: Keys = {
	duration: 'length of the whole video, s; missing where nobody knows it before',
	mode: '`pro` or `std`',
	audio: '`true` or `false`, where the model makes sound',
	segments: 'the segments, with several shots',
	estimatedCost: 'USD, calculated before the submit',
	estimatedCostIsMaximum:
		'`true` for an edit of a video whose length is not known: it costs at most this',
};

const FINISHED: Keys = {
	requestId: "Segmind's name for the job; Get takes it",
	status: STATUS,
	...MODEL,
	videoUrl: 'address of the MP4, open to whoever knows it',
	videoUrlExpiresAt: 'until when the address works: 7 days',
	lastFrameUrl: "address of the video's last frame, where Segmind sends one",
	fileName: 'name of the downloaded file',
	mimeType: 'its type, as a rule `video/mp4`',
	fileSize: 'bytes',
};

const CHARGED: Keys = {
	cost: 'USD, what Segmind charged',
	remainingCredits: 'USD, the balance after this video',
	queueTime: 's',
	inferenceTime: 's',
	totalTime: 's',
	response: "Segmind's own answer, with Simplify off",
};

const GENERATED: Keys = { ...FINISHED, ...PRICED, ...CHARGED };

const only = (keys: Keys, isWanted: (name: string) => boolean): Keys =>
	Object.fromEntries(Object.entries(keys).filter(([name]) => isWanted(name)));

const simplified = (keys: Keys) => only(keys, (name) => SIMPLE_VIDEO_KEYS.includes(name));

/** Get knows the request only, not what was asked for. */
const GOT = only({ ...FINISHED, ...CHARGED }, (name) => name !== 'model');

/** By operation as the document names it. */
export const OUTPUT: Record<string, Keys> = {
	Generate: simplified(GENERATED),
	'Generate with Simplify off': GENERATED,
	Get: simplified(GOT),
	'Get with Simplify off': GOT,
	'Get of an unfinished video': { requestId: FINISHED.requestId, status: STATUS },
	'Get Many': {
		requestId: FINISHED.requestId,
		status: STATUS,
		...MODEL,
		prompt: 'as it was sent',
		videoUrl: FINISHED.videoUrl,
		videoUrlExpiresAt: FINISHED.videoUrlExpiresAt,
		duration: PRICED.duration,
		cost: CHARGED.cost,
		createdAt: 'time of the submit',
		totalTime: CHARGED.totalTime,
		errorMessage: 'why it failed',
		response: CHARGED.response,
	},
	Start: {
		requestId: FINISHED.requestId,
		status: STATUS,
		submittedAt: 'time of the submit',
		getBefore: 'until when Get can fetch it: an hour later',
		...MODEL,
		...PRICED,
	},
	'Estimate Cost': { ...MODEL, ...PRICED, costPerSecond: 'USD', currency: '`USD`' },
	Upload: { url: 'address of the file, for Image URL or Video URL' },
	'Get Credits': {
		total: 'paid and free credits together, USD',
		credits: 'USD',
		freeCredits: 'USD',
		currency: '`USD`',
	},
	'Get Usage': {
		from: 'beginning of the period',
		to: 'its end',
		cost: CHARGED.cost,
		currency: '`USD`',
		count: 'requests of the period, failed ones and those under way too',
		failed: 'how many failed: they cost nothing',
		pending: 'how many are under way: they are not charged yet; the rest of `count` is done',
		withoutCost: 'how many are done without a cost in the history, so the sum lacks them',
		byModel: 'a list of `model`, `cost`, `count`, the most expensive first',
		byDay:
			'a list of `date`, `cost`, `count`, the oldest first; a day is one of the timezone of the workflow',
	},
};

/** Keys that not every output of the operation has. */
export const SOMETIMES = ['lastFrameUrl', 'segments', 'estimatedCostIsMaximum', 'errorMessage'];

/** What has a key simplified has it otherwise too. */
function holdersOf(key: string): string[] {
	const all = Object.keys(OUTPUT).filter((name) => key in OUTPUT[name]);
	return all.filter((name) => !all.some((other) => name.startsWith(`${other} with`)));
}

/** docs/parameters.md: every key once, with the operations that put it out. */
export function outputTable(): string {
	return table<string>(
		{
			Key: (key) => `\`${key}\``,
			'What it holds': (key) =>
				[...new Set(holdersOf(key).map((name) => OUTPUT[name][key]))].join('; '),
			'In the output of': (key) => holdersOf(key).join(', '),
		},
		[...new Set(Object.values(OUTPUT).flatMap(Object.keys))],
	);
}
