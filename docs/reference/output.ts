/** What each operation puts out: the keys in their order, and what they hold. A test runs the node and compares. */
import { table } from '../../bench/report/format';
import type { Sections } from './sections';

const STATUS =
	'`COMPLETED`; of a video that is not done yet `QUEUED`, `PROCESSING` or another word of Segmind; in a list also `FAILED` and `PENDING`';

const PRICED: Record<string, string> = {
	duration: 'length of the whole video, s',
	mode: '`pro` or `std`',
	audio: '`true` or `false`',
	segments: 'the segments, with several shots',
	estimatedCost: 'USD, calculated before the submit',
};

const FINISHED: Record<string, string> = {
	requestId: "Segmind's name for the job; Get takes it",
	status: STATUS,
	videoUrl: 'address of the MP4, open to whoever knows it',
	videoUrlExpiresAt: 'until when the address works: 7 days',
	lastFrameUrl: "address of the video's last frame, where Segmind sends one",
	fileName: 'name of the downloaded file',
	mimeType: 'its type, as a rule `video/mp4`',
	fileSize: 'bytes',
};

const CHARGED: Record<string, string> = {
	cost: 'USD, what Segmind charged',
	remainingCredits: 'USD, the balance after this video',
	queueTime: 's',
	inferenceTime: 's',
	totalTime: 's',
	response: "Segmind's own answer, with Simplify off",
};

/** By operation as the document names it. */
export const OUTPUT: Record<string, Record<string, string>> = {
	Generate: { ...FINISHED, ...PRICED, ...CHARGED },
	Get: { ...FINISHED, ...CHARGED },
	'Get of an unfinished video': {
		requestId: FINISHED.requestId,
		status: STATUS,
	},
	'Get Many': {
		requestId: FINISHED.requestId,
		status: STATUS,
		model: "the model's name",
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
		...PRICED,
	},
	'Estimate Cost': { ...PRICED, costPerSecond: 'USD', currency: '`USD`' },
	Upload: { url: 'address of the image, for Image URL' },
	'Get Credits': {
		total: 'paid and free credits together, USD',
		credits: 'USD',
		freeCredits: 'USD',
		currency: '`USD`',
	},
	'Get Usage': {
		from: 'beginning of the period',
		to: 'its end',
		timezone: 'in which a day begins and ends: that of the workflow',
		cost: CHARGED.cost,
		currency: '`USD`',
		count: 'requests of the period, failed ones and those under way too',
		completed: 'how many of them are done',
		failed: 'how many failed: they cost nothing',
		pending: 'how many are under way: they are not charged yet',
		withoutCost: 'how many are done without a cost in the history, so the sum lacks them',
		byModel: 'a list of `model`, `cost`, `count`, the most expensive first',
		byDay: 'a list of `date`, `cost`, `count`, the oldest first',
	},
};

/** Keys that not every output of the operation has. */
export const SOMETIMES = ['lastFrameUrl', 'segments', 'response', 'errorMessage'];

const operationsWith = (key: string) => Object.entries(OUTPUT).filter(([, keys]) => key in keys);

function outputTable(): string {
	const keys = [...new Set(Object.values(OUTPUT).flatMap((entry) => Object.keys(entry)))];
	return table(
		['Key', 'What it holds', 'In the output of'],
		keys.map((key) => {
			const holders = operationsWith(key);
			const meanings = [...new Set(holders.map(([, entry]) => entry[key]))];
			const names = holders.map(([operation]) => operation).join(', ');
			return [`\`${key}\``, meanings.join('; '), names];
		}),
	);
}

export const outputSections = (): Sections => ({ output: outputTable() });
